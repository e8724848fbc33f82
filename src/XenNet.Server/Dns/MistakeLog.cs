using Microsoft.Extensions.Logging;

namespace XenNet.Server.Dns;

/// <summary>What a mistake of ours cost. The names are also metric labels.</summary>
internal enum DnsMistake : byte
{
    /// <summary>The answer to a query over UDP.</summary>
    UdpQuery,

    /// <summary>The answer to a query over UDP that upstreams were asked about.</summary>
    UdpForward,

    /// <summary>A reply of an upstream; who waits for it is told by the next, or at its deadline.</summary>
    UpstreamReply,

    /// <summary>A TCP connection.</summary>
    TcpConnection,

    /// <summary>The answer to a query over TCP that upstreams were asked about.</summary>
    TcpForward,

    /// <summary>The answer to a query that the program around us was asked about (<see cref="NameSourceGuard"/>).</summary>
    NameSource,
}

/// <summary>
/// Exceptions that only a mistake of ours can throw where packets are served. Whoever finds the packet that does it can
/// send it again and again, so each kind is logged once in <see cref="QuietMilliseconds"/>; all are counted. From any
/// thread.
/// </summary>
/// <param name="logger">Takes the lines, with the exception.</param>
internal sealed partial class MistakeLog(ILogger logger)
{
    /// <summary>Between two lines of one kind.</summary>
    public const long QuietMilliseconds = 60_000;

    private const long NeverSaid = long.MinValue;

    private readonly Lock _noting = new();
    private readonly long[] _counts = new long[Enum.GetValues<DnsMistake>().Length];
    private readonly long[] _countsSaid = new long[Enum.GetValues<DnsMistake>().Length];
    private readonly long[] _saidAt = [.. Enum.GetValues<DnsMistake>().Select(_ => NeverSaid)];

    /// <summary>Mistakes of that kind so far.</summary>
    public long Count(DnsMistake what) => Interlocked.Read(ref _counts[(int)what]);

    /// <summary>One was caught.</summary>
    /// <param name="what">What is lost by it.</param>
    /// <param name="mistake">The exception.</param>
    /// <param name="now">Milliseconds of <see cref="Environment.TickCount64"/>.</param>
    public void Note(DnsMistake what, Exception mistake, long now)
    {
        long unsaid;
        lock (_noting)
        {
            var count = ++_counts[(int)what];
            ref var saidAt = ref _saidAt[(int)what];
            if (saidAt != NeverSaid && now - saidAt < QuietMilliseconds)
                return;

            saidAt = now;
            unsaid = count - 1 - _countsSaid[(int)what];
            _countsSaid[(int)what] = count;
        }

        LogMistake(what, unsaid, mistake);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A mistake of ours cost this: {What}; clients get no answer. "
        + "{Unsaid} before it were only counted, and so are those of the next minute.")]
    private partial void LogMistake(DnsMistake what, long unsaid, Exception mistake);
}
