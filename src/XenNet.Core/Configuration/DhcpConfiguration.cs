using System.Collections.Immutable;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Dhcp.Pools;
using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>How guests are told their addresses.</summary>
public sealed record DhcpConfiguration
{
    /// <summary>False for no DHCP.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How long an address is lent; null for ever. Whole seconds.</summary>
    public TimeSpan? LeaseTime { get; init; }

    /// <summary>Vifs on which DHCP is silent; DNS is not.</summary>
    public ImmutableArray<InterfacePattern> ExceptInterfaces { get; init; } = [];

    /// <summary>Relay agents that are believed.</summary>
    public ImmutableArray<Ipv4Address> Relays { get; init; } = [];

    /// <summary>Messages of one vif that are answered in a second; 0 for all.</summary>
    public int RateLimit { get; init; } = 50;

    /// <summary>True to put options that find no room into the fields file and sname.</summary>
    public bool Overload { get; init; }

    /// <summary>True to grant an address in two messages to a client that asks for it.</summary>
    public bool RapidCommit { get; init; }

    /// <summary>The tags whose clients are answered by broadcast only: at most one.</summary>
    public ImmutableArray<ConfiguredValue> BroadcastWhen { get; init; } = [];

    /// <summary>The tags whose clients are not answered: at most one.</summary>
    public ImmutableArray<ConfiguredValue> IgnoreWhen { get; init; } = [];

    /// <summary>Each <c>[[dhcp.tag]]</c>, in the order of the file.</summary>
    public ImmutableArray<DhcpTagConfiguration> Tags { get; init; } = [];

    /// <summary>Each <c>[[dhcp.option]]</c>, in the order of the file.</summary>
    public ImmutableArray<DhcpOptionConfiguration> Options { get; init; } = [];

    /// <summary>Files with more options, and directories of such files; they are followed as they change.</summary>
    public ImmutableArray<string> OptionsFiles { get; init; } = [];

    /// <summary>Each <c>[[dhcp.pool]]</c>, in the order of the file.</summary>
    public ImmutableArray<DhcpPoolSettings> Pools { get; init; } = [];

    /// <summary>What was made of tags and options when the file was read.</summary>
    public DhcpRules Rules { get; init; } = DhcpRules.None;
}
