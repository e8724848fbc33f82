using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Who is believed: the vif and its MAC, and nothing that the client says of itself.</summary>
public sealed class DhcpIdentityTests
{
    private readonly DhcpScene _scene = new();

    [Theory]
    [InlineData(DhcpScene.First, DhcpScene.FirstMac, "10.0.1.1", "10.0.1.129")]
    [InlineData(DhcpScene.Second, DhcpScene.SecondMac, "10.0.1.2", "10.0.1.130")]
    [InlineData(DhcpScene.Neighbour, DhcpScene.NeighbourMac, "10.1.2.1", "10.1.2.129")]
    public void Each_vif_gets_its_own_address(int index, string mac, string address, string server)
    {
        var packet = new RequestPacket(DhcpMessageType.Discover) { Mac = mac };
        var offer = _scene.Answer(packet, DhcpScene.Broadcast(index));

        Assert.Equal(address, offer.YourAddress);
        Assert.Equal(server, offer.Address(DhcpOptionCode.ServerIdentifier));
        Assert.Equal(server, _scene.Decide(packet, DhcpScene.Broadcast(index)).Source.ToString());
    }

    [Theory]
    [InlineData(DhcpScene.NeighbourMac)]
    [InlineData(DhcpScene.SecondMac)]
    [InlineData("00:16:3e:01:02:02")]
    public void A_mac_that_is_not_the_vifs_gets_silence(string mac)
    {
        var outcome = _scene.Decide(new RequestPacket(DhcpMessageType.Discover) { Mac = mac });

        Assert.Equal(DhcpOutcome.Silent(DhcpSilence.WrongMac, DhcpMessageType.Discover, DhcpScene.MacOf(mac)), outcome);
    }

    [Fact]
    public void A_vif_on_which_nothing_is_bound_gets_silence() =>
        Assert.Equal(
            DhcpSilence.NoBinding,
            _scene.Decide(
                new RequestPacket(DhcpMessageType.Discover), DhcpScene.Broadcast(DhcpScene.UnboundVif)).Silence);

    [Fact]
    public void A_link_that_is_no_vif_gets_silence_unread() =>
        Assert.Equal(
            DhcpOutcome.Silent(DhcpSilence.NotAVif),
            _scene.Decide([1, 2, 3], DhcpScene.Broadcast(DhcpScene.Uplink)));

    [Fact]
    public void A_vif_that_went_down_gets_silence_at_once()
    {
        var machine = _scene.View.Find(new MachineNumber(1))!;

        _scene.View.Publish(machine.WithoutBinding("vif5.0"), 3);

        Assert.Equal(DhcpSilence.NoBinding, _scene.Decide(new RequestPacket(DhcpMessageType.Discover)).Silence);
    }

    [Fact]
    public void A_client_identifier_of_another_guest_changes_nothing()
    {
        var neighbours = DhcpScene.MacOf(DhcpScene.NeighbourMac);
        var identifier = new byte[1 + MacAddress.Size];
        identifier[0] = 1;
        neighbours.Write(identifier.AsSpan(1));

        var offer = _scene.Answer(new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.ClientIdentifier, identifier));

        Assert.Equal("10.0.1.1", offer.YourAddress);
        Assert.Equal(identifier, offer[DhcpOptionCode.ClientIdentifier]);
    }

    [Fact]
    public void A_name_that_the_client_claims_changes_nothing() =>
        Assert.Equal("ce", _scene.Answer(new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.HostName, "gw"u8.ToArray())).Text(DhcpOptionCode.HostName));

    [Fact]
    public void A_message_that_claims_to_be_relayed_gets_silence() =>
        Assert.Equal(
            DhcpSilence.Relayed,
            _scene.Decide(new RequestPacket(DhcpMessageType.Discover) { RelayAddress = "10.0.1.1" }).Silence);

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.1.1")]
    [InlineData("10.0.1.2")]
    public void A_unicast_from_an_address_of_the_machine_is_heard(string source) =>
        Assert.True(_scene.Decide(
            new RequestPacket(DhcpMessageType.Discover), DhcpScene.Unicast(source: source)).IsReply);

    [Theory]
    [InlineData("10.0.1.3")]
    [InlineData("10.0.1.129")]
    [InlineData("10.0.1.0")]
    [InlineData("10.0.2.1")]
    [InlineData("10.1.2.1")]
    [InlineData("192.168.0.1")]
    [InlineData("255.255.255.255")]
    public void A_unicast_from_any_other_address_gets_silence(string source) =>
        Assert.Equal(
            DhcpSilence.ForeignSource,
            _scene.Decide(new RequestPacket(DhcpMessageType.Discover), DhcpScene.Unicast(source: source)).Silence);

    [Fact]
    public void A_broadcast_may_come_from_any_address_so_that_it_can_be_refused() =>
        Assert.Equal(
            DhcpMessageType.Nak,
            _scene.Decide(
                new RequestPacket(DhcpMessageType.Request) { ClientAddress = "172.16.3.4" },
                DhcpScene.Broadcast(source: "172.16.3.4")).Answer);
}
