namespace XenNet.Core.Dns.Forwarding;

/// <summary>
/// How long an upstream takes to answer, smoothed, and how long to wait for it (RFC 6298 §2). <c>default</c>: unknown.
/// </summary>
/// <param name="SmoothedMicroseconds">SRTT; 0: nothing was measured yet.</param>
/// <param name="VariationMicroseconds">RTTVAR.</param>
public readonly record struct RoundTrip(int SmoothedMicroseconds, int VariationMicroseconds)
{
    /// <summary>The shortest wait, in milliseconds: a busy host may be that late itself.</summary>
    public const int TimeoutMillisecondsLeast = 50;

    /// <summary>The longest wait, in milliseconds.</summary>
    public const int TimeoutMillisecondsMost = 1500;

    /// <summary>The wait for a server that was never measured, in milliseconds.</summary>
    public const int TimeoutMillisecondsUnknown = 400;

    // What takes longer than the most that we ever wait is no more than that to us; it also keeps sums in 32 bits.
    private const int SampleMost = 10_000_000;

    /// <summary>True once there was a measurement.</summary>
    public bool IsKnown => SmoothedMicroseconds > 0;

    /// <summary>How long to wait before somebody else is asked, in milliseconds.</summary>
    public int TimeoutMilliseconds => IsKnown
        ? Math.Clamp((SmoothedMicroseconds + 4 * VariationMicroseconds) / 1000,
            TimeoutMillisecondsLeast, TimeoutMillisecondsMost)
        : TimeoutMillisecondsUnknown;

    /// <summary>With one more measurement.</summary>
    public RoundTrip With(long microseconds)
    {
        var sample = (int)Math.Clamp(microseconds, 1, SampleMost);
        if (!IsKnown)
            return new RoundTrip(sample, sample / 2);

        var deviation = Math.Abs(SmoothedMicroseconds - sample);
        return new RoundTrip(
            Math.Max(1, SmoothedMicroseconds + (sample - SmoothedMicroseconds) / 8),
            VariationMicroseconds + (deviation - VariationMicroseconds) / 4);
    }
}
