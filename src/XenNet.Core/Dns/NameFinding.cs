using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Dns;

/// <summary>What a name is to us.</summary>
internal enum NameKind
{
    /// <summary>None of ours.</summary>
    Foreign,

    /// <summary>A single label that names no machine.</summary>
    LoneLabel,

    /// <summary>A single label that names a machine; it has an address.</summary>
    BareHost,

    /// <summary><c>localhost</c> or a name below it (RFC 6761 §6.3).</summary>
    Loopback,

    /// <summary>The top of the zone or of a reverse zone; it has SOA and NS.</summary>
    Apex,

    /// <summary>In a zone of ours, with an address.</summary>
    Host,

    /// <summary>In a reverse zone, the name of an address; it has a PTR.</summary>
    Address,

    /// <summary>In a zone of ours, without records but with names below it (RFC 8020: it exists).</summary>
    Empty,

    /// <summary>In a zone of ours, and not there.</summary>
    Missing,
}

/// <summary>What was found for a name.</summary>
internal readonly struct NameFinding
{
    private NameFinding(NameKind kind, int apexAt) => (Kind, ApexAt) = (kind, apexAt);

    /// <summary>Not in any zone of ours.</summary>
    public const int NoApex = -1;

    public NameKind Kind { get; }

    /// <summary>
    /// Where in the uncompressed name its zone's apex begins; <see cref="NoApex"/> outside of our zones.
    /// </summary>
    public int ApexAt { get; }

    /// <summary>The bridge's zone that the name is in; null in all others.</summary>
    public ZoneOctets? View { get; init; }

    /// <summary>Of <see cref="NameKind.Host"/> and <see cref="NameKind.BareHost"/>.</summary>
    public Ipv4Address HostAddress { get; private init; }

    /// <summary>Of <see cref="NameKind.Address"/>: the machine whose address was asked about.</summary>
    public Machine? Machine { get; private init; }

    /// <summary>Of <see cref="NameKind.Address"/>: which of its addresses.</summary>
    public SchemeAddress At { get; private init; }

    public static NameFinding Foreign => new(NameKind.Foreign, NoApex);

    public static NameFinding LoneLabel => new(NameKind.LoneLabel, NoApex);

    public static NameFinding Loopback => new(NameKind.Loopback, NoApex);

    public static NameFinding Apex(int apexAt) => new(NameKind.Apex, apexAt);

    public static NameFinding Empty(int apexAt) => new(NameKind.Empty, apexAt);

    public static NameFinding Missing(int apexAt) => new(NameKind.Missing, apexAt);

    public static NameFinding BareHost(Ipv4Address address) =>
        new(NameKind.BareHost, NoApex) { HostAddress = address };

    public static NameFinding Host(int apexAt, Ipv4Address address) =>
        new(NameKind.Host, apexAt) { HostAddress = address };

    public static NameFinding Address(int apexAt, Machine machine, SchemeAddress at) =>
        new(NameKind.Address, apexAt) { Machine = machine, At = at };
}
