namespace XenNet.Server;

/// <summary>So many a second, and those of one second at once; without a timer. Where it is held is the caller's.</summary>
/// <remarks>
/// GCRA, the leaky bucket as a meter (ITU-T I.371): a place holds the time at which all taken so far would have been due
/// at the even rate. One that runs more than a second ahead of the clock takes no more.
/// </remarks>
internal readonly struct RateMeter
{
    // Times are milliseconds with so many bits behind the point: at 1,000,000 a second an interval has still 1,048 units.
    private const int FractionBits = 20;
    private const long Burst = 1000L << FractionBits;

    private readonly long _interval;

    /// <param name="perSecond">The rate; 0: all are taken.</param>
    public RateMeter(int perSecond) => _interval = perSecond == 0 ? 0 : Burst / perSecond;

    /// <summary>True when all are taken.</summary>
    public bool IsOff => _interval == 0;

    /// <summary>Takes one; false when they come too often. Safe for many threads.</summary>
    /// <param name="place">Whose it is; 0 at first.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool TryTake(ref long place, long now)
    {
        var clock = now << FractionBits;
        while (true)
        {
            var held = Volatile.Read(ref place);
            var due = Math.Max(held, clock) + _interval;
            if (due - clock > Burst)
                return false;

            // Only those of one place on two threads in the same moment meet here.
            if (Interlocked.CompareExchange(ref place, due, held) == held)
                return true;
        }
    }

    /// <summary>True when the place is as good as a new one.</summary>
    public static bool IsIdle(long place, long now) => place <= now << FractionBits;
}
