using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Relay agents that the operator named: RFC 2131 section 4.1, RFC 3046.</summary>
public sealed class DhcpRelayTests
{
    private const string Relay = "192.0.2.1";

    private static readonly DhcpSettings Settings = new() { Zone = "testbed", Relays = [DhcpScene.AddressOf(Relay)] };

    private readonly DhcpScene _scene = new(Settings);

    [Fact]
    public void A_relayed_discover_is_offered_by_the_relay_what_the_hardware_address_has()
    {
        var packet = Relayed(DhcpMessageType.Discover);
        var outcome = _scene.Decide(packet, FromRelay());
        var offer = _scene.Answer(packet, FromRelay());

        Assert.Equal((DhcpMessageType.Offer, "10.1.2.1"), (offer.Type, offer.YourAddress));
        Assert.Equal("10.1.2.129", offer.Address(DhcpOptionCode.ServerIdentifier));
        Assert.Equal(new DhcpDelivery(DhcpRoute.ToRelay, DhcpScene.AddressOf(Relay)), outcome.Delivery);
        Assert.Equal(Relay, offer.RelayAddress);
    }

    [Fact]
    public void Option_82_is_repeated_whole_behind_everything_else()
    {
        var offer = _scene.Answer(
            Relayed(DhcpMessageType.Discover)
                .With(DhcpOptionCode.RelayAgentInformation, 1, 2, 0xab, 0xcd)
                .With(DhcpOptionCode.ClientIdentifier, 1, 2, 3)
                .Asking(DhcpOptionCode.RelayAgentInformation, DhcpOptionCode.Router),
            FromRelay());

        Assert.Equal([1, 2, 0xab, 0xcd], offer[DhcpOptionCode.RelayAgentInformation]);
        Assert.Equal(DhcpOptionCode.RelayAgentInformation, offer.Codes.Last());
        Assert.Single(offer.Codes, code => code == DhcpOptionCode.RelayAgentInformation);
    }

    [Fact]
    public void Option_82_stands_last_also_when_options_are_overloaded()
    {
        var scene = new DhcpScene(Settings with
        {
            Overload = true,
            Zone = string.Join('.', Enumerable.Repeat("abcdefg", 8)),
        });
        var room = new byte[DhcpResponder.ReplyRoom];
        var outcome = scene.Responder.Decide(
            Relayed(DhcpMessageType.Discover)
                .With(DhcpOptionCode.RelayAgentInformation, 9, 9)
                .With(DhcpOptionCode.ClientIdentifier, new byte[255])
                .Asking(DhcpOptionCode.DomainName)
                .ToArray(),
            FromRelay(), room);

        Assert.Equal(
            [DhcpOptionCode.Overload, DhcpOptionCode.RelayAgentInformation],
            new ReplyPacket(room.AsSpan(0, outcome.Length)).Codes.TakeLast(2));
    }

    [Fact]
    public void A_refusal_asks_the_relay_to_broadcast_it()
    {
        var nak = _scene.Answer(
            Relayed(DhcpMessageType.Request).With(DhcpOptionCode.RequestedAddress, "10.9.9.9")
                .With(DhcpOptionCode.RelayAgentInformation, 7),
            FromRelay());

        Assert.Equal((DhcpMessageType.Nak, DhcpHeader.BroadcastFlag), (nak.Type, nak.Flags));
        Assert.Equal([7], nak[DhcpOptionCode.RelayAgentInformation]);
    }

    [Fact]
    public void A_hardware_address_that_nobody_has_gets_silence_and_so_does_one_that_is_gone()
    {
        AssertSilent(
            DhcpSilence.NoBinding, Relayed(DhcpMessageType.Discover, mac: "00:16:3e:99:99:99"), FromRelay());

        Assert.True(_scene.Decide(Relayed(DhcpMessageType.Discover), FromRelay()).IsReply);
        _scene.View.Publish(_scene.View.Find(new MachineNumber(258))!.WithoutBinding("vif6.0"), 3);
        AssertSilent(DhcpSilence.NoBinding, Relayed(DhcpMessageType.Discover), FromRelay());
    }

