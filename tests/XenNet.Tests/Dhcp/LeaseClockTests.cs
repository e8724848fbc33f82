using XenNet.Server.Dhcp;

namespace XenNet.Tests.Dhcp;

public sealed class LeaseClockTests
{
    private const long Now = 1_800_000_000;

    private readonly SetClock _time = new(Now);

    [Fact]
    public void The_first_one_begins_with_the_wall_clock() =>
        Assert.Equal(Now, LeaseClock.Continue(null, _time, "boot", 100).Now);

    [Theory]
    [InlineData(86_400 * 365)]
    [InlineData(-86_400 * 365)]
    [InlineData(0)]
    public void A_wall_clock_that_is_set_changes_nothing(int by)
    {
        var clock = LeaseClock.Continue(null, _time, "boot", 100);

        _time.Pass(seconds: 30, setBy: by);

        Assert.Equal(Now + 30, clock.Now);
        Assert.Equal(new ClockReading("boot", 130, Now + 30), clock.Reading());
        // Nor does it when we begin anew under the same kernel, 20 seconds later.
        Assert.Equal(Now + 50, LeaseClock.Continue(clock.Reading(), _time, "boot", 150).Now);
    }

    [Theory]
    [InlineData(Now + 600, Now + 600)]
    [InlineData(Now - 1, Now)]
    [InlineData(0, Now)]
    public void After_a_reboot_the_wall_clock_counts_unless_it_is_behind(long wall, long expected)
    {
        var clock = LeaseClock.Continue(new ClockReading("before", 5_000, Now), new SetClock(wall), "boot", 10);

        Assert.Equal(expected, clock.Now);
    }

    private sealed class SetClock(long wall) : TimeProvider
    {
        private long _wall = wall;
        private long _passed;

        public override long TimestampFrequency => 1;

        public void Pass(int seconds, int setBy) => (_wall, _passed) = (_wall + seconds + setBy, _passed + seconds);

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(_wall);

        public override long GetTimestamp() => _passed;
    }
}
