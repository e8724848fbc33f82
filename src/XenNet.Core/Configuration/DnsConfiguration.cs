using System.Collections.Immutable;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Network;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Configuration;

/// <summary>Table <c>[dns]</c>: where DNS is served, whom it asks and what it knows itself.</summary>
public sealed record DnsConfiguration
{
    /// <summary>Interfaces whose queries are answered.</summary>
    public ImmutableArray<InterfacePattern> ListenInterfaces { get; init; } =
        [InterfacePattern.Vifs, InterfacePattern.Loopback];

    /// <summary>Dom0's own addresses that are answered on besides.</summary>
    public ImmutableArray<Ipv4Endpoint> ListenAddresses { get; init; } = [];

    /// <summary>UDP and TCP port; 0 for no DNS.</summary>
    public ushort Port { get; init; } = 53;

    /// <summary>Name servers for all other names; empty to follow resolv.conf.</summary>
    public ImmutableArray<UpstreamServer> Upstreams { get; init; } = [];

    /// <summary>Which of several is asked.</summary>
    public UpstreamOrder UpstreamOrder { get; init; } = UpstreamOrder.Fastest;

    /// <summary>UDP ports that queries to upstreams leave from.</summary>
    public PortRange SourcePorts { get; init; } = PortRange.Unprivileged;

    /// <summary>A PEM file of further roots for upstreams over TLS; empty for the system's alone.</summary>
    public string TlsCaFile { get; init; } = "";

    /// <summary>Each <c>[[dns.forward]]</c>, in their order.</summary>
    public ImmutableArray<ForwardRoute> Forwards { get; init; } = [];

    /// <summary>Queries that may wait for upstreams at a time.</summary>
    public int ForwardsMax { get; init; } = 4096;

    /// <summary>How many of those one client may have.</summary>
    public int ForwardsPerClientMax { get; init; } = 256;

    /// <summary>TCP connections of clients at a time.</summary>
    public int TcpConnectionsMax { get; init; } = 1024;

    /// <summary>How many of those one client may have.</summary>
    public int TcpConnectionsPerClientMax { get; init; } = 64;

    /// <summary>Queries of one client that are answered in a second; 0 for all.</summary>
    public int RateLimit { get; init; } = 20_000;

    /// <summary>Answers of upstreams kept; 0 for none.</summary>
    public int CacheEntries { get; init; } = 10_000;

    /// <summary>Octets that they may take.</summary>
    public int CacheSize { get; init; } = 8 << 20;

    /// <summary>Seconds that an answer is kept at the least.</summary>
    public int CacheTtlMin { get; init; }

    /// <summary>Seconds that an answer is kept at the most; holds against the least, too.</summary>
    public int CacheTtlMax { get; init; } = 86_400;

    /// <summary>Seconds that it is kept at the most that there is no answer; 0 for not at all.</summary>
    public int NegativeTtlMax { get; init; } = 3_600;

    /// <summary>Seconds behind its time that an answer is given while no upstream gives a new one; 0 for never.</summary>
    public int StaleTime { get; init; } = 86_400;

    /// <summary>True to refuse private addresses in answers from outside.</summary>
    public bool RebindProtection { get; init; } = true;

    /// <summary>Domains whose answers may hold private addresses.</summary>
    public ImmutableArray<string> RebindAllow { get; init; } = [];

    /// <summary>Types of which there is never an answer from outside.</summary>
    public ImmutableArray<DnsType> FilterTypes { get; init; } = [];

    /// <summary>Domains that are never asked about outside.</summary>
    public ImmutableArray<string> LocalDomains { get; init; } = [];

    /// <summary>hosts(5) files, and directories of them.</summary>
    public ImmutableArray<string> HostsFiles { get; init; } = [];

    /// <summary>Names of the addresses that interfaces of Dom0 have.</summary>
    public ImmutableArray<InterfaceName> InterfaceNames { get; init; } = [];

    /// <summary>Records of our own, as a master file writes them.</summary>
    public ImmutableArray<ConfiguredRecord> Records { get; init; } = [];
}

/// <summary>An entry of <c>dns.interface-names</c>.</summary>
/// <param name="Name">As in a record: relative to the zone unless it ends with a dot.</param>
/// <param name="Interface">Of Dom0.</param>
public readonly record struct InterfaceName(string Name, string Interface);

/// <summary>A line of <c>dns.records</c>.</summary>
/// <param name="Text">As a master file has it (RFC 1035 section 5.1).</param>
/// <param name="Place">Where it stands, for what is found out about it later.</param>
public readonly record struct ConfiguredRecord(string Text, ConfigurationPlace Place);
