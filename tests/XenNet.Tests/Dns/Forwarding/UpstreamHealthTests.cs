using XenNet.Core.Dns.Forwarding;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class UpstreamHealthTests
{
    [Fact]
    public void A_new_upstream_is_trusted() => Assert.True(new UpstreamHealth().IsTrusted(0));

    [Fact]
    public void A_silent_one_comes_last_until_its_penalty_is_over()
    {
        var health = new UpstreamHealth();

        health.WasSilent(1000);

        Assert.False(health.IsTrusted(1000 + UpstreamHealth.PenaltyMilliseconds - 1));
        Assert.True(health.IsTrusted(1000 + UpstreamHealth.PenaltyMilliseconds));
    }

    [Fact]
    public void An_answer_ends_the_penalty_and_only_changes_are_told()
    {
        var health = new UpstreamHealth();

        Assert.False(health.Answered());
        Assert.True(health.WasSilent(0));
        Assert.False(health.WasSilent(1));
        Assert.Equal(2, health.Silences);
        Assert.True(health.Answered());
        Assert.True(health.IsTrusted(1));
        Assert.Equal(0, health.Silences);
    }
}
