using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Tests.Network;

public sealed class Dom0NetworksTests
{
    private static readonly AddressScheme Scheme = new(Ipv4Prefix.Containing(new Ipv4Address(0x0a000000), 8));

    [Theory]
    [InlineData("10.0.1.1/32", 1, 1)]
    [InlineData("10.0.1.255/32", 1, 1)]
    [InlineData("10.0.1.0/24", 1, 1)]
    [InlineData("10.0.1.64/26", 1, 1)]
    [InlineData("10.0.2.0/23", 2, 3)]
    [InlineData("10.0.0.0/16", 0, 255)]
    [InlineData("10.255.255.255/32", 65535, 65535)]
    [InlineData("10.0.0.0/8", 0, 65535)]
    [InlineData("8.0.0.0/6", 0, 65535)]
    public void Each_number_whose_24_bits_it_meets_clashes_and_no_other(string network, int least, int most)
    {
        var networks = Dom0Networks.From(Scheme, [new(Dom0Use.OnLink, Prefix(network), "eth0")]);

        for (var number = 0; number <= ushort.MaxValue; number++)
        {
            Assert.Equal(number >= least && number <= most, networks.Clashes(new((ushort)number), out string name));
            Assert.Equal(number >= least && number <= most ? "eth0" : "", name);
        }
    }

    [Theory]
    [InlineData("192.168.0.0/16")]
    [InlineData("9.255.255.255/32")]
    [InlineData("11.0.0.0/32")]
    [InlineData("0.0.0.0/0")]
    public void What_lies_outside_the_prefix_or_is_everywhere_takes_nothing(string network) =>
        Assert.Empty(Dom0Networks.From(Scheme, [new(Dom0Use.OnLink, Prefix(network), "eth0")]).Inside);

    [Fact]
    public void The_first_that_a_number_meets_is_named_with_its_use()
    {
        var networks = Dom0Networks.From(Scheme,
            [
                new(Dom0Use.Gateway, Prefix("10.0.1.1/32"), "eth0"),
                new(Dom0Use.Resolver, Prefix("10.0.1.53/32"), "/etc/resolv.conf"),
                new(Dom0Use.Gateway, Prefix("10.0.1.1/32"), "eth0"),
            ]);

        Assert.True(networks.Clashes(new MachineNumber(1), out Dom0Network network));
        Assert.Equal((Dom0Use.Gateway, "eth0"), (network.Use, network.InterfaceName));
        Assert.Equal(2, networks.Inside.Length);
    }

    [Fact]
    public void A_number_that_does_not_fit_the_prefix_does_not_clash()
    {
        var small = new AddressScheme(Prefix("10.0.0.0/23"));

        Assert.False(Dom0Networks.From(small, [new(Dom0Use.OnLink, Prefix("10.0.0.0/8"), "eth0")])
            .Clashes(new MachineNumber(2), out string _));
    }

    [Fact]
    public void Two_snapshots_of_the_same_say_so()
    {
        Dom0Network[] one = [new(Dom0Use.OnLink, Prefix("10.0.1.0/24"), "eth0")];

        Assert.True(Dom0Networks.From(Scheme, one).SameAs(Dom0Networks.From(Scheme, one)));
        Assert.False(Dom0Networks.From(Scheme, one).SameAs(Dom0Networks.None(Scheme)));
    }

    private static Ipv4Prefix Prefix(string text) =>
        Ipv4Prefix.TryParse(text, out var prefix) ? prefix : throw new ArgumentException(text);
}
