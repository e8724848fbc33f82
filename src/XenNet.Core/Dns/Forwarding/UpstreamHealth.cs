namespace XenNet.Core.Dns.Forwarding;

/// <summary>Whether an upstream answers of late. One that was silent is asked after the others for a while.</summary>
/// <remarks>
/// Several queries report at once: each field is written whole, and a lost update costs one wrong guess.
/// </remarks>
public sealed class UpstreamHealth
{
    /// <summary>How long a silent upstream comes last, in milliseconds.</summary>
    public const long PenaltyMilliseconds = 10_000;

    private const long Never = long.MinValue / 2;

    private long _silentAt = Never;
    private int _silences;

    /// <summary>Queries in a row that got no answer; 0 when the last one did.</summary>
    public int Silences => Volatile.Read(ref _silences);

    /// <summary>True when it should be asked before those that are not.</summary>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool IsTrusted(long now) => now - Volatile.Read(ref _silentAt) >= PenaltyMilliseconds;

    /// <summary>It answered; true when it had been silent before.</summary>
    public bool Answered()
    {
        Volatile.Write(ref _silentAt, Never);
        return Interlocked.Exchange(ref _silences, 0) > 0;
    }

    /// <summary>It did not answer in time; true the first time in a row.</summary>
    public bool WasSilent(long now)
    {
        Volatile.Write(ref _silentAt, now);
        return Interlocked.Increment(ref _silences) == 1;
    }
}
