using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>The zone's name and times.</summary>
/// <param name="Name">Such as <c>testbed</c>, in any case: see <see cref="IsZoneName"/>.</param>
/// <param name="TtlSeconds">TTL of all records but negative answers: 0 to 2,147,483,647 (RFC 2181 §8).</param>
/// <param name="NegativeTtlSeconds">How long others may remember what is not there (RFC 2308 §5).</param>
/// <param name="ReverseIsWide">
/// True when all reverse names of the addressing prefix are ours. False when a network of Dom0's own lies inside it:
/// then only the /24s of known machines are, and the rest is forwarded.
/// </param>
public sealed record ZoneSettings(
    string Name = "testbed", int TtlSeconds = 60, int NegativeTtlSeconds = 5, bool ReverseIsWide = true)
{
    /// <summary>
    /// Zones of bridges, in which machines' names stand for their interfaces there (<see cref="GuestNetworks.Views"/>).
    /// </summary>
    public ImmutableArray<string> Views { get; init; } = [];

    /// <summary>
    /// Octets of a zone's name on the wire at most: <c>eth126.</c> and a label of 63 must fit before it.
    /// </summary>
    public const int NameOctetsMax = DnsName.OctetsMax - 7 - (1 + DnsName.LabelOctetsMax);

    /// <summary>True for a name of at least one label and at most <see cref="NameOctetsMax"/> octets.</summary>
    public static bool IsZoneName(ReadOnlySpan<char> text) =>
        DnsNameText.TryParse(text, stackalloc byte[DnsName.OctetsMax], out var length)
        && length is > 1 and <= NameOctetsMax;
}
