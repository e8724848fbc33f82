using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>RFC 2131 section 4.3: each message in each state of the client.</summary>
public sealed class DhcpStateTests
{
    private const string Guest = "10.0.1.1";
    private const string Dom0 = "10.0.1.129";
    private const string Foreign = "192.168.7.7";

    private readonly DhcpScene _scene = new();

    [Fact]
    public void A_discover_is_offered_the_address_of_the_vif()
    {
        var offer = _scene.Answer(new RequestPacket(DhcpMessageType.Discover) { Seconds = 9 });

        Assert.Equal(DhcpMessageType.Offer, offer.Type);
        Assert.Equal(DhcpHeader.BootReply, offer.Operation);
        Assert.Equal(0x3903f326u, offer.TransactionId);
        Assert.Equal(0, offer.Seconds);
        Assert.Equal(("0.0.0.0", Guest, "0.0.0.0"), (offer.ClientAddress, offer.YourAddress, offer.NextServer));
        Assert.Equal(DhcpScene.FirstMac, offer.HardwareAddress);
        Assert.Equal(Dom0, offer.Address(DhcpOptionCode.ServerIdentifier));
    }

    [Fact]
    public void A_discover_that_wants_another_address_is_offered_its_own() =>
        Assert.Equal(Guest, _scene.Answer(new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.RequestedAddress, Foreign)).YourAddress);

    [Fact]
    public void A_discover_with_a_ciaddr_cannot_lead_the_offer_elsewhere()
    {
        var outcome = _scene.Decide(new RequestPacket(DhcpMessageType.Discover) { ClientAddress = Foreign });

        Assert.Equal(new DhcpDelivery(DhcpRoute.ToHardware, DhcpScene.AddressOf(Guest)), outcome.Delivery);
    }

    [Theory]
    [InlineData(0x0000, DhcpRoute.ToHardware, Guest)]
    [InlineData(0x7fff, DhcpRoute.ToHardware, Guest)]
    [InlineData(0x8000, DhcpRoute.Broadcast, "255.255.255.255")]
    [InlineData(0xffff, DhcpRoute.Broadcast, "255.255.255.255")]
    public void The_broadcast_flag_alone_is_obeyed_and_repeated(int flags, DhcpRoute route, string address)
    {
        var packet = new RequestPacket(DhcpMessageType.Discover) { Flags = (ushort)flags };

        Assert.Equal(new DhcpDelivery(route, DhcpScene.AddressOf(address)), _scene.Decide(packet).Delivery);
        Assert.Equal(flags & 0x8000, _scene.Answer(packet).Flags);
    }

    [Fact]
    public void Selecting_our_offer_is_acknowledged()
    {
        var ack = _scene.Answer(Selecting(Dom0, Guest));

        Assert.Equal(DhcpMessageType.Ack, ack.Type);
        Assert.Equal(("0.0.0.0", Guest), (ack.ClientAddress, ack.YourAddress));
    }

    [Fact]
    public void Selecting_another_server_gets_silence() =>
        AssertSilent(DhcpSilence.OtherServer, Selecting("10.0.1.130", Guest));

    [Fact]
    public void Selecting_another_server_for_a_wrong_address_gets_silence_too() =>
        AssertSilent(DhcpSilence.OtherServer, Selecting(Foreign, Foreign));

    [Fact]
    public void Selecting_us_for_a_wrong_address_is_refused() => AssertNak(Selecting(Dom0, "10.0.1.2"));

    [Fact]
    public void Rebooting_with_the_right_address_is_acknowledged() =>
        Assert.Equal(DhcpMessageType.Ack, _scene.Answer(Rebooting(Guest)).Type);

    [Theory]
    [InlineData(Foreign)]
    [InlineData("10.0.1.0")]
    [InlineData("10.0.1.2")]
    [InlineData(Dom0)]
    [InlineData("255.255.255.255")]
    public void Rebooting_with_a_wrong_address_is_refused(string address) => AssertNak(Rebooting(address));

    [Fact]
    public void Renewing_by_unicast_is_acknowledged_to_the_address()
    {
        var packet = Holding(Guest);
        var outcome = _scene.Decide(packet, DhcpScene.Unicast());
        var ack = _scene.Answer(packet, DhcpScene.Unicast());

        Assert.Equal(new DhcpDelivery(DhcpRoute.ToAddress, DhcpScene.AddressOf(Guest)), outcome.Delivery);
        Assert.Equal((Guest, Guest), (ack.ClientAddress, ack.YourAddress));
    }

    [Fact]
    public void Rebinding_by_broadcast_is_acknowledged_to_the_address() =>
        Assert.Equal(
            new DhcpDelivery(DhcpRoute.ToAddress, DhcpScene.AddressOf(Guest)),
            _scene.Decide(Holding(Guest), DhcpScene.Broadcast(source: Guest)).Delivery);

    [Fact]
    public void Rebinding_with_an_address_from_elsewhere_is_refused() =>
        AssertNak(Holding(Foreign), DhcpScene.Broadcast(source: Foreign));

    [Fact]
    public void Renewing_another_address_of_the_machine_on_this_vif_is_refused() =>
        AssertNak(Holding("10.0.1.2"), DhcpScene.Unicast(source: "10.0.1.2"));

    [Fact]
    public void A_request_that_names_a_right_and_a_wrong_address_is_refused()
    {
        AssertNak(new RequestPacket(DhcpMessageType.Request) { ClientAddress = Foreign }
            .With(DhcpOptionCode.RequestedAddress, Guest));
        AssertNak(new RequestPacket(DhcpMessageType.Request) { ClientAddress = Guest }
            .With(DhcpOptionCode.RequestedAddress, Foreign));
    }

    [Fact]
    public void A_request_that_names_no_address_gets_silence()
    {
        AssertSilent(DhcpSilence.AddressMissing, new RequestPacket(DhcpMessageType.Request));
        AssertSilent(
            DhcpSilence.AddressMissing,
            new RequestPacket(DhcpMessageType.Request).With(DhcpOptionCode.ServerIdentifier, Dom0));
        AssertSilent(DhcpSilence.AddressMissing, Rebooting("0.0.0.0"));
    }

    [Fact]
    public void A_refusal_is_broadcast_and_carries_no_address_and_no_settings()
    {
        var packet = Rebooting(Foreign)
            .With(DhcpOptionCode.ClientIdentifier, 1, 2, 3)
            .Asking(DhcpOptionCode.SubnetMask, DhcpOptionCode.Router, DhcpOptionCode.LeaseTime);
        var nak = _scene.Answer(packet);

        Assert.Equal(DhcpRoute.Broadcast, _scene.Decide(packet).Delivery.Route);
        Assert.Equal(
            [DhcpOptionCode.MessageType, DhcpOptionCode.ServerIdentifier, DhcpOptionCode.ClientIdentifier,
                DhcpOptionCode.Message],
            nak.Codes);
        Assert.Equal(("0.0.0.0", "0.0.0.0", "0.0.0.0"), (nak.ClientAddress, nak.YourAddress, nak.NextServer));
    }

    [Fact]
    public void A_decline_is_counted_and_the_address_stays()
    {
        AssertSilent(
            DhcpSilence.Declined,
            new RequestPacket(DhcpMessageType.Decline)
                .With(DhcpOptionCode.RequestedAddress, Guest).With(DhcpOptionCode.ServerIdentifier, Dom0));

        Assert.Equal(Guest, _scene.Answer(new RequestPacket(DhcpMessageType.Discover)).YourAddress);
    }

    [Fact]
    public void A_release_is_counted_and_the_address_stays()
    {
        AssertSilent(
            DhcpSilence.Released,
            new RequestPacket(DhcpMessageType.Release) { ClientAddress = Guest }
                .With(DhcpOptionCode.ServerIdentifier, Dom0),
            DhcpScene.Unicast());

        Assert.Equal(Guest, _scene.Answer(new RequestPacket(DhcpMessageType.Discover)).YourAddress);
    }

    [Theory]
    [InlineData(DhcpMessageType.Decline)]
    [InlineData(DhcpMessageType.Release)]
    public void A_farewell_to_another_server_is_not_counted_as_ours(DhcpMessageType type) =>
        AssertSilent(DhcpSilence.OtherServer, new RequestPacket(type).With(DhcpOptionCode.ServerIdentifier, Foreign));

    [Fact]
    public void An_inform_gets_settings_without_address_and_lease()
    {
        var scene = new DhcpScene(new DhcpSettings { Zone = "testbed", LeaseSeconds = 3600 });
        var packet = new RequestPacket(DhcpMessageType.Inform) { ClientAddress = Guest }
            .Asking(DhcpOptionCode.DomainName, DhcpOptionCode.LeaseTime, DhcpOptionCode.RenewalTime);
        var ack = scene.Answer(packet, DhcpScene.Unicast());

        Assert.Equal(DhcpMessageType.Ack, ack.Type);
        Assert.Equal((Guest, "0.0.0.0"), (ack.ClientAddress, ack.YourAddress));
        Assert.Equal(
            [DhcpOptionCode.MessageType, DhcpOptionCode.DomainName, DhcpOptionCode.ServerIdentifier,
                DhcpOptionCode.SubnetMask],
            ack.Codes);
        Assert.Equal(
            new DhcpDelivery(DhcpRoute.ToAddress, DhcpScene.AddressOf(Guest)),
            scene.Decide(packet, DhcpScene.Unicast()).Delivery);
    }

    [Fact]
    public void An_inform_without_ciaddr_is_answered_to_its_source() =>
        Assert.Equal(
            new DhcpDelivery(DhcpRoute.ToAddress, DhcpScene.AddressOf(Guest)),
            _scene.Decide(new RequestPacket(DhcpMessageType.Inform), DhcpScene.Broadcast(source: Guest)).Delivery);

    [Fact]
    public void An_inform_for_an_address_of_somebody_else_gets_silence() =>
        AssertSilent(
            DhcpSilence.ForeignAddress,
            new RequestPacket(DhcpMessageType.Inform) { ClientAddress = "10.1.2.1" },
            DhcpScene.Unicast());

    [Fact]
    public void An_inform_without_any_address_gets_silence() =>
        AssertSilent(DhcpSilence.AddressMissing, new RequestPacket(DhcpMessageType.Inform));

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(255)]
    public void A_type_that_clients_do_not_send_gets_silence(int type) =>
        AssertSilent(DhcpSilence.TypeNotServed, new RequestPacket((DhcpMessageType)type));

    [Fact]
    public void A_message_that_is_sent_again_gets_the_same_octets()
    {
        var packet = Selecting(Dom0, Guest).ToArray();
        var first = new byte[DhcpResponder.ReplyRoom];
        var second = new byte[DhcpResponder.ReplyRoom];
        new Random(1).NextBytes(second);

        var once = _scene.Responder.Decide(packet, DhcpScene.Broadcast(), first);
        var again = _scene.Responder.Decide(packet, DhcpScene.Broadcast(), second);

        Assert.Equal(once, again);
        Assert.Equal(first[..once.Length], second[..again.Length]);
    }

    private static RequestPacket Selecting(string server, string address) =>
        new RequestPacket(DhcpMessageType.Request)
            .With(DhcpOptionCode.ServerIdentifier, server).With(DhcpOptionCode.RequestedAddress, address);

    private static RequestPacket Rebooting(string address) =>
        new RequestPacket(DhcpMessageType.Request).With(DhcpOptionCode.RequestedAddress, address);

    private static RequestPacket Holding(string address) =>
        new(DhcpMessageType.Request) { ClientAddress = address };

    private void AssertNak(RequestPacket packet, DhcpArrival? arrival = null) =>
        Assert.Equal(DhcpMessageType.Nak, _scene.Answer(packet, arrival).Type);

    private void AssertSilent(DhcpSilence reason, RequestPacket packet, DhcpArrival? arrival = null) =>
        Assert.Equal(reason, _scene.Decide(packet, arrival).Silence);
}
