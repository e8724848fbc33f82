using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>
/// The table bridge xennet: who a frame on a shared bridge is from. Dom0's sockets are told the bridge and not the port,
/// so this is what DHCP and DNS there rest upon.
/// </summary>
/// <remarks>
/// <para>A guest's port (in <see cref="PortSet"/>) sends IPv4 and ARP only, with the Ethernet address and the addresses of
/// its machine; DHCP to a server only up to Dom0, whole and with its own hardware address inside; DHCP answers never.</para>
/// <para>Any other port of the bridge (in <see cref="OtherSet"/>), such as the physical interface, is a network that we do
/// not know: no DHCP request comes up from there, nobody there has a guest's or Dom0's address among the guests, and
/// nothing that we send to guests leaves by it.</para>
/// <para>A bridge's prerouting comes before the kernel learns behind which port a station is: what is dropped there
/// teaches it nothing.</para>
/// </remarks>
public static class NftBridgeTable
{
    /// <summary>The ports that are guests'.</summary>
    public const string PortSet = "ports";

    /// <summary>The other ports of our bridges.</summary>
    public const string OtherSet = "others";

    /// <summary>(port, Ethernet address).</summary>
    public const string StationSet = "stations";

    /// <summary>(port, hardware address inside a DHCP request): the same addresses under another type of nft's.</summary>
    public const string ClientSet = "clients";

    /// <summary>(sources, the same): any of a machine's vifs may bring what another of them has to say.</summary>
    public const string RelativeSet = "relatives";

    /// <summary>(port, sources).</summary>
    public const string SourceSet = "sources";

    /// <summary>The machines that are up, routed or bridged: 10.x1.x2.0.</summary>
    public const string MachineSet = "machines";

    /// <summary>What <c>network stop</c> gives to nft.</summary>
    public const string RemovalText = $"table bridge {NftTable.Name}\ndelete table bridge {NftTable.Name}\n";

    /// <summary>
    /// Every guest's port's own address, as netback and vif-bridge have it: the highest that one station can have, so that no
    /// bridge takes it for its name, and none changes its name in STP when guests come and go.
    /// </summary>
    public static MacAddress PortMac { get; } = MacAddress.FromUInt64(0xfeffffffffff);

    /// <summary>Family and name.</summary>
    public static NftTableName Table { get; } = new(NftMessage.Bridge, NftTable.Name);

    /// <summary>Describes the table.</summary>
    /// <param name="bridges">One or more.</param>
    /// <param name="dhcpRate">DHCP messages of one port that are answered in a second; 0 for all.</param>
    public static NftScript Create(ImmutableArray<GuestNetwork> bridges, int dhcpRate = 0)
    {
        // nft takes no list of one that is there twice, and has no need of one.
        var dom0 = "{ " + string.Join(", ", bridges.Select(bridge => bridge.Dom0Address).Distinct()) + " }";
        var table = new NftScript(Table);
        table.Set(PortSet, "type ifname");
        table.Set(OtherSet, "type ifname");
        table.Set(StationSet, "type ifname . ether_addr");
        // chaddr: 28 octets into the message, behind 8 of UDP (RFC 2131 figure 1).
        table.Set(ClientSet, "typeof iifname . @th,288,48");
        table.Set(RelativeSet, "typeof ip saddr . @th,288,48");
        table.Set(SourceSet, "type ifname . ipv4_addr");
        table.Set(MachineSet, "type ipv4_addr");
        NftTable.DeclareDhcpRates(table, dhcpRate);
        table.BeginChain("prerouting", "type filter hook prerouting priority -300; policy accept;");
        table.MarkedRule($"iifname @{PortSet} goto guest");
        table.Rule($"iifname @{OtherSet} goto stranger");
        table.EndChain();
        AppendGuest(table, dhcpRate);
        AppendStranger(table, dom0);
        AppendForward(table, dom0);
        AppendDom0(table, dom0);
        table.Sign();
        return table;
    }

