using XenNet.Core.Addressing;
using XenNet.Server.Dns;
using XenNet.Wire;

namespace XenNet.Tests.Dns;

public sealed class ClientRatesTests
{
    private const long Start = 1_000_000;

    private static readonly AddressScheme Scheme = new(
        Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix) ? prefix : throw new FormatException());

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(20_000)]
    public void A_second_s_worth_is_taken_at_once_and_no_more(int perSecond)
    {
        var rates = new ClientRates(Scheme, perSecond);

        Assert.Equal(perSecond, Taken(rates, "10.0.1.1", Start, perSecond + 100));
    }

    [Fact]
    public void Afterwards_the_even_rate_is_taken()
    {
        var rates = new ClientRates(Scheme, perSecond: 100);
        Taken(rates, "10.0.1.1", Start, 200);

        Assert.Equal(0, Taken(rates, "10.0.1.1", Start + 9, 5));
        Assert.Equal(1, Taken(rates, "10.0.1.1", Start + 10, 5));
        Assert.Equal(4, Taken(rates, "10.0.1.1", Start + 50, 5));
        Assert.Equal(100, Taken(rates, "10.0.1.1", Start + 60_000, 200));
    }

    [Fact]
    public void What_was_refused_does_not_count_against_the_client()
    {
        var rates = new ClientRates(Scheme, perSecond: 10);

        Taken(rates, "10.0.1.1", Start, 1_000_000);

        Assert.Equal(1, Taken(rates, "10.0.1.1", Start + 100, 5));
    }

    [Fact]
    public void A_machine_is_one_client_by_all_its_addresses_and_its_neighbours_are_others()
    {
        var rates = new ClientRates(Scheme, perSecond: 10);
        Taken(rates, "10.0.1.1", Start, 10);

        Assert.Equal(0, Taken(rates, "10.0.1.2", Start, 10));
        Assert.Equal(10, Taken(rates, "10.0.2.1", Start, 20));
        Assert.Equal(10, Taken(rates, "10.255.255.1", Start, 20));
        Assert.Equal(10, Taken(rates, "192.0.2.1", Start, 20));
        Assert.Equal(0, Taken(rates, "192.0.2.1", Start, 10));
    }

    [Fact]
    public void A_rate_of_0_takes_everything()
    {
        var rates = new ClientRates(Scheme, perSecond: 0);

        Assert.Equal(100_000, Taken(rates, "10.0.1.1", Start, 100_000));
    }

    [Theory]
    [InlineData(10, 20)]
    [InlineData(10, 5)]
    [InlineData(0, 10)]
    public void Another_rate_counts_from_then_on(int before, int after)
    {
        var rates = new ClientRates(Scheme, before);
        rates.Limit(after);

        Assert.Equal(after, Taken(rates, "10.0.1.1", Start, 100));
        rates.Limit(0);
        Assert.Equal(100, Taken(rates, "10.0.1.1", Start, 100));
    }

    [Fact]
    public void Threads_together_take_no_more_than_one()
    {
        var rates = new ClientRates(Scheme, perSecond: 10_000);
        var taken = 0;

        Parallel.For(0, 4, _ => Interlocked.Add(ref taken, Taken(rates, "10.0.1.1", Start, 10_000)));

        Assert.Equal(10_000, taken);
    }

    [Fact]
    public void Taking_allocates_nothing()
    {
        var rates = new ClientRates(Scheme, perSecond: 10);
        var client = Address("10.0.1.1");
        rates.TryTake(client, Start);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            rates.TryTake(client, Start);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static int Taken(ClientRates rates, string client, long now, int asked)
    {
        var address = Address(client);
        var taken = 0;
        for (var i = 0; i < asked; i++)
            taken += rates.TryTake(address, now) ? 1 : 0;

        return taken;
    }

    private static Ipv4Address Address(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : throw new FormatException(text);
}
