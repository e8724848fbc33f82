using System.Net;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>One server that is asked what is not ours, with what is known of it.</summary>
internal sealed class Upstream(Ipv4Endpoint endpoint)
{
    private long _asked;
    private long _answered;
    private long _silent;
    private long _failed;
    private long _mismatched;

    /// <summary>Its address and port.</summary>
    public Ipv4Endpoint Endpoint { get; } = endpoint;

    /// <summary>The same for the framework's sockets.</summary>
    public IPEndPoint SocketEndpoint { get; } = new(endpoint.Address.ToIPAddress(), endpoint.Port);

    /// <summary>Whether it answers of late.</summary>
    public UpstreamHealth Health { get; } = new();

    /// <summary>Messages from its address and port that were no reply to what was asked.</summary>
    public long Mismatched => Volatile.Read(ref _mismatched);

    /// <summary>It was asked.</summary>
    public void CountAsked() => Interlocked.Increment(ref _asked);

    /// <summary>It answered.</summary>
    public void CountAnswered() => Interlocked.Increment(ref _answered);

    /// <summary>It did not answer in time, or cannot be reached.</summary>
    public void CountSilent() => Interlocked.Increment(ref _silent);

    /// <summary>It said that it cannot or will not.</summary>
    public void CountFailed() => Interlocked.Increment(ref _failed);

    /// <summary>Something came from its address and port that is no reply to what was asked.</summary>
    public void CountMismatched() => Interlocked.Increment(ref _mismatched);

    /// <summary>All of it, for <c>status</c>.</summary>
    public UpstreamStatus Status(long now) => new(
        Endpoint, Health.IsTrusted(now), Health.Silences, Volatile.Read(ref _asked), Volatile.Read(ref _answered),
        Volatile.Read(ref _silent), Volatile.Read(ref _failed), Mismatched);
}
