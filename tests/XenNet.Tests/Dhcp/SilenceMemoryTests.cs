using XenNet.Server.Dhcp;

namespace XenNet.Tests.Dhcp;

public sealed class SilenceMemoryTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void A_silence_is_first_once_for_each_link_and_kind()
    {
        var memory = new SilenceMemory(_clock);

        Assert.True(memory.IsFirst(5, 3));
        Assert.False(memory.IsFirst(5, 3));
        Assert.True(memory.IsFirst(5, 4));
        Assert.True(memory.IsFirst(6, 3));
    }

    [Fact]
    public void Links_without_end_are_said_only_as_often_as_the_clock_allows()
    {
        var memory = new SilenceMemory(_clock);

        // Full once, started anew once, full again: then it is quiet until an hour has gone.
        Assert.Equal(2 * SilenceMemory.LinksMost, Said(memory, 1, 100_000));
        Assert.Equal(0, Said(memory, 200_000, 300_000));
        _clock.Advance(SilenceMemory.RenewalLeast);
        Assert.Equal(SilenceMemory.LinksMost, Said(memory, 200_000, 300_000));
    }

    private static int Said(SilenceMemory memory, int from, int to) =>
        Enumerable.Range(from, to - from).Count(index => memory.IsFirst(index, SilenceMemory.Clone));

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
