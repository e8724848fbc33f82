using System.Collections.Immutable;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>An upstream as <c>xennet status</c> shows it.</summary>
/// <param name="Server">Its address and port, and the name of its certificate.</param>
/// <param name="State">What it is to us.</param>
/// <param name="Silences">Queries in a row without an answer.</param>
/// <param name="Failures">Queries in a row that it answered with an error.</param>
/// <param name="RoundTripMilliseconds">What it takes to answer, smoothed; 0: not known yet.</param>
/// <param name="Asked">Queries sent to it, over UDP or TCP.</param>
/// <param name="Answered">Answers.</param>
/// <param name="Silent">Queries without an answer in time.</param>
/// <param name="Failed">SERVFAIL, REFUSED and the like.</param>
/// <param name="Mismatched">Messages from its address and port that were no reply to what was asked.</param>
/// <param name="AskedOverStream">Queries sent to it over TCP or TLS.</param>
/// <param name="BackOffMilliseconds">Between two tries while it is down; 0 otherwise.</param>
/// <param name="TlsError">Why it cannot be asked over TLS; empty when nothing is wrong.</param>
/// <param name="Changes">How often it came, went or was excluded.</param>
public sealed record UpstreamStatus(
    UpstreamServer Server, UpstreamState State, int Silences, int Failures, double RoundTripMilliseconds,
    long Asked, long Answered, long Silent, long Failed, long Mismatched, long AskedOverStream, int BackOffMilliseconds,
    string TlsError, long Changes)
{
    /// <summary>True when it is asked before those that are not.</summary>
    public bool Trusted => State <= UpstreamState.Up;
}

/// <summary>DNS as <c>xennet status</c> shows it.</summary>
/// <param name="Port">UDP and TCP port.</param>
/// <param name="UdpThreads">Threads that serve UDP.</param>
/// <param name="TcpListeners">Addresses that are listened on over TCP.</param>
/// <param name="TcpConnections">Connections open now.</param>
/// <param name="Upstreams">Whom we ask; none: outside names get SERVFAIL.</param>
/// <param name="ResolverFile">The file that they come from; null when they are configured.</param>
/// <param name="PendingForwards">Queries that wait for upstreams now.</param>
/// <param name="Queries">Queries by outcome.</param>
/// <param name="Dropped">Queries that got silence, by reason; reasons that never happened are left out.</param>
/// <param name="TcpEnded">TCP connections that we ended, by reason; as above.</param>
/// <param name="Cache">What the cache holds and did.</param>
public sealed record DnsStatus(
    int Port,
    int UdpThreads,
    ImmutableArray<Ipv4Endpoint> TcpListeners,
    int TcpConnections,
    ImmutableArray<UpstreamStatus> Upstreams,
    string? ResolverFile,
    int PendingForwards,
    ImmutableSortedDictionary<string, long> Queries,
    ImmutableSortedDictionary<string, long> Dropped,
    ImmutableSortedDictionary<string, long> TcpEnded,
    DnsCacheStatistics Cache);