    [Fact]
    public void Only_a_named_relay_is_believed_and_only_off_the_vifs()
    {
        var discover = Relayed(DhcpMessageType.Discover);
        AssertSilent(DhcpSilence.NotAVif, discover, FromRelay(source: "192.0.2.2"));
        AssertSilent(DhcpSilence.NoBinding, discover, FromRelay(DhcpScene.UnboundVif));
        AssertSilent(DhcpSilence.Relayed, discover, FromRelay(DhcpScene.First));
        AssertSilent(DhcpSilence.Relayed, Relayed(DhcpMessageType.Discover, relay: "192.0.2.2"), FromRelay());
        AssertSilent(DhcpSilence.Relayed, Relayed(DhcpMessageType.Discover, relay: "0.0.0.0"), FromRelay());
        AssertSilent(DhcpSilence.NotAVif, discover, DhcpScene.Broadcast(DhcpScene.Uplink, Relay));
    }

    [Fact]
    public void Without_relays_nobody_is_one() =>
        Assert.Equal(
            DhcpSilence.NotAVif, new DhcpScene().Decide(Relayed(DhcpMessageType.Discover), FromRelay()).Silence);

    [Theory]
    [InlineData(16, DhcpSilence.None)]
    [InlineData(17, DhcpSilence.Relayed)]
    public void A_message_has_passed_16_relays_at_the_most(byte hops, DhcpSilence silence)
    {
        var packet = Relayed(DhcpMessageType.Discover).ToArray();
        packet[3] = hops;

        Assert.Equal(silence, _scene.Decide(packet, FromRelay()).Silence);
    }

    [Fact]
    public void An_agent_that_overrides_the_server_identifier_is_the_clients_server()
    {
        // RFC 5107: sub-option 11.
        byte[] agent = [11, 4, .. DhcpScene.Octets(Relay)];
        var offer = _scene.Answer(
            Relayed(DhcpMessageType.Discover).With(DhcpOptionCode.RelayAgentInformation, agent), FromRelay());
        var ack = _scene.Answer(
            Relayed(DhcpMessageType.Request).With(DhcpOptionCode.RequestedAddress, "10.1.2.1")
                .With(DhcpOptionCode.ServerIdentifier, Relay).With(DhcpOptionCode.RelayAgentInformation, agent),
            FromRelay());

        Assert.Equal(Relay, offer.Address(DhcpOptionCode.ServerIdentifier));
        Assert.Equal((DhcpMessageType.Ack, Relay), (ack.Type, ack.Address(DhcpOptionCode.ServerIdentifier)));
        Assert.Equal(agent, ack[DhcpOptionCode.RelayAgentInformation]);
        AssertSilent(
            DhcpSilence.OtherServer,
            Relayed(DhcpMessageType.Request).With(DhcpOptionCode.RequestedAddress, "10.1.2.1")
                .With(DhcpOptionCode.ServerIdentifier, "10.1.2.129").With(DhcpOptionCode.RelayAgentInformation, agent),
            FromRelay());
    }

    [Fact]
    public void A_guest_that_says_what_an_agent_would_say_is_told_its_own_server()
    {
        var offer = _scene.Answer(new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.RelayAgentInformation, [11, 4, .. DhcpScene.Octets(Relay)]));

