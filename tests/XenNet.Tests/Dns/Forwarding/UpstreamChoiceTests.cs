using XenNet.Core.Dns.Forwarding;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class UpstreamChoiceTests
{
    [Fact]
    public void The_fastest_is_asked_first_and_the_unknown_beside_it()
    {
        UpstreamHealth[] upstreams = [Known(20), new(), Known(10)];

        Assert.Equal(2, UpstreamChoice.Next(upstreams, UpstreamOrder.Fastest, asked: 0));
        Assert.Equal(0b010u, UpstreamChoice.Companions(upstreams, UpstreamOrder.Fastest, first: 2, now: 0));
    }

    [Fact]
    public void After_the_fastest_the_next_fastest_is_asked_then_the_unknown_then_who_is_down()
    {
        UpstreamHealth[] upstreams = [Down(), new(), Known(20), Known(10)];
        var asked = 0u;
        var order = new List<int>();
        for (var next = 0; (next = UpstreamChoice.Next(upstreams, UpstreamOrder.Fastest, asked)) >= 0; asked |= 1u << next)
            order.Add(next);

        Assert.Equal([3, 2, 1, 0], order);
    }

    [Fact]
    public void Of_equals_the_first_given_is_asked_first()
    {
        UpstreamHealth[] upstreams = [new(), new()];

        Assert.Equal(0, UpstreamChoice.Next(upstreams, UpstreamOrder.Fastest, asked: 0));
        Assert.Equal(0b10u, UpstreamChoice.Companions(upstreams, UpstreamOrder.Fastest, first: 0, now: 0));
    }

    [Fact]
    public void In_strict_order_the_first_that_is_not_down_is_asked_alone()
    {
        UpstreamHealth[] upstreams = [Down(), Known(20), Known(10)];

        Assert.Equal(1, UpstreamChoice.Next(upstreams, UpstreamOrder.Strict, asked: 0));
        Assert.Equal(0u, UpstreamChoice.Companions(upstreams, UpstreamOrder.Strict, first: 1, now: 0));
        Assert.Equal(0b001u, UpstreamChoice.Companions(
            upstreams, UpstreamOrder.Strict, first: 1, now: UpstreamHealth.ProbeMillisecondsLeast));
    }

    [Fact]
    public void In_a_race_all_that_are_not_down_are_asked_at_once()
    {
        UpstreamHealth[] upstreams = [Known(20), Down(), Known(10), new()];

        Assert.Equal(2, UpstreamChoice.Next(upstreams, UpstreamOrder.Race, asked: 0));
        Assert.Equal(0b1001u, UpstreamChoice.Companions(upstreams, UpstreamOrder.Race, first: 2, now: 0));
    }

    [Theory]
    [InlineData(UpstreamHealth.HeardMilliseconds - 1, 0u)]
    [InlineData(UpstreamHealth.HeardMilliseconds, 0b010u)]
    public void Who_is_fastest_by_an_old_measure_is_not_relied_on_alone_while_another_was_heard_since(
        int milliseconds, uint companions)
    {
        UpstreamHealth[] upstreams = [Known(10), Known(20), Known(30)];
        upstreams[2].Answered(30_000, now: 1);
        upstreams[1].Answered(20_000, now: 2);

        Assert.Equal(0, UpstreamChoice.Next(upstreams, UpstreamOrder.Fastest, asked: 0));
        Assert.Equal(companions, UpstreamChoice.Companions(upstreams, UpstreamOrder.Fastest, first: 0, now: milliseconds));
    }

    [Fact]
    public void Who_was_heard_last_is_asked_alone_after_whatever_pause()
    {
        UpstreamHealth[] upstreams = [Known(10), Known(20)];
        upstreams[0].Answered(10_000, now: 1);

        Assert.Equal(0u, UpstreamChoice.Companions(
            upstreams, UpstreamOrder.Fastest, first: 0, now: UpstreamHealth.MeasureMilliseconds - 1));
    }

    [Theory]
    [InlineData(UpstreamOrder.Fastest)]
    [InlineData(UpstreamOrder.Strict)]
    [InlineData(UpstreamOrder.Race)]
    public void When_all_are_down_all_are_asked_at_once(UpstreamOrder order)
    {
        UpstreamHealth[] upstreams = [Down(), Down(), Down()];

        Assert.Equal(0, UpstreamChoice.Next(upstreams, order, asked: 0));
        Assert.Equal(0b110u, UpstreamChoice.Companions(upstreams, order, first: 0, now: 0));
    }

    [Fact]
    public void Who_is_excluded_is_never_asked()
    {
        UpstreamHealth[] upstreams = [new(), new()];
        upstreams[0].Exclude(UpstreamState.Looping);

        Assert.Equal(1, UpstreamChoice.Next(upstreams, UpstreamOrder.Race, asked: 0));
        Assert.Equal(0u, UpstreamChoice.Companions(upstreams, UpstreamOrder.Race, first: 1, now: 0));
        upstreams[1].Exclude(UpstreamState.Untrusted);
        Assert.Equal(-1, UpstreamChoice.Next(upstreams, UpstreamOrder.Race, asked: 0));
    }

    [Fact]
    public void Of_none_none_is_asked() => Assert.Equal(-1, UpstreamChoice.Next([], UpstreamOrder.Fastest, asked: 0));

    private static UpstreamHealth Known(int milliseconds)
    {
        var health = new UpstreamHealth();
        health.Answered(milliseconds * 1000, now: 0);
        health.Asked(0);
        return health;
    }

    private static UpstreamHealth Down()
    {
        var health = new UpstreamHealth();
        health.WasSilent(0);
        health.WasSilent(0);
        return health;
    }
}