    private static void AppendGuest(NftScript table, int dhcpRate)
    {
        table.BeginChain("guest");
        table.Rule($"iifname . ether saddr != @{StationSet} counter drop comment \"not this guest's MAC\"");
        table.Rule("ether type arp goto guest_arp");
        table.Rule("ether type != ip counter drop comment \"IPv6 is not served on bridges\"");
        table.Rule("udp dport 68 counter drop comment \"DHCP answers come from Dom0 only on bridges\"");
        NftTable.LimitDhcp(table, dhcpRate);
        table.Rule("udp dport 67 goto guest_dhcp");
        table.Rule("ip saddr & 0.0.0.127 == 0.0.0.0 counter drop comment \"no interface on a bridge has it\"");
        table.Rule($"iifname . ip saddr & 255.255.255.128 @{SourceSet} accept");
        table.Rule("counter drop comment \"not this bridged guest's address\"");
        table.EndChain();
        table.BeginChain("guest_dhcp");
        // The rest reads the message itself, and a piece of one has it not.
        table.Rule("ip frag-off & 0x3fff != 0 counter drop comment \"DHCP in pieces\"");
        // To the address of guests' ports, which the bridge takes for its own, it goes straight up. A broadcast is copied for each of
        // a thousand ports only to be dropped there, which is all that Dom0 does then.
        table.Rule($"ip daddr 255.255.255.255 iifname . @th,288,48 @{ClientSet} ether daddr set {PortMac} accept "
            + "comment \"DHCP from any source\"");
        table.Rule($"iifname . @th,288,48 != @{ClientSet} ip saddr & 255.255.255.128 . @th,288,48 != @{RelativeSet} "
            + "counter drop comment \"DHCP for another's MAC\"");
        table.Rule($"iifname . ip saddr & 255.255.255.128 @{SourceSet} accept");
        table.Rule("counter drop comment \"DHCP from another's address\"");
        table.EndChain();
        table.BeginChain("guest_arp");
        table.Rule("arp htype != 1 counter drop comment \"ARP of another kind\"");
        table.Rule("arp hlen != 6 counter drop comment \"ARP of another kind\"");
        table.Rule("arp plen != 4 counter drop comment \"ARP of another kind\"");
        table.Rule($"iifname . arp saddr ether != @{StationSet} counter drop comment \"ARP with another's MAC\"");
        table.Rule("arp operation request arp saddr ip 0.0.0.0 accept comment \"a probe (RFC 5227)\"");
        table.Rule("arp saddr ip & 0.0.0.127 == 0.0.0.0 counter drop comment \"ARP for no interface\"");
        table.Rule($"iifname . arp saddr ip & 255.255.255.128 @{SourceSet} accept");
        table.Rule("counter drop comment \"ARP for another's address\"");
        table.EndChain();
    }

    private static void AppendStranger(NftScript table, string dom0)
    {
        table.BeginChain("stranger");
        table.Rule($"ip saddr & 255.255.255.0 @{MachineSet} counter drop comment \"a guest's address from no guest\"");
        table.Rule($"ip saddr {dom0} counter drop comment \"Dom0's address from outside\"");
        table.Rule($"arp saddr ip & 255.255.255.0 @{MachineSet} counter drop comment \"ARP for a guest from no guest\"");
        table.Rule($"arp saddr ip {dom0} counter drop comment \"ARP for Dom0 from outside\"");
        table.EndChain();
    }

    private static void AppendForward(NftScript table, string dom0)
    {
        table.BeginChain("forward", "type filter hook forward priority filter; policy accept;");
        table.Rule($"iifname @{PortSet} udp dport 67 counter drop comment \"guests' DHCP is for Dom0 alone\"");
        table.Rule($"oifname @{PortSet} udp dport {{ 67, 68 }} counter drop comment \"DHCP from outside is not for guests\"");
        table.Rule($"iifname @{PortSet} oifname @{OtherSet} arp daddr ip {dom0} drop comment \"Dom0 is not there\"");
        table.EndChain();
    }

    private static void AppendDom0(NftScript table, string dom0)
    {
        table.BeginChain("input", "type filter hook input priority filter; policy accept;");
        table.Rule($"iifname @{OtherSet} udp dport 67 counter drop comment \"DHCP from no guest\"");
        table.EndChain();
        table.BeginChain("output", "type filter hook output priority filter; policy accept;");
        table.Rule($"oifname @{PortSet} udp dport 67 drop comment \"Dom0's own DHCP is not for guests\"");
        table.Rule($"oifname @{OtherSet} goto outward");
        table.EndChain();
        table.BeginChain("outward");
        table.Rule("udp sport 67 counter drop comment \"our DHCP stays here\"");
        table.Rule($"arp saddr ip {dom0} counter drop comment \"our ARP stays here\"");
        table.Rule($"arp saddr ip & 255.255.255.0 @{MachineSet} counter drop comment \"our ARP stays here\"");
        table.Rule($"ip saddr {dom0} counter drop comment \"what we send stays here\"");
        table.Rule($"ip daddr & 255.255.255.0 @{MachineSet} counter drop comment \"what guests get stays here\"");
        table.EndChain();
    }
}
