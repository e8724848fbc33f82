using XenNet.Core.Dns.Forwarding;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class RoundTripTests
{
    [Fact]
    public void The_first_measurement_is_taken_as_it_is()
    {
        var measured = default(RoundTrip).With(100_000);

        Assert.Equal(new RoundTrip(100_000, 50_000), measured);
        Assert.Equal(300, measured.TimeoutMilliseconds);
    }

    [Fact]
    public void Later_ones_move_it_by_an_eighth_and_its_variation_by_a_quarter()
    {
        var measured = new RoundTrip(100_000, 50_000).With(180_000);

        Assert.Equal(new RoundTrip(110_000, 57_500), measured);
    }

    [Fact]
    public void The_wait_for_an_unknown_server_is_fixed()
    {
        Assert.False(default(RoundTrip).IsKnown);
        Assert.Equal(RoundTrip.TimeoutMillisecondsUnknown, default(RoundTrip).TimeoutMilliseconds);
    }

    [Theory]
    [InlineData(1, RoundTrip.TimeoutMillisecondsLeast)]
    [InlineData(16_666, RoundTrip.TimeoutMillisecondsLeast)] // Three times that is just under 50 ms.
    [InlineData(17_000, 51)]
    [InlineData(500_000, RoundTrip.TimeoutMillisecondsMost)]
    [InlineData(long.MaxValue, RoundTrip.TimeoutMillisecondsMost)]
    [InlineData(-1, RoundTrip.TimeoutMillisecondsLeast)]
    public void The_wait_is_bounded(long microseconds, int expected) =>
        Assert.Equal(expected, default(RoundTrip).With(microseconds).TimeoutMilliseconds);

    [Fact]
    public void A_steady_server_comes_to_be_waited_for_shortly()
    {
        var measured = default(RoundTrip);
        for (var i = 0; i < 100; i++)
            measured = measured.With(80_000);

        Assert.InRange(measured.TimeoutMilliseconds, 80, 90);
    }
}
