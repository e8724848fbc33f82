using System.Globalization;
using XenNet.Core.Addressing;

namespace XenNet.Server.Xenstore;

/// <summary>A running domain that has vifs.</summary>
/// <param name="Id">Xen's.</param>
/// <param name="Number">Its machine's.</param>
internal readonly record struct WatchedDomain(int Id, MachineNumber Number);

/// <summary>A device of a domain, and the nodes that are watched for it.</summary>
/// <param name="Domain">Its id.</param>
/// <param name="Id">Xen's device id.</param>
internal readonly record struct WatchedDevice(int Domain, int Id)
{
    private const string DomainsPath = "/local/domain/";
    private const string NameNode = "/name";

    // Relative, as XENBUS_PATH is: in a driver domain it is below that. libxl writes the node with the device and never again.
    private const string DevicesPath = "backend/vif/";
    private const string DeviceNode = "/frontend";

    /// <summary>Where its domain's name stands.</summary>
    public string NamePath => string.Create(CultureInfo.InvariantCulture, $"{DomainsPath}{Domain}{NameNode}");

    /// <summary>A node that stands while it is there.</summary>
    public string NodePath => string.Create(CultureInfo.InvariantCulture, $"{DevicesPath}{Domain}/{Id}{DeviceNode}");

    /// <summary>Reads one of the two paths; false for any other.</summary>
    /// <param name="path">From xenstore.</param>
    /// <param name="device">The device; of a name only the domain counts.</param>
    /// <param name="isName">True for the domain's name.</param>
    public static bool TryRead(ReadOnlySpan<char> path, out WatchedDevice device, out bool isName)
    {
        var (domain, id) = (0, 0);
        isName = TryCut(path, DomainsPath, NameNode, out var between);
        if (isName)
        {
            isName = int.TryParse(between, NumberStyles.None, CultureInfo.InvariantCulture, out domain);
            device = new WatchedDevice(domain, id);
            return isName;
        }

        var isRead = TryCut(path, DevicesPath, DeviceNode, out between) && between.IndexOf('/') is > 0 and var slash
            && int.TryParse(between[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out domain)
            && int.TryParse(between[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out id);
        device = new WatchedDevice(domain, id);
        return isRead;
    }

    private static bool TryCut(ReadOnlySpan<char> path, string start, string end, out ReadOnlySpan<char> between)
    {
        var isCut = path.StartsWith(start) && path.EndsWith(end) && path.Length > start.Length + end.Length;
        between = isCut ? path[start.Length..^end.Length] : [];
        return isCut;
    }
}
