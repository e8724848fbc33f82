using System.Collections.Immutable;
using System.Globalization;

namespace XenNet.Core.Dns;

/// <summary>Domains of which no server outside knows anything that is ours to ask.</summary>
internal static class EmptyZones
{
    private const string Reverse4 = ".in-addr.arpa";
    private const string Reverse6 = ".ip6.arpa";

    /// <summary>
    /// Reverse names of private and reserved addresses (RFC 6303 §4, RFC 7793 for 100.64/10), and names of special use:
    /// test and invalid (RFC 6761), local (RFC 6762), onion (RFC 7686), home.arpa (RFC 8375), resolver.arpa (RFC 9462),
    /// service.arpa (RFC 9665), alt (RFC 9476).
    /// </summary>
    public static ImmutableArray<string> All { get; } =
    [
        "test", "invalid", "local", "onion", "home.arpa", "resolver.arpa", "service.arpa", "alt",
        "0" + Reverse4, "10" + Reverse4, "127" + Reverse4, "254.169" + Reverse4, "168.192" + Reverse4,
        .. Range("172" + Reverse4, 16, 31), .. Range("100" + Reverse4, 64, 127),
        "2.0.192" + Reverse4, "100.51.198" + Reverse4, "113.0.203" + Reverse4, "255.255.255.255" + Reverse4,
        Nibbles(0, 32), "1." + Nibbles(0, 31), "d.f" + Reverse6, "c.f" + Reverse6,
        "8.e.f" + Reverse6, "9.e.f" + Reverse6, "a.e.f" + Reverse6, "b.e.f" + Reverse6,
        "8.b.d.0.1.0.0.2" + Reverse6,
    ];

    private static IEnumerable<string> Range(string under, int first, int last) =>
        Enumerable.Range(first, last - first + 1).Select(octet => octet.ToString(CultureInfo.InvariantCulture) + "." + under);

    private static string Nibbles(int value, int count) =>
        string.Join('.', Enumerable.Repeat(value.ToString(CultureInfo.InvariantCulture), count)) + Reverse6;
}
