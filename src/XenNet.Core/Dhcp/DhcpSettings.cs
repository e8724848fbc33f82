using System.Collections.Immutable;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Core.Dhcp;

/// <summary>What DHCP tells every guest alike.</summary>
public sealed record DhcpSettings
{
    /// <summary>A lease that never ends, on the wire (RFC 2131 section 3.3).</summary>
    public const uint LeaseInfinite = uint.MaxValue;

    /// <summary>
    /// The zone, which guests append and search: labels of 1 to 63 octets with dots between, none at the end.
    /// </summary>
    public required string Zone { get; init; }

    /// <summary>Seconds until a guest must have asked again; never, by default.</summary>
    public uint LeaseSeconds { get; init; } = LeaseInfinite;

    /// <summary>Vifs on which DHCP is silent.</summary>
    public ImmutableArray<InterfacePattern> ExceptInterfaces { get; init; } = [];

    /// <summary>Relay agents that are believed (RFC 2131 section 4.1, RFC 3046).</summary>
    public ImmutableArray<Ipv4Address> Relays { get; init; } = [];

    /// <summary>Whether options that find no room may go into the fields file and sname (option 52).</summary>
    public bool Overload { get; init; }

    /// <summary>Messages of one vif that are answered in a second; 0 for all.</summary>
    public int RateLimit { get; init; } = 50;

    /// <summary>Tags and options.</summary>
    public DhcpRules Rules { get; init; } = DhcpRules.None;

    /// <summary>The port on which Dom0 gives boot files by HTTP; 0 when it does not.</summary>
    public ushort HttpPort { get; init; }

    /// <summary>Whether a client that asks for it is granted its address in two messages (RFC 4039).</summary>
    public bool RapidCommit { get; init; }
}