        Assert.Equal("10.0.1.129", offer.Address(DhcpOptionCode.ServerIdentifier));
    }

    [Theory]
    [InlineData("10.1.2.129", DhcpSilence.None)]
    [InlineData("10.255.255.255", DhcpSilence.None)]
    [InlineData("11.0.0.0", DhcpSilence.NoBinding)]
    public void An_agent_that_selects_a_link_is_offered_an_address_there_or_nothing(string link, DhcpSilence silence)
    {
        // RFC 3527: sub-option 5.
        var discover = Relayed(DhcpMessageType.Discover)
            .With(DhcpOptionCode.RelayAgentInformation, [5, 4, .. DhcpScene.Octets(link)]);

        Assert.Equal(silence, _scene.Decide(discover, FromRelay()).Silence);
    }

    [Fact]
    public void A_machine_with_one_hardware_address_on_two_networks_is_offered_the_selected_ones()
    {
        var view = TwoNetworks();
        view.Publish(
            Up(DhcpScene.Machine(1, "ce"), DhcpScene.Binding(1, 1, DhcpScene.FirstMac, "vif5.0", 12),
                DhcpScene.Binding(1, 2, DhcpScene.FirstMac, "vif5.1", 13) with { Bridge = "lab" }),
            1);

        Assert.Equal("10.0.1.1", OfferedTo(view, "10.0.0.1"));
        Assert.Equal("172.16.1.2", OfferedTo(view, "172.16.0.1"));
    }

    [Fact]
    public void Two_machines_with_one_hardware_address_are_told_apart_by_the_selected_network()
    {
        var view = TwoNetworks();
        view.Publish(Up(DhcpScene.Machine(1, "ce"), DhcpScene.Binding(1, 1, DhcpScene.FirstMac, "vif5.0", 12)), 1);
        view.Publish(
            Up(DhcpScene.Machine(2, "db"), DhcpScene.Binding(2, 1, DhcpScene.FirstMac, "vif6.0", 13) with { Bridge = "lab" }), 2);

        Assert.Equal("10.0.1.1", OfferedTo(view, "10.0.0.1"));
        Assert.Equal("172.16.2.1", OfferedTo(view, "172.16.0.1"));
    }

    [Fact]
    public void Of_a_machines_vifs_the_one_that_came_up_last_counts_though_the_clock_was_set_back()
    {
        var view = TwoNetworks();
        var mac = DhcpScene.MacOf(DhcpScene.FirstMac);
        var before = new Binding(new MachineNumber(1), default, mac, "vif5.0", 12, 5, DateTimeOffset.UnixEpoch.AddYears(60));
        var after = new Binding(
            new MachineNumber(1), default, mac, "vif6.0", 13, 6, DateTimeOffset.UnixEpoch, bridge: "lab");
        view.Publish(Up(DhcpScene.Machine(1, "ce"), before, after), 1);

        Assert.Equal("172.16.1.1", OfferedTo(view, link: null));
    }

    private static RegistryView TwoNetworks() => new(new GuestNetworks(
        new AddressScheme(DhcpScene.Prefix("10.0.0.0/8")), "testbed", [("lab", DhcpScene.Prefix("172.16.0.0/12"), "lab")]));

    private static Machine Up(Machine machine, params Binding[] bindings) => bindings.Aggregate(machine, (so, next) =>
        so.WithInterface(next.Interface, next.Mac, next.Bridge).WithBinding(next));

    private static string OfferedTo(RegistryView view, string? link)
    {
        var responder = new DhcpResponder(view, Settings, isVif: index => index != DhcpScene.Uplink);
        var discover = Relayed(DhcpMessageType.Discover, mac: DhcpScene.FirstMac);
        if (link is not null)
        {
            discover.With(DhcpOptionCode.RelayAgentInformation, [5, 4, .. DhcpScene.Octets(link)]);
        }

        var room = new byte[DhcpResponder.ReplyRoom];
        var outcome = responder.Decide(discover.ToArray(), FromRelay(), room);
        return new ReplyPacket(room.AsSpan(0, outcome.Length)).YourAddress;
    }

    private static DhcpArrival FromRelay(int index = DhcpScene.Uplink, string source = Relay) =>
        DhcpScene.Unicast(index, source, "10.1.2.129");

    private static RequestPacket Relayed(
        DhcpMessageType type, string mac = DhcpScene.NeighbourMac, string relay = Relay) =>
        new(type) { Mac = mac, RelayAddress = relay };

    private void AssertSilent(DhcpSilence reason, RequestPacket packet, DhcpArrival arrival) =>
        Assert.Equal(reason, _scene.Decide(packet, arrival).Silence);
}
