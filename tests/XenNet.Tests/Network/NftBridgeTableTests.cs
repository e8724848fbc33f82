using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Tests.Network;

public sealed class NftBridgeTableTests
{
    private static readonly Ipv4Prefix Ten = Ipv4Prefix.Containing(new Ipv4Address(0x0a000000), 8);
    private static readonly Ipv4Prefix Lab = Ipv4Prefix.Containing(new Ipv4Address(0xac100000), 12);
    private static readonly GuestNetworks Networks =
        new(new AddressScheme(Ten), "testbed", [("xenbr0", Ten, "testbed"), ("xenbr1", Ten, "testbed"), ("lab", Lab, "lab")]);

    [Fact]
    public void A_guests_port_is_held_to_its_mac_its_addresses_and_dom0s_dhcp()
    {
        var text = NftBridgeTable.Create(Networks.Bridges).ToText(null);

        Assert.Contains("""
            	chain guest {
            		iifname . ether saddr != @stations counter drop comment "not this guest's MAC"
            		ether type arp goto guest_arp
            		ether type != ip counter drop comment "IPv6 is not served on bridges"
            		udp dport 68 counter drop comment "DHCP answers come from Dom0 only on bridges"
            		udp dport 67 goto guest_dhcp
            		ip saddr & 0.0.0.127 == 0.0.0.0 counter drop comment "no interface on a bridge has it"
            		iifname . ip saddr & 255.255.255.128 @sources accept
            		counter drop comment "not this bridged guest's address"
            	}
            """, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_address_of_dom0s_is_named()
    {
        var text = NftBridgeTable.Create(Networks.Bridges).ToText(null);

        Assert.Contains("arp saddr ip { 10.0.0.129, 10.0.0.130, 172.16.0.129 } counter drop", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bridged_vif_stands_in_both_tables_with_its_machines_addresses_in_each_prefix()
    {
        var plan = VifPlan.For(Networks, "lab", new MachineNumber(1), InterfaceNumber.First, MacAddress.Xen(7), "vif5.0");

        Assert.Equal(
            [
                "arp askers \"vif5.0\"", "bridge clients \"vif5.0\" . 0x00163e000007", "bridge machines 10.0.1.0", "bridge machines 172.16.1.0",
                "bridge ports \"vif5.0\"", "bridge relatives 10.0.1.0 . 0x00163e000007",
                "bridge relatives 172.16.1.0 . 0x00163e000007", "bridge sources \"vif5.0\" . 10.0.1.0",
                "bridge sources \"vif5.0\" . 172.16.1.0", "bridge stations \"vif5.0\" . 00:16:3e:00:00:07",
                "inet sources \"lab\" . 10.0.1.0", "inet sources \"lab\" . 172.16.1.0", "inet vifs \"vif5.0\"",
            ],
            Texts(plan.Known));
    }

    [Fact]
    public void A_routed_vif_beside_bridges_lends_them_its_machines_addresses()
    {
        var plan = VifPlan.For(Networks, null, new MachineNumber(1), InterfaceNumber.First, MacAddress.Xen(7), "vif5.0");

        Assert.DoesNotContain(Texts(plan.Known), text => text.StartsWith("bridge ports", StringComparison.Ordinal));
        Assert.Contains("bridge machines 10.0.1.0", Texts(plan.Known));
        Assert.Contains("inet guests \"vif5.0\" . 10.0.1.0 . 00:16:3e:00:00:07", Texts(plan.Known));
    }

    private static IEnumerable<string> Texts(VifSources vif) => vif.Elements(besideBridges: true)
        .Select(element => $"{NftMessage.FamilyName(element.Table.Family)} {element.Set} {element.ToText()}")
        .Order(StringComparer.Ordinal);
}
