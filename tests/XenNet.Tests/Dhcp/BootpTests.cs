using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Clients from before DHCP: RFC 951, RFC 1497, RFC 1534, RFC 1542.</summary>
public sealed class BootpTests
{
    private readonly DhcpScene _scene = new();

    [Fact]
    public void A_request_without_type_is_given_its_address_and_no_option_of_dhcp()
    {
        var reply = Answer(Padded(Bootp()));

        Assert.Equal("10.0.1.1", reply.YourAddress);
        Assert.Equal(
            [DhcpOptionCode.SubnetMask, DhcpOptionCode.Router, DhcpOptionCode.DomainNameServer, DhcpOptionCode.HostName,
                DhcpOptionCode.DomainName],
            reply.Codes);
        Assert.Equal(300, reply.Length);
    }

    [Fact]
    public void A_request_without_cookie_is_given_its_address_and_no_options_at_all()
    {
        var packet = new byte[300];
        Bootp().ToArray().AsSpan(0, DhcpHeader.Size).CopyTo(packet);
        var room = new byte[DhcpResponder.ReplyRoom];

        var outcome = _scene.Responder.Decide(packet, DhcpScene.Broadcast(), room);

        Assert.Equal((DhcpSilence.None, 300), (outcome.Silence, outcome.Length));
        Assert.Equal(DhcpScene.Octets("10.0.1.1"), room[16..20]);
        Assert.Equal(new byte[64], room[236..300]);
        Assert.Equal(new DhcpDelivery(DhcpRoute.ToHardware, DhcpScene.AddressOf("10.0.1.1")), outcome.Delivery);
    }

    [Fact]
    public void A_vendor_area_that_ends_without_saying_so_is_sound()
    {
        var packet = new byte[300];
        Bootp().With(DhcpOptionCode.SubnetMask, "0.0.0.0").ToArray().AsSpan()[..^1].CopyTo(packet);

        Assert.Equal("10.0.1.1", Answer(packet).YourAddress);
    }

    [Theory]
    [InlineData(299, DhcpRefusal.MessageTypeMissing)]
    [InlineData(300, DhcpRefusal.None)]
    public void Bootp_has_300_octets_at_the_least(int length, DhcpRefusal refusal) =>
        Assert.Equal(refusal, DhcpRequest.Parse(Padded(Bootp(), length), out _));

    [Theory]
    [InlineData(299, DhcpRefusal.NoCookie)]
    [InlineData(300, DhcpRefusal.None)]
    public void Bootp_without_cookie_has_300_octets_at_the_least(int length, DhcpRefusal refusal)
    {
        var packet = Padded(Bootp(), length);
        packet[DhcpHeader.Size] ^= 1;

        Assert.Equal(refusal, DhcpRequest.Parse(packet, out _));
    }

    [Fact]
    public void A_client_that_has_its_address_is_answered_there_and_nowhere_else()
    {
        var own = Padded(Bootp("10.0.1.1"));
        var foreign = Padded(Bootp("10.9.9.9"));

        Assert.Equal(
            new DhcpDelivery(DhcpRoute.ToAddress, DhcpScene.AddressOf("10.0.1.1")), _scene.Decide(own).Delivery);
        Assert.Equal(
            new DhcpDelivery(DhcpRoute.ToHardware, DhcpScene.AddressOf("10.0.1.1")), _scene.Decide(foreign).Delivery);
    }

    [Fact]
    public void A_longer_message_is_answered_by_one_as_long_at_the_most()
    {
        var scene = new DhcpScene(new DhcpSettings
        {
            Zone = "a23456789.b23456789.c23456789.d23456789.e23456789.f23456789",
        });
        var room = new byte[DhcpResponder.ReplyRoom];

        Assert.Equal(300, scene.Responder.Decide(Padded(Bootp(), 300), DhcpScene.Broadcast(), room).Length);
        Assert.InRange(scene.Responder.Decide(Padded(Bootp(), 340), DhcpScene.Broadcast(), room).Length, 301, 340);
    }

    private ReplyPacket Answer(byte[] packet)
    {
        var room = new byte[DhcpResponder.ReplyRoom];
        var outcome = _scene.Responder.Decide(packet, DhcpScene.Broadcast(), room);
        Assert.Equal(DhcpSilence.None, outcome.Silence);
        return new ReplyPacket(room.AsSpan(0, outcome.Length));
    }

    private static RequestPacket Bootp(string ciaddr = "0.0.0.0") =>
        new(DhcpMessageType.None) { ClientAddress = ciaddr };

    private static byte[] Padded(RequestPacket packet, int length = 300)
    {
        var octets = packet.ToArray();
        Array.Resize(ref octets, length);
        return octets;
    }
}
