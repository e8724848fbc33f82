using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Tests.Network;

public sealed class VifPlanTests
{
    private static readonly AddressScheme Scheme = new(Ipv4Prefix.Containing(new Ipv4Address(0x0a000000), 8));

    [Theory]
    [InlineData(1, 1, "10.0.1.1", "10.0.1.129", "10.0.1.0")]
    [InlineData(256, 2, "10.1.0.2", "10.1.0.130", "10.1.0.0")]
    [InlineData(65535, 127, "10.255.255.127", "10.255.255.255", "10.255.255.0")]
    public void Addresses_are_the_schemes_and_sources_are_the_lower_half(int number, int y, string guest, string dom0, string sources)
    {
        var plan = Plan((ushort)number, y, MacAddress.Xen(1), "vif5.0");

        Assert.Equal((guest, dom0, sources),
            (plan.GuestAddress.ToString(), plan.Dom0Address.ToString(), plan.Sources.ToString()));
    }

    [Fact]
    public void The_filter_and_the_settings_come_before_the_link_is_up()
    {
        var steps = Plan(1, 1, MacAddress.Xen(1), "vif5.0", "web").Steps.ToArray();

        Assert.Equal(
            [
                VifStep.Rename, VifStep.Sources, VifStep.Settings, VifStep.Address, VifStep.Up, VifStep.Route,
                VifStep.Neighbour,
            ],
            steps);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("vif5.0")]
    public void Without_another_name_there_is_no_renaming(string? vifName)
    {
        var plan = Plan(1, 1, MacAddress.Xen(1), "vif5.0", vifName);

        Assert.DoesNotContain(VifStep.Rename, plan.Steps);
        Assert.Equal("vif5.0", plan.Vif);
    }

    [Fact]
    public void Without_a_mac_of_one_station_there_is_no_neighbour()
    {
        Assert.DoesNotContain(VifStep.Neighbour, Plan(1, 1, MacAddress.None, "vif5.0").Steps);
        Assert.DoesNotContain(VifStep.Neighbour, Plan(1, 1, MacAddress.Broadcast, "vif5.0").Steps);
    }

    [Theory]
    [InlineData(1500, null, true)]
    [InlineData(9000, 9000, true)]
    [InlineData(1500, 1500, true)]
    [InlineData(1500, 1501, true)]
    [InlineData(1499, 1500, false)]
    [InlineData(1501, 1500, false)]
    [InlineData(1500, 1499, false)]
    [InlineData(1501, 9000, false)]
    public void An_mtu_is_as_given_or_what_netback_makes_of_a_larger_one(int mtu, int? given, bool isInOrder) =>
        Assert.Equal(isInOrder, VifPlan.IsMtuOf(mtu, given));

    private static VifPlan Plan(ushort number, int y, MacAddress mac, string link, string? vifName = null) =>
        VifPlan.For(new GuestNetworks(Scheme), null, new MachineNumber(number),
            InterfaceNumber.TryCreate(y, out var at) ? at : throw new ArgumentOutOfRangeException(nameof(y)), mac, link, vifName);
}
