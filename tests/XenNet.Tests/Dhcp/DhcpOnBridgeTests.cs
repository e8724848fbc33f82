using XenNet.Core.Addressing;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.Tests.Packets;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>
/// Machine ce (number 1) has interface 1 on bridge xenbr0 and interface 2 routed; machine db (number 258) is on xenbr0.
/// </summary>
public sealed class DhcpOnBridgeTests
{
    private const int Bridge = 20;
    private const int Unguarded = 21;

    private readonly byte[] _reply = new byte[DhcpResponder.ReplyRoom];
    private readonly RegistryView _view;
    private DhcpResponder _responder;

    public DhcpOnBridgeTests()
    {
        var ten = DhcpScene.Prefix("10.0.0.0/8");
        var view = new RegistryView(new GuestNetworks(
            new AddressScheme(ten), "testbed", [("xenbr0", ten, "testbed"), ("open", DhcpScene.Prefix("172.16.0.0/12"), "testbed")]));
        view.Publish(DhcpScene.Machine(1, "ce")
            .WithInterface(DhcpScene.Y(1), DhcpScene.MacOf(DhcpScene.FirstMac), "xenbr0")
            .WithInterface(DhcpScene.Y(2), DhcpScene.MacOf(DhcpScene.SecondMac), null)
            .WithBinding(DhcpScene.Binding(1, 1, DhcpScene.FirstMac, "vif5.0", DhcpScene.First) with { Bridge = "xenbr0" })
            .WithBinding(DhcpScene.Binding(1, 2, DhcpScene.SecondMac, "vif5.1", DhcpScene.Second)), 1);
        view.Publish(DhcpScene.Machine(258, "db")
            .WithInterface(DhcpScene.Y(1), DhcpScene.MacOf(DhcpScene.NeighbourMac), "xenbr0")
            .WithBinding(
                DhcpScene.Binding(258, 1, DhcpScene.NeighbourMac, "vif6.0", DhcpScene.Neighbour) with { Bridge = "xenbr0" }), 2);
        _view = view;
        _responder = Responder(new DhcpSettings { Zone = "testbed" });
    }

    private DhcpResponder Responder(DhcpSettings settings) => new(
        _view, settings, isVif: _ => false, bridgeOf: index => index switch
        {
            Bridge => new DhcpBridge("xenbr0", IsGuarded: true),
            Unguarded => new DhcpBridge("open", IsGuarded: false),
            _ => null,
        });

