using XenNet.Core.Dns;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns;

/// <summary>What became of the queries. The names are also metric labels.</summary>
internal enum DnsCount : byte
{
    /// <summary>Answered by us, errors among them; not from the cache.</summary>
    Answered,

    /// <summary>Answered from the cache.</summary>
    CacheHit,

    /// <summary>Handed to the forwarder.</summary>
    Forwarded,

    /// <summary>Answered SERVFAIL at once: too many are waiting for upstreams.</summary>
    Overloaded,

    /// <summary>A zone given to a secondary.</summary>
    Transferred,

    /// <summary>A reply that the kernel did not take.</summary>
    ReplyLost,
}

/// <summary>
/// The counters of one writer: a UDP thread, or the TCP connections together. A UDP thread alone writes its own, so
/// it needs no lock and no atomic add; whoever reads may be one behind.
/// </summary>
internal sealed class DnsCounters
{
    // A line at either end keeps two threads' counters from sharing one.
    private const int Padding = 8;
    private const int Counts = (int)DnsCount.ReplyLost + 1;
    private const int Admissions = (int)DnsAdmissionRefusal.RateLimited + 1;

    private static readonly int Refusals = Enum.GetValues<DnsRefusal>().Length;

    private readonly long[] _cells = new long[Padding + Counts + Admissions + Refusals + Refusals + Padding];

    /// <summary>Adds one, from the only writer.</summary>
    public void Add(DnsCount what) => _cells[Padding + (int)what]++;

    /// <summary>Adds one, from the only writer.</summary>
    public void Add(DnsAdmissionRefusal reason) => _cells[Padding + Counts + (int)reason]++;

    /// <summary>Adds an answer, and what was wrong with its query, from the only writer.</summary>
    public void AddAnswer(in DnsOutcome outcome)
    {
        Add(outcome.IsCached ? DnsCount.CacheHit : DnsCount.Answered);
        _cells[Padding + Counts + Admissions + Refusals + (int)outcome.Refusal]++;
    }

    /// <summary>Adds one that got silence, from the only writer.</summary>
    public void Add(DnsRefusal reason) => _cells[Padding + Counts + Admissions + (int)reason]++;

    /// <summary>Adds several, from the only writer.</summary>
    public void Add(DnsCount what, int many) => _cells[Padding + (int)what] += many;

    /// <summary>What was counted so far.</summary>
    public long Read(DnsCount what) => Volatile.Read(ref _cells[Padding + (int)what]);

    /// <summary>What was counted so far.</summary>
    public long Read(DnsAdmissionRefusal reason) => Volatile.Read(ref _cells[Padding + Counts + (int)reason]);

    /// <summary>Queries that got silence for that reason so far.</summary>
    public long Read(DnsRefusal reason) => Volatile.Read(ref _cells[Padding + Counts + Admissions + (int)reason]);

    /// <summary>Queries that got an error for that reason so far.</summary>
    public long ReadAnswered(DnsRefusal reason) =>
        Volatile.Read(ref _cells[Padding + Counts + Admissions + Refusals + (int)reason]);
}
