using System.Globalization;
using XenNet.Server.Xenstore;
using XenNet.Wire.Xenstore;

namespace XenNet.Server.Vifs;

/// <summary>The domain in which the devices of another one are emulated; its vifs are that one's.</summary>
internal static class StubDomain
{
    private const string Suffix = "-dm";

    /// <summary>True for such a name; then also what the domain that it serves is called.</summary>
    public static bool IsNamed(string name, out string served)
    {
        var isOne = name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal);
        served = isOne ? name[..^Suffix.Length] : name;
        return isOne;
    }

    /// <summary>True when a domain of that name says that this one is its device model: a name alone proves nothing.</summary>
    public static bool Serves(XenstoreConnection xenstore, int domainId, string served)
    {
        _ = xenstore.Directory("/local/domain", out var domains);
        return domains.Exists(domain => Read(xenstore, $"/local/domain/{domain}/name") == served
            && Read(xenstore, $"/local/domain/{domain}/image/device-model-domid") == domainId.ToString(CultureInfo.InvariantCulture));
    }

    private static string? Read(XenstoreConnection xenstore, string path) =>
        xenstore.Read(path, out var value) == XenstoreError.None ? value : null;
}
