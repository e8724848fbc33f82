using XenNet.Core.Dns.Forwarding;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class UpstreamHealthTests
{
    [Fact]
    public void A_new_upstream_is_trusted_and_wants_to_be_measured()
    {
        var health = new UpstreamHealth();

        Assert.Equal(UpstreamState.Unknown, health.State);
        Assert.True(health.IsTrusted);
        Assert.True(health.WantsProbe(0));
    }

    [Fact]
    public void The_second_silence_in_a_row_makes_it_down_and_is_told_once()
    {
        var health = new UpstreamHealth();

        Assert.False(health.WasSilent(0));
        Assert.True(health.IsTrusted);
        Assert.True(health.WasSilent(1));
        Assert.False(health.WasSilent(2));
        Assert.Equal(UpstreamState.Down, health.State);
        Assert.Equal(3, health.Silences);
    }

    [Fact]
    public void An_answer_between_two_silences_keeps_it_up()
    {
        var health = new UpstreamHealth();

        health.WasSilent(0);
        Assert.False(health.Answered(1000, now: 0));
        health.WasSilent(1);

        Assert.Equal(UpstreamState.Up, health.State);
        Assert.Equal(1, health.Silences);
    }

    [Theory]
    [InlineData(UpstreamHealth.HeardMilliseconds - 1, false)]
    [InlineData(UpstreamHealth.HeardMilliseconds, true)]
    public void One_that_spoke_a_moment_ago_is_not_down_whatever_it_owes(long now, bool isDown)
    {
        var health = new UpstreamHealth();
        health.Answered(1000, now: 0);
        for (var lost = 0; lost < 100; lost++)
            health.WasSilent(0);

        Assert.Equal(UpstreamState.Up, health.State);
        Assert.Equal(isDown, health.WasSilent(now));
    }

    [Fact]
    public void Errors_in_a_row_are_counted_until_it_answers()
    {
        var health = new UpstreamHealth();

        health.Failed(now: 0);
        health.Failed(now: 1);
        Assert.Equal(2, health.Failures);
        health.Answered(1000, now: 2);

        Assert.Equal(0, health.Failures);
    }

    [Fact]
    public void An_answer_brings_it_back_and_that_is_told_once()
    {
        var health = Down();

        Assert.True(health.Answered(1000, now: 0));
        Assert.False(health.Answered(1000, now: 0));
        Assert.True(health.IsTrusted);
        Assert.Equal(0, health.Silences);
    }

    [Fact]
    public void One_that_is_down_is_tried_after_a_quarter_second_and_then_after_twice_as_long_each_time()
    {
        var health = Down();
        var now = 0L;
        foreach (var wait in (int[])[250, 500, 1000, 2000, 4000, 8000, 8000])
        {
            Assert.False(health.WantsProbe(now + wait - 1));
            Assert.True(health.WantsProbe(now + wait));
            now += wait;
            health.Asked(now);
        }
    }

    [Fact]
    public void One_that_answers_is_measured_again_when_nobody_chose_it_for_ten_seconds()
    {
        var health = new UpstreamHealth();
        health.Answered(1000, now: 0);
        health.Asked(0);

        Assert.False(health.WantsProbe(UpstreamHealth.MeasureMilliseconds - 1));
        Assert.True(health.WantsProbe(UpstreamHealth.MeasureMilliseconds));
    }

    [Fact]
    public void Failing_what_another_answers_makes_it_down_until_it_answers()
    {
        var health = new UpstreamHealth();

        Assert.False(health.Failed(now: 0));
        Assert.False(health.WasOutdone(0));
        Assert.False(health.Failed(now: 0));
        Assert.True(health.WasOutdone(0));
        Assert.False(health.Failed(now: 0));
        Assert.Equal(UpstreamState.Down, health.State);
        Assert.True(health.Answered(1000, now: 0));
    }

    [Fact]
    public void A_failure_ends_silence()
    {
        var health = Down();

        Assert.True(health.Failed(now: 0));
        Assert.Equal(UpstreamState.Up, health.State);
    }

    [Fact]
    public void One_that_is_excluded_is_not_asked_whatever_it_does_until_it_is_readmitted()
    {
        var health = new UpstreamHealth();
        health.Exclude(UpstreamState.Looping);

        health.Answered(1000, now: 0);
        health.WasSilent(0);
        health.WasSilent(0);

        Assert.Equal(UpstreamState.Looping, health.State);
        Assert.False(health.IsUsable);
        Assert.False(health.WantsProbe(long.MaxValue));
        health.Readmit();
        Assert.True(health.IsUsable);
        Assert.Equal(UpstreamState.Unknown, health.State);
    }

    private static UpstreamHealth Down()
    {
        var health = new UpstreamHealth();
        health.WasSilent(0);
        health.WasSilent(0);
        return health;
    }
}
