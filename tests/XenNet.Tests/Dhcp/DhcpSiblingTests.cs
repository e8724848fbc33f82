using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>A guest with two vifs sends by its own routes: what is about one may come on the other.</summary>
public sealed class DhcpSiblingTests
{
    private const string Second = "10.0.1.2";

    private readonly DhcpScene _scene = new();

    [Fact]
    public void Renewing_the_second_address_by_the_first_vif_is_acknowledged_for_the_second()
    {
        var packet = new RequestPacket(DhcpMessageType.Request) { Mac = DhcpScene.SecondMac, ClientAddress = Second };
        var arrival = DhcpScene.Unicast(source: Second, destination: "10.0.1.130");
        var ack = _scene.Answer(packet, arrival);
        var outcome = _scene.Decide(packet, arrival);

        Assert.Equal((DhcpMessageType.Ack, Second), (ack.Type, ack.YourAddress));
        Assert.Equal("10.0.1.130", ack.Address(DhcpOptionCode.ServerIdentifier));
        Assert.Equal("255.255.255.255", ack.Address(DhcpOptionCode.SubnetMask));
        Assert.Equal(new DhcpDelivery(DhcpRoute.ToAddress, DhcpScene.AddressOf(Second)), outcome.Delivery);
        Assert.Equal(DhcpScene.Second, outcome.Client!.InterfaceIndex);
    }

    [Fact]
    public void Coming_back_with_the_second_address_by_the_first_vif_is_acknowledged_on_the_second()
    {
        var outcome = _scene.Decide(new RequestPacket(DhcpMessageType.Request) { Mac = DhcpScene.SecondMac }
            .With(DhcpOptionCode.RequestedAddress, Second));

        Assert.Equal((DhcpMessageType.Ack, DhcpRoute.ToHardware), (outcome.Answer, outcome.Delivery.Route));
        Assert.Equal(DhcpScene.Second, outcome.Client!.InterfaceIndex);
    }

    [Fact]
    public void Asking_for_settings_and_giving_back_by_the_other_vif_are_heard()
    {
        var arrival = DhcpScene.Unicast(source: Second);
        Assert.Equal(DhcpMessageType.Ack, _scene.Decide(About(DhcpMessageType.Inform), arrival).Answer);
        Assert.Equal(DhcpSilence.Released, _scene.Decide(About(DhcpMessageType.Release), arrival).Silence);
    }

    [Fact]
    public void A_new_lease_is_not_given_by_the_other_vif()
    {
        AssertWrongMac(About(DhcpMessageType.Discover));
        AssertWrongMac(About(DhcpMessageType.Decline));
        AssertWrongMac(new RequestPacket(DhcpMessageType.Request) { Mac = DhcpScene.SecondMac }
            .With(DhcpOptionCode.RequestedAddress, Second).With(DhcpOptionCode.ServerIdentifier, "10.0.1.130"));
    }

    [Theory]
    [InlineData("10.0.1.1")]
    [InlineData("10.0.1.3")]
    [InlineData("10.1.2.1")]
    [InlineData("0.0.0.0")]
    public void Only_the_address_that_belongs_to_the_mac_is_renewed_by_the_other_vif(string address) =>
        AssertWrongMac(new RequestPacket(DhcpMessageType.Request) { Mac = DhcpScene.SecondMac, ClientAddress = address });

    [Fact]
    public void A_mac_of_another_machine_renews_nothing_here() =>
        AssertWrongMac(
            new RequestPacket(DhcpMessageType.Request) { Mac = DhcpScene.NeighbourMac, ClientAddress = "10.1.2.1" });

    private static RequestPacket About(DhcpMessageType type) =>
        new(type) { Mac = DhcpScene.SecondMac, ClientAddress = Second };

    private void AssertWrongMac(RequestPacket packet) =>
        Assert.Equal(DhcpSilence.WrongMac, _scene.Decide(packet).Silence);
}
