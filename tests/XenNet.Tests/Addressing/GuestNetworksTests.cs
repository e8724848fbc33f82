using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Tests.Addressing;

public sealed class GuestNetworksTests
{
    private static readonly Ipv4Prefix Ten = Prefix(0x0a000000, 8);
    private static readonly Ipv4Prefix Small = Prefix(0xac100000, 23);

    [Fact]
    public void Dom0_has_an_address_of_number_0_on_each_bridge_of_a_prefix_in_the_order_of_the_file()
    {
        var networks = Of(("a", Ten, "x"), ("b", Small, "x"), ("c", Ten, "x"));

        Assert.Equal(["10.0.0.129", "172.16.0.129", "10.0.0.130"],
            networks.Bridges.Select(bridge => bridge.Dom0Address.ToString()));
    }

    [Fact]
    public void A_hundred_and_twenty_seven_bridges_of_a_prefix_have_one_and_no_more()
    {
        var most = Enumerable.Range(1, 127).Select(number => ($"b{number}", Ten, "x")).ToArray();

        Assert.Equal("10.0.0.255", Of(most).Bridges[^1].Dom0Address.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => Of([.. most, ("more", Ten, "x")]));
    }

    [Theory]
    [InlineData("b", 1, "b")]
    [InlineData("b", 2, null)]
    [InlineData("gone", 1, null)]
    [InlineData(null, 1, null)]
    public void A_bridge_that_is_not_configured_or_too_small_for_the_machine_counts_as_routed(
        string? bridge, int number, string? expected) =>
        Assert.Equal(expected, Of(("b", Small, "x")).Of(bridge, new MachineNumber((ushort)number)).Bridge);

    private static Ipv4Prefix Prefix(uint address, int length) => Ipv4Prefix.Containing(new Ipv4Address(address), length);

    private static GuestNetworks Of(params (string, Ipv4Prefix, string)[] bridges) => new(new AddressScheme(Ten), "x", bridges);
}
