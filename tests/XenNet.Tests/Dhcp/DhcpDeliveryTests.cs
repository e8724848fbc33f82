using XenNet.Core.Dhcp;
using XenNet.Wire;

namespace XenNet.Tests.Dhcp;

/// <summary>RFC 2131 section 4.1, each combination of what decides.</summary>
public sealed class DhcpDeliveryTests
{
    private static readonly Ipv4Address Relay = DhcpScene.AddressOf("10.9.9.9");
    private static readonly Ipv4Address Guest = DhcpScene.AddressOf("10.0.1.1");

    // giaddr, ciaddr, yiaddr, nak, broadcast flag.
    [Theory]
    [InlineData(false, false, false, false, false, DhcpRoute.Broadcast)]
    [InlineData(false, false, false, false, true, DhcpRoute.Broadcast)]
    [InlineData(false, false, false, true, false, DhcpRoute.Broadcast)]
    [InlineData(false, false, false, true, true, DhcpRoute.Broadcast)]
    [InlineData(false, false, true, false, false, DhcpRoute.ToHardware)]
    [InlineData(false, false, true, false, true, DhcpRoute.Broadcast)]
    [InlineData(false, false, true, true, false, DhcpRoute.Broadcast)]
    [InlineData(false, false, true, true, true, DhcpRoute.Broadcast)]
    [InlineData(false, true, false, false, false, DhcpRoute.ToAddress)]
    [InlineData(false, true, false, false, true, DhcpRoute.ToAddress)]
    [InlineData(false, true, false, true, false, DhcpRoute.Broadcast)]
    [InlineData(false, true, false, true, true, DhcpRoute.Broadcast)]
    [InlineData(false, true, true, false, false, DhcpRoute.ToAddress)]
    [InlineData(false, true, true, false, true, DhcpRoute.ToAddress)]
    [InlineData(false, true, true, true, false, DhcpRoute.Broadcast)]
    [InlineData(false, true, true, true, true, DhcpRoute.Broadcast)]
    [InlineData(true, false, false, false, false, DhcpRoute.ToRelay)]
    [InlineData(true, false, false, true, true, DhcpRoute.ToRelay)]
    [InlineData(true, false, true, false, false, DhcpRoute.ToRelay)]
    [InlineData(true, true, false, false, true, DhcpRoute.ToRelay)]
    [InlineData(true, true, true, false, false, DhcpRoute.ToRelay)]
    [InlineData(true, true, true, true, true, DhcpRoute.ToRelay)]
    public void A_reply_goes_where_the_table_says(
        bool giaddr, bool ciaddr, bool yiaddr, bool nak, bool broadcastFlag, DhcpRoute route)
    {
        var delivery = DhcpDelivery.Choose(
            giaddr ? Relay : default, ciaddr ? Guest : default, yiaddr ? Guest : default, nak, broadcastFlag);

        var address = route switch
        {
            DhcpRoute.ToRelay => Relay,
            DhcpRoute.Broadcast => Ipv4Address.Broadcast,
            _ => Guest,
        };
        Assert.Equal(new DhcpDelivery(route, address), delivery);
    }
}
