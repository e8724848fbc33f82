using System.Collections.Frozen;
using System.Collections.Immutable;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Pools;

/// <summary>A <c>[[dhcp.pool]]</c>: addresses for guests that no hook announced, on one link of Dom0's.</summary>
public sealed record DhcpPoolSettings
{
    /// <summary>Addresses at the most: looking through all of them for a new client must be little.</summary>
    public const int AddressesMost = 4096;

    /// <summary>The link; no vif, and no bridge of guests.</summary>
    public string Interface { get; init; } = "";

    /// <summary>Dom0's address on it: router, name server and DHCP server.</summary>
    public Ipv4Address Dom0 { get; init; }

    /// <summary>The network that Dom0's address is in.</summary>
    public Ipv4Prefix Network { get; init; }

    /// <summary>The first address to lease; none when only hosts are served.</summary>
    public Ipv4Address First { get; init; }

    /// <summary>The last address to lease.</summary>
    public Ipv4Address Last { get; init; }

    /// <summary>Seconds of a lease; <see cref="DhcpSettings.LeaseInfinite"/> for ever.</summary>
    public uint LeaseSeconds { get; init; } = 3600;

    /// <summary>Leases of one port of the bridge, or of the link when it is none, at the most.</summary>
    public int LeasesPerPortMost { get; init; } = 16;

    /// <summary>Whether nobody must answer ARP for an address before it is offered to a client that is new.</summary>
    public bool ArpProbe { get; init; }

    /// <summary>Clients whose address is theirs for good, in the range or beside it.</summary>
    public FrozenDictionary<MacAddress, Ipv4Address> Hosts { get; init; } = FrozenDictionary<MacAddress, Ipv4Address>.Empty;

    /// <summary>The same as they are written; empty for those that are not from a file.</summary>
    public ImmutableArray<DhcpPoolHost> HostEntries { get; init; } = [];

    /// <summary>Files with more such clients, and directories of such files; they are followed as they change.</summary>
    public ImmutableArray<string> HostsFiles { get; init; } = [];

    /// <summary>Names of tags that each of its clients has.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>How many addresses there are to lease.</summary>
    public int Count => First.IsNone ? 0 : (int)(Last.Value - First.Value) + 1;
}

/// <summary>One of a pool's hosts.</summary>
/// <param name="Macs">Its hardware addresses: one at the least.</param>
/// <param name="Address">Its address, by whichever of them it asks.</param>
public readonly record struct DhcpPoolHost(ImmutableArray<MacAddress> Macs, Ipv4Address Address);
