using System.Globalization;
using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>The parsers of single values. Each answers null, or what the value must be.</summary>
internal static class ConfigurationValues
{
    /// <summary>
    /// Octets of a Unix socket's path at the most: sun_path is 108 with the zero at the end (unix(7)).
    /// </summary>
    private const int SocketPathMost = 107;

    private const int PathMost = 4095;

    // RFC 6761, 6762, 7686, 9476 and the top of reverse names: elsewhere these mean something else, or nothing.
    private static readonly string[] ReservedZones = ["localhost", "local", "invalid", "onion", "alt", "arpa"];

    public static string? Directory(string text, out string path) => AbsolutePath(text, PathMost, out path);

    public static string? RunDirectory(string text, out string path) =>
        AbsolutePath(text, SocketPathMost - "/control.sock".Length, out path);

    public static string? FileOrEmpty(string text, out string path)
    {
        path = text;
        return text == "" ? null : AbsolutePath(text, PathMost, out path);
    }

    public static string? SocketOrEmpty(string text, out string path)
    {
        path = text;
        return text == "" ? null : AbsolutePath(text, SocketPathMost, out path);
    }

    public static string? LoopbackOrEmpty(string text, out Ipv4Endpoint endpoint)
    {
        endpoint = default;
        return text == "" || (Ipv4Endpoint.TryParse(text, portUnlessGiven: 0, out endpoint) && endpoint.Address.Value >> 24 == 127)
            ? null
            : "must be an address of loopback with a port, such as 127.0.0.1:9553, or empty";
    }

    public static string? Prefix(string text, out Ipv4Prefix prefix)
    {
        if (!Ipv4Prefix.TryParse(text, out prefix))
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            return slash > 0 && Ipv4Address.TryParse(text.AsSpan(0, slash), out var address)
                && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                && length is >= AddressScheme.PrefixLengthLeast and <= AddressScheme.PrefixLengthMost
                ? $"must be a network without host bits, such as {Ipv4Prefix.Containing(address, length)}"
                : "must be a network such as 10.0.0.0/8";
        }

        if (prefix.Length is < AddressScheme.PrefixLengthLeast or > AddressScheme.PrefixLengthMost)
            return "must be a network of length /8 to /23";
        return prefix.Network.Value >> 24 is 0 or 127 or >= 224 ? "must be a network of addresses for hosts" : null;
    }

    public static string? InterfaceOrEmpty(string text, out string name)
    {
        name = text;
        return text == "" ? null : Interface(text, out name);
    }

    public static string? Interface(string text, out string name)
    {
        name = text;
        return InterfacePattern.TryParse(text, out var pattern) && pattern.IsWhole
            ? null
            : "must be the name of an interface, such as eth0";
    }

    public static string? Pattern(string text, out InterfacePattern pattern)
    {
        if (Ipv4Address.TryParse(text, out _)) pattern = default;
        else if (InterfacePattern.TryParse(text, out pattern)) return null;
        return "must be an interface or a pattern such as vif*";
    }

    public static string? ZoneOrEmpty(string text, out string name)
    {
        name = text;
        return text == "" ? null : Zone(text, out name);
    }

    public static string? Zone(string text, out string name)
    {
        name = text.EndsWith('.') ? text[..^1].ToLowerInvariant() : text.ToLowerInvariant();
        var labels = name.Split('.');
        if (!labels.All(IsLabel)) return "must be a DNS name of letters, digits and inner hyphens, such as testbed";
        if (name.Length > ZoneConfiguration.NameLengthMost)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"must have at most {ZoneConfiguration.NameLengthMost} characters");
        }

        if (labels[^1].All(char.IsAsciiDigit)) return "must not look like an address";

        // RFC 8375 gives home.arpa to whoever wants a zone of their own.
        var isHome = name == "home.arpa" || name.EndsWith(".home.arpa", StringComparison.Ordinal);
        return ReservedZones.Contains(labels[^1]) && !isHome
            ? "must be a name that is not reserved for other uses"
            : null;
    }

    public static string? LeaseTime(string text, out TimeSpan? time)
    {
        var wrong = LeaseTimeText.Parse(text, out var seconds);
        time = wrong is null && seconds != DhcpSettings.LeaseInfinite ? TimeSpan.FromSeconds(seconds) : null;
        return wrong;
    }

    private static string? AbsolutePath(string text, int octetsMost, out string path)
    {
        path = text;
        if (!text.StartsWith('/') || text.Any(char.IsControl)) return "must be an absolute path";
        return Encoding.UTF8.GetByteCount(text) > octetsMost
            ? string.Create(CultureInfo.InvariantCulture, $"must be a path of at most {octetsMost} octets")
            : null;
    }

    public static bool IsLabel(string label) =>
        label.Length is >= 1 and <= 63 && label[0] != '-' && label[^1] != '-'
        && label.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character)
            || character == '-');
}
