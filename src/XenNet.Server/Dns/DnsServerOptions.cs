using System.Collections.Immutable;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>What <see cref="DnsServer"/> serves, to whom, and whom it asks. Immutable.</summary>
public sealed record DnsServerOptions
{
    /// <summary>Interfaces that are served besides those with a binding (dns.listen).</summary>
    public ImmutableArray<InterfacePattern> Interfaces { get; init; } = [InterfacePattern.Vifs, InterfacePattern.Loopback];

    /// <summary>Addresses that are served to whoever reaches them (dns.listen); each on its own port.</summary>
    public ImmutableArray<Ipv4Endpoint> Addresses { get; init; } = [];

    /// <summary>UDP and TCP port (dns.port): 53.</summary>
    public ushort Port { get; init; } = 53;

    /// <summary>
    /// Whom to ask what is not ours (dns.upstreams); none: the servers of <see cref="ResolverFile"/>.
    /// </summary>
    public ImmutableArray<UpstreamServer> Upstreams { get; init; } = [];

    /// <summary>Which of several upstreams is asked (dns.upstream-order).</summary>
    public UpstreamOrder UpstreamOrder { get; init; } = UpstreamOrder.Fastest;

    /// <summary>Upstreams of some names ([[dns.forward]]).</summary>
    public ImmutableArray<ForwardRoute> Forwards { get; init; } = [];

    /// <summary>UDP ports that queries to upstreams leave from (dns.source-ports).</summary>
    public PortRange SourcePorts { get; init; } = PortRange.Unprivileged;

    /// <summary>PEM file of further roots for upstreams over TLS (dns.tls-ca-file); empty: the system's alone.</summary>
    public string TlsCaFile { get; init; } = "";

    /// <summary>The resolv.conf(5) that is followed without <see cref="Upstreams"/>.</summary>
    public string ResolverFile { get; init; } = "/etc/resolv.conf";

    /// <summary>Read instead when <see cref="ResolverFile"/> names systemd-resolved's stub.</summary>
    public string ResolvedFile { get; init; } = "/run/systemd/resolve/resolv.conf";

    /// <summary>Threads that serve UDP, one socket each: as many as cores, 2 at most.</summary>
    public int Threads { get; init; } = Math.Min(2, Environment.ProcessorCount);

    /// <summary>After which a client gets SERVFAIL: 4.5 s, just before most clients give up (5 s).</summary>
    public TimeSpan UpstreamDeadline { get; init; } = TimeSpan.FromMilliseconds(4500);

    /// <summary>Queries that may wait for upstreams at a time (dns.forwards-max): 4,096.</summary>
    public int ForwardsMax { get; init; } = 4096;

    /// <summary>
    /// How many of those one client may have (dns.forwards-per-client-max): 256. A machine counts as one client.
    /// </summary>
    public int ForwardsPerClientMax { get; init; } = 256;

    /// <summary>What a TCP client is given to send a whole query, and to take a whole reply: 10 s.</summary>
    public TimeSpan TcpIdleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>TCP connections at a time (dns.tcp-connections-max): 1,024.</summary>
    public int TcpConnectionsMax { get; init; } = 1024;

    /// <summary>
    /// TCP connections of one client at a time (dns.tcp-connections-per-client-max): 64. A machine counts as one
    /// client.
    /// </summary>
    public int TcpConnectionsPerClientMax { get; init; } = 64;

    /// <summary>
    /// Queries of one client that are answered in a second (dns.rate-limit); 0: all. Dom0 is not limited.
    /// </summary>
    public int RateLimit { get; init; } = 20_000;

    /// <summary>Seconds that an answer is kept at the least (dns.cache-ttl-min).</summary>
    public int CacheTtlMin { get; init; }

    /// <summary>Seconds that an answer is kept at the most (dns.cache-ttl-max); holds against the least.</summary>
    public int CacheTtlMax { get; init; } = 86_400;

    /// <summary>
    /// Seconds that it is kept at the most that there is no answer (dns.negative-ttl-max); 0: not at all.
    /// </summary>
    public int NegativeTtlMax { get; init; } = 3_600;

    /// <summary>True to refuse private addresses from outside (dns.rebind-protection).</summary>
    public bool RebindProtection { get; init; } = true;

    /// <summary>Domains whose answers may hold private addresses (dns.rebind-allow).</summary>
    public ImmutableArray<string> RebindAllow { get; init; } = [];

    /// <summary>Servers that may transfer the zone and are told of its changes (zone.secondaries).</summary>
    public ImmutableArray<Ipv4Endpoint> Secondaries { get; init; } = [];
}
