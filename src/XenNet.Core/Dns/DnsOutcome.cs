using XenNet.Core.Dns.Caching;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>What is to be done with a query.</summary>
public enum DnsOutcomeKind
{
    /// <summary>Nothing is sent.</summary>
    Dropped,

    /// <summary>The reply is in the buffer: send it.</summary>
    Answered,

    /// <summary>An upstream must be asked: the buffer holds the key (<see cref="Forwarding.UpstreamQuestion"/>).</summary>
    Forward,
}

/// <summary>The responder's decision about one query.</summary>
/// <param name="Kind">What is to be done.</param>
/// <param name="Length">Octets of the reply, or of the key, in the buffer.</param>
/// <param name="Refusal">
/// Why it was dropped, or answered with an error that is the asker's; <see cref="DnsRefusal.None"/> otherwise.
/// </param>
/// <param name="IsCached">True when an answer of the cache is in the buffer.</param>
/// <param name="Known">
/// Of <see cref="DnsOutcomeKind.Forward"/>: an answer whose time is over, to fall back on (RFC 8767). Of
/// <see cref="DnsOutcomeKind.Answered"/>: one that is soon over and much asked for: ask for it again.
/// </param>
public readonly record struct DnsOutcome(
    DnsOutcomeKind Kind, int Length, DnsRefusal Refusal, bool IsCached = false, CachedAnswer? Known = null)
{
    /// <summary>Ask an upstream.</summary>
    /// <param name="keyLength">Octets of the key in the buffer.</param>
    /// <param name="expired">To fall back on.</param>
    public static DnsOutcome Forward(int keyLength, CachedAnswer? expired) =>
        new(DnsOutcomeKind.Forward, keyLength, DnsRefusal.None, Known: expired);

    /// <summary>Send nothing.</summary>
    public static DnsOutcome Dropped(DnsRefusal refusal) => new(DnsOutcomeKind.Dropped, 0, refusal);

    /// <summary>Send that many octets of the buffer.</summary>
    public static DnsOutcome Answered(int length, DnsRefusal refusal = DnsRefusal.None) =>
        new(DnsOutcomeKind.Answered, length, refusal);

    /// <summary>Send that many octets of the buffer, which came from the cache.</summary>
    /// <param name="length">Octets of the reply.</param>
    /// <param name="refresh">The answer, when it should be asked for again.</param>
    public static DnsOutcome Cached(int length, CachedAnswer? refresh) =>
        new(DnsOutcomeKind.Answered, length, DnsRefusal.None, IsCached: true, Known: refresh);
}
