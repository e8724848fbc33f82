namespace XenNet.Server.Dhcp;

/// <summary>What a clock showed.</summary>
/// <param name="Boot">The kernel's name for its run.</param>
/// <param name="Up">Seconds for which it had run.</param>
/// <param name="Now">The lease clock: seconds since 1970 when nobody had set the wall clock.</param>
internal readonly record struct ClockReading(string Boot, long Up, long Now);

/// <summary>
/// The time by which leases end: it passes as time does, also over a restart of ours. A wall clock that is set, forward or back,
/// neither ends a lease that its client still counts on nor prolongs one.
/// </summary>
internal sealed class LeaseClock
{
    private readonly TimeProvider _time;
    private readonly string _boot;
    private readonly long _up;
    private readonly long _now;
    private readonly long _begun;

    private LeaseClock(TimeProvider time, string boot, long up, long now) =>
        (_time, _boot, _up, _now, _begun) = (time, boot, up, now, time.GetTimestamp());

    /// <summary>Seconds since 1970, or what would be if nobody had set the clock.</summary>
    public long Now => _now + Passed;

    private long Passed => (long)_time.GetElapsedTime(_begun).TotalSeconds;

    /// <summary>Goes on from the last reading, if there is one.</summary>
    public static LeaseClock Continue(ClockReading? last, TimeProvider time) => Continue(
        last, time, File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), Environment.TickCount64 / 1000);

    /// <summary>The same, with what the kernel says of itself.</summary>
    /// <param name="last">The last reading.</param>
    /// <param name="time">For the wall clock, once, and for the time that passes.</param>
    /// <param name="boot">The kernel's name for its run.</param>
    /// <param name="up">Seconds for which it has run.</param>
    public static LeaseClock Continue(ClockReading? last, TimeProvider time, string boot, long up)
    {
        var wall = time.GetUtcNow().ToUnixTimeSeconds();
        // Over a reboot only the wall clock tells how long it took; many begin in 1970, and this one never goes back.
        return new LeaseClock(time, boot, up, last is not { } before ? wall
            : before.Boot == boot ? before.Now + (up - before.Up)
            : Math.Max(wall, before.Now));
    }

    /// <summary>To be kept.</summary>
    public ClockReading Reading() => new(_boot, _up + Passed, Now);
}
