using XenNet.Core.Dns;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns.Tcp;

/// <summary>What was counted on all TCP connections together, from any thread.</summary>
internal sealed class TcpCounters
{
    private readonly long[] _ends = new long[(int)TcpEnd.RateLimited + 1];
    private readonly Lock _counting = new();

    /// <summary>Queries, as every writer counts them.</summary>
    public DnsCounters Queries { get; } = new();

    /// <summary>Connections ended by us for that reason so far.</summary>
    public long Read(TcpEnd end) => Interlocked.Read(ref _ends[(int)end]);

    /// <summary>Adds one.</summary>
    public void Add(TcpEnd end) => Interlocked.Increment(ref _ends[(int)end]);

    /// <summary>Adds one.</summary>
    public void Add(DnsCount what)
    {
        lock (_counting)
        {
            Queries.Add(what);
        }
    }

    /// <summary>Adds one.</summary>
    public void Add(DnsAdmissionRefusal reason)
    {
        lock (_counting)
        {
            Queries.Add(reason);
        }
    }

    /// <summary>Adds one that got silence.</summary>
    public void Add(DnsRefusal reason)
    {
        lock (_counting)
        {
            Queries.Add(reason);
        }
    }

    /// <summary>Adds an answer, and what was wrong with its query.</summary>
    public void AddAnswer(in DnsOutcome outcome)
    {
        lock (_counting)
        {
            Queries.AddAnswer(outcome);
        }
    }
}