    [Fact]
    public void An_option_of_a_bridge_is_told_there_alone_and_gives_way_to_one_of_a_tag()
    {
        TakeRules("""
            [[bridge]]
            name = "xenbr0"
            [[dhcp.tag]]
            name    = "bridged-xen"
            mac     = "00:16:3e:0a:*"
            bridges = ["xenbr0"]
            [[dhcp.option]]
            option  = "lease-time"
            value   = "4h"
            when    = "bridged-xen"
            [[dhcp.option]]
            option  = "lease-time"
            value   = "2h"
            bridges = ["xenbr0"]
            [[dhcp.option]]
            option  = "lease-time"
            value   = "1h"
            """);

        var (_, onBridge) = Answer(new RequestPacket(DhcpMessageType.Discover));
        var (_, tagged) = Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.NeighbourMac });
        var (_, routed) = Answer(
            new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.SecondMac }, DhcpScene.Broadcast(DhcpScene.Second));

        Assert.Equal(7200u, onBridge.Number(DhcpOptionCode.LeaseTime));
        Assert.Equal(14400u, tagged.Number(DhcpOptionCode.LeaseTime));
        Assert.Equal(3600u, routed.Number(DhcpOptionCode.LeaseTime));
    }

    [Fact]
    public void A_boot_target_and_a_line_of_the_menu_of_a_bridge_are_for_the_guests_on_it_alone()
    {
        const string Targets = """
            [boot]
            default = "common"
            [[bridge]]
            name = "xenbr0"
            [[boot.target]]
            name = "common"
            file = "common.0"
            [[boot.target]]
            bridges = ["xenbr0"]
            file = "bridge.0"
            """;
        TakeRules(Targets);
        Assert.Equal("bridge.0", Answer(BootTargetTests.Pxe(0)).Reply.File);
        Assert.Equal("common.0", RoutedFile());

        TakeRules(Targets + """

            [[boot.menu]]
            text = "Common"
            target = "common"
            bridges = ["xenbr0"]
            """);
        Assert.Contains(DhcpOptionCode.VendorOptions, Answer(BootTargetTests.Pxe(0)).Reply.Codes);
        Assert.Equal("common.0", RoutedFile());

        string RoutedFile() =>
            Answer(BootTargetTests.Pxe(0, DhcpScene.SecondMac), DhcpScene.Broadcast(DhcpScene.Second)).Reply.File;
    }

    [Fact]
    public void A_bridged_guest_is_found_by_its_mac_and_told_the_prefixs_mask_and_dom0_on_the_bridge()
    {
        var (outcome, offer) = Answer(new RequestPacket(DhcpMessageType.Discover).Asking(
            DhcpOptionCode.SubnetMask, DhcpOptionCode.Router, DhcpOptionCode.DomainNameServer, DhcpOptionCode.BroadcastAddress,
            DhcpOptionCode.ClasslessRoutes));

        Assert.Equal((DhcpMessageType.Offer, "10.0.1.1"), (offer.Type, offer.YourAddress));
        Assert.Equal("255.0.0.0", offer.Address(DhcpOptionCode.SubnetMask));
        Assert.Equal("10.0.0.129", offer.Address(DhcpOptionCode.Router));
        Assert.Equal("10.0.0.129", offer.Address(DhcpOptionCode.DomainNameServer));
        Assert.Equal("10.0.0.129", offer.Address(DhcpOptionCode.ServerIdentifier));
        Assert.Equal("10.255.255.255", offer.Address(DhcpOptionCode.BroadcastAddress));
        Assert.DoesNotContain(DhcpOptionCode.ClasslessRoutes, offer.Codes);
        Assert.Equal(DhcpScene.First, outcome.Client!.InterfaceIndex);
    }

    [Theory]
    [InlineData("discover", "offer")]
    [InlineData("request", "ack")]
    public void Windows_10_is_answered_as_on_a_vif_but_for_the_mask_and_dom0s_address(string asked, string answered)
    {
        const string OnVif = "0A000181", OnBridge = "0A000081";
        var query = Convert.ToHexString(PacketFile.Load($"dhcp/accepted/windows-10-{asked}.hex").Octets).Replace(OnVif, OnBridge, StringComparison.Ordinal);
        var golden = Convert.ToHexString(PacketFile.Load($"dhcp/replies/windows-10-{answered}.hex").Octets)
            .Replace("0104FFFFFF00", "0104FF000000", StringComparison.Ordinal).Replace(OnVif, OnBridge, StringComparison.Ordinal);

        var outcome = _responder.Decide(Convert.FromHexString(query), DhcpScene.Broadcast(Bridge), _reply);

        Assert.Equal(golden, Convert.ToHexString(_reply.AsSpan(0, outcome.Length)));
    }

    [Fact]
    public void Another_guest_of_the_bridge_gets_its_own_address_by_its_own_port()
    {
        var (outcome, offer) = Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.NeighbourMac });

        Assert.Equal(("10.1.2.1", DhcpScene.Neighbour), (offer.YourAddress, outcome.Client!.InterfaceIndex));
    }

    [Fact]
    public void A_renewal_is_answered_in_a_frame_as_ip_would_leave_the_port_to_the_bridge()
    {
        var (outcome, ack) = Answer(
            new RequestPacket(DhcpMessageType.Request) { ClientAddress = "10.0.1.1" },
            DhcpScene.Unicast(Bridge, destination: "10.0.0.129"));

        Assert.Equal(DhcpMessageType.Ack, ack.Type);
        Assert.Equal(new DhcpDelivery(DhcpRoute.ToHardware, DhcpScene.AddressOf("10.0.1.1")), outcome.Delivery);
        Assert.Equal(DhcpScene.First, outcome.Client!.InterfaceIndex);
    }

    [Fact]
    public void The_routed_interface_renews_by_the_bridge_and_is_answered_on_its_own_vif()
    {
        var (outcome, ack) = Answer(
            new RequestPacket(DhcpMessageType.Request) { Mac = DhcpScene.SecondMac, ClientAddress = "10.0.1.2" },
            DhcpScene.Unicast(Bridge, source: "10.0.1.2", destination: "10.0.1.130"));

        Assert.Equal((DhcpMessageType.Ack, "10.0.1.130"), (ack.Type, ack.Address(DhcpOptionCode.ServerIdentifier)));
        Assert.Equal(DhcpScene.Second, outcome.Client!.InterfaceIndex);
    }

    [Fact]
    public void A_mac_that_nobody_on_the_bridge_has_gets_nothing()
    {
        var outcome = Decide(
            new RequestPacket(DhcpMessageType.Discover) { Mac = "00:16:3e:99:99:99" }, DhcpScene.Broadcast(Bridge));

        Assert.Equal(DhcpSilence.NoBinding, outcome.Silence);
    }

    [Fact]
    public void A_routed_interface_gets_no_lease_by_the_bridge() => Assert.Equal(
        DhcpSilence.NoBinding,
        Decide(new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.SecondMac }, DhcpScene.Broadcast(Bridge)).Silence);

    [Fact]
    public void Without_its_filter_a_bridge_is_silent() => Assert.Equal(
        DhcpSilence.BridgeUnguarded,
        Decide(new RequestPacket(DhcpMessageType.Discover), DhcpScene.Broadcast(Unguarded)).Silence);

    private void TakeRules(string toml)
    {
        var (configuration, errors) = ConfigurationReader.Read(toml, "f.toml");
        Assert.Empty(errors);
        _responder = Responder(new DhcpSettings { Zone = "testbed", Rules = configuration.Dhcp.Rules });
    }

    private DhcpOutcome Decide(RequestPacket packet, DhcpArrival arrival) =>
        _responder.Decide(packet.ToArray(), arrival, _reply);

    private (DhcpOutcome Outcome, ReplyPacket Reply) Answer(RequestPacket packet, DhcpArrival? arrival = null)
    {
        var outcome = Decide(packet, arrival ?? DhcpScene.Broadcast(Bridge));
        Assert.Equal(DhcpSilence.None, outcome.Silence);
        return (outcome, new ReplyPacket(_reply.AsSpan(0, outcome.Length)));
    }
}
