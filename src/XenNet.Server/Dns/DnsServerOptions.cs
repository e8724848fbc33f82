using System.Collections.Immutable;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>What <see cref="DnsServer"/> serves, to whom, and whom it asks. Immutable.</summary>
public sealed record DnsServerOptions
{
    /// <summary>
    /// Interfaces that are served besides those with a binding: names, <c>*</c> and <c>?</c> allowed (dns.listen).
    /// </summary>
    public ImmutableArray<string> Interfaces { get; init; } = ["vif*", "lo"];

    /// <summary>Addresses that are served to whoever reaches them (dns.listen); each on its own port.</summary>
    public ImmutableArray<Ipv4Endpoint> Addresses { get; init; } = [];

    /// <summary>UDP and TCP port (dns.port): 53.</summary>
    public ushort Port { get; init; } = 53;

    /// <summary>
    /// Whom to ask what is not ours (dns.upstreams); none: the servers of <see cref="ResolverFile"/>.
    /// </summary>
    public ImmutableArray<Ipv4Endpoint> Upstreams { get; init; } = [];

    /// <summary>The resolv.conf(5) that is followed without <see cref="Upstreams"/>.</summary>
    public string ResolverFile { get; init; } = "/etc/resolv.conf";

    /// <summary>Read instead when <see cref="ResolverFile"/> names systemd-resolved's stub.</summary>
    public string ResolvedFile { get; init; } = "/run/systemd/resolve/resolv.conf";

    /// <summary>Threads that serve UDP, one socket each: as many as cores, 2 at most.</summary>
    public int Threads { get; init; } = Math.Min(2, Environment.ProcessorCount);

    /// <summary>What an upstream is given to answer in: 1.5 s.</summary>
    public TimeSpan UpstreamTryTime { get; init; } = TimeSpan.FromMilliseconds(1500);

    /// <summary>After which a client gets SERVFAIL: 4.5 s, just before most clients give up (5 s).</summary>
    public TimeSpan UpstreamDeadline { get; init; } = TimeSpan.FromMilliseconds(4500);

    /// <summary>Queries that may wait for upstreams at a time: 4,096.</summary>
    public int PendingForwardsMax { get; init; } = 4096;

    /// <summary>How many of those one client may have: 256. A machine counts as one client.</summary>
    public int PendingForwardsPerClientMax { get; init; } = 256;

    /// <summary>What a TCP client is given to send a whole query, and to take a whole reply: 10 s.</summary>
    public TimeSpan TcpIdleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>TCP connections at a time: 512.</summary>
    public int TcpConnectionsMax { get; init; } = 512;

    /// <summary>TCP connections of one client at a time: 16. A machine counts as one client.</summary>
    public int TcpConnectionsPerClientMax { get; init; } = 16;
}
