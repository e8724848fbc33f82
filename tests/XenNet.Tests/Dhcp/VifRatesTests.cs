using XenNet.Server.Dhcp;

namespace XenNet.Tests.Dhcp;

public sealed class VifRatesTests
{
    private const long Start = 1_000_000;

    [Fact]
    public void A_vif_that_floods_is_cut_to_its_rate_and_the_others_are_not()
    {
        var rates = new VifRates(perSecond: 50);

        Assert.Equal(50, Taken(rates, 12, Start, 100_000));
        Assert.Equal(50, Taken(rates, 13, Start, 50));
        Assert.Equal(1, Taken(rates, 12, Start + 20, 5));
    }

    [Fact]
    public void Ports_of_a_bridge_with_a_pool_are_counted_each_by_itself()
    {
        var rates = new VifRates(perSecond: 2);

        Assert.True(rates.TryTake(12, 1, Start) && rates.TryTake(12, 1, Start));
        Assert.False(rates.TryTake(12, 1, Start));
        Assert.True(rates.TryTake(12, 2, Start));
    }

    [Fact]
    public void Without_a_rate_everything_is_taken_and_nothing_is_held()
    {
        var rates = new VifRates(perSecond: 0);

        Assert.Equal(100_000, Taken(rates, 12, Start, 100_000));
        Assert.Equal(0, rates.Count);
    }

    [Fact]
    public void Vifs_that_are_idle_are_forgotten_and_those_that_flood_are_not()
    {
        var rates = new VifRates(perSecond: 50);
        for (var vif = 1; vif <= 100_000; vif++)
        {
            Assert.True(rates.TryTake(vif, 0, Start));
        }

        Taken(rates, 7, Start + 999, 100);
        Assert.True(rates.TryTake(7, 0, Start + 1999));
        Taken(rates, 7, Start + 1999, 100);
        Assert.True(rates.TryTake(8, 0, Start + 2000));

        Assert.InRange(rates.Count, 1, VifRates.IdleMost);
        Assert.Equal(0, Taken(rates, 7, Start + 2000, 100));
    }

    private static int Taken(VifRates rates, int vif, long now, int messages) =>
        Enumerable.Range(0, messages).Count(_ => rates.TryTake(vif, 0, now));
}
