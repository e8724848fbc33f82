using XenNet.Core.Dhcp;
using XenNet.Core.Network;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>What the keys of <c>[dhcp]</c> change.</summary>
public sealed class DhcpSettingsTests
{
    private static readonly DhcpSettings Plain = new() { Zone = "testbed" };

    [Fact]
    public void A_client_that_asks_for_rapid_commit_is_acknowledged_at_once()
    {
        var scene = new DhcpScene(Plain with { RapidCommit = true });
        var ack = scene.Answer(Rapid());

        Assert.Equal(DhcpMessageType.Ack, ack.Type);
        Assert.Equal("10.0.1.1", ack.YourAddress);
        Assert.Empty(ack[DhcpOptionCode.RapidCommit]);
        Assert.Equal(uint.MaxValue, ack.Number(DhcpOptionCode.LeaseTime));
    }

    [Fact]
    public void Rapid_commit_with_a_foreign_ciaddr_leads_nowhere_else() =>
        Assert.Equal(
            new DhcpDelivery(DhcpRoute.ToHardware, DhcpScene.AddressOf("10.0.1.1")),
            new DhcpScene(Plain with { RapidCommit = true }).Decide(Rapid("10.7.7.7")).Delivery);

    [Fact]
    public void Rapid_commit_is_off_by_default_and_only_for_those_who_ask()
    {
        var offer = new DhcpScene().Answer(Rapid());
        Assert.Equal(DhcpMessageType.Offer, offer.Type);
        Assert.DoesNotContain(DhcpOptionCode.RapidCommit, offer.Codes);
        Assert.Equal(DhcpMessageType.Offer, new DhcpScene(Plain with { RapidCommit = true })
            .Answer(new RequestPacket(DhcpMessageType.Discover).Asking(DhcpOptionCode.RapidCommit)).Type);
    }

    [Fact]
    public void An_excepted_interface_gets_silence_unread_and_the_others_do_not()
    {
        Assert.True(InterfacePattern.TryParse("vif5.*", out var pattern));
        var scene = new DhcpScene(Plain with { ExceptInterfaces = [pattern] });

        Assert.Equal(DhcpSilence.ExceptedInterface, scene.Decide([1, 2, 3]).Silence);
        Assert.Equal(DhcpSilence.ExceptedInterface, scene.Decide([1, 2, 3], DhcpScene.Broadcast(DhcpScene.Second)).Silence);
        Assert.True(scene.Decide(
            new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.NeighbourMac },
            DhcpScene.Broadcast(DhcpScene.Neighbour)).IsReply);
    }

    [Fact]
    public void What_finds_no_room_is_left_out_unless_overload_puts_it_into_file_and_sname()
    {
        // 308 octets of options; the identifier leaves no room for the zone as text or as name.
        var zone = string.Join('.', Enumerable.Repeat("abcdefg", 8));
        var packet = new RequestPacket(DhcpMessageType.Discover)
            .Asking(DhcpOptionCode.DomainName, DhcpOptionCode.DomainSearch)
            .With(DhcpOptionCode.ClientIdentifier, new byte[255]);
        var settings = Plain with { Zone = zone };

        Assert.DoesNotContain(DhcpOptionCode.DomainName, new DhcpScene(settings).Answer(packet).Codes);
        var room = new byte[DhcpResponder.ReplyRoom];
        var outcome = new DhcpScene(settings with { Overload = true })
            .Responder.Decide(packet.ToArray(), DhcpScene.Broadcast(), room);

        // 52 = 1: options in the file, of which the first is the text and the second does not fit what is left of 128.
        var reply = new ReplyPacket(room.AsSpan(0, outcome.Length));
        Assert.Equal([1], reply[DhcpOptionCode.Overload]);
        Assert.Equal([15, 63], room[108..110]);
        Assert.Equal(System.Text.Encoding.ASCII.GetBytes(zone), room[110..173]);
        Assert.Equal((255, 0), (room[173], room[174]));
        Assert.Equal((0, 0), (room[44], room[107]));
    }

    [Fact]
    public void Nothing_is_overloaded_that_has_room()
    {
        var room = new byte[DhcpResponder.ReplyRoom];
        var outcome = new DhcpScene(Plain with { Overload = true }).Responder.Decide(
            new RequestPacket(DhcpMessageType.Discover).ToArray(), DhcpScene.Broadcast(), room);

        Assert.DoesNotContain(DhcpOptionCode.Overload, new ReplyPacket(room.AsSpan(0, outcome.Length)).Codes);
        Assert.Equal(new byte[192], room[44..236]);
    }

    [Theory]
    [InlineData(1500, 1472)]
    [InlineData(1400, 1372)]
    [InlineData(576, 548)]
    [InlineData(300, 300)]
    public void A_reply_is_never_larger_than_the_vif_carries(int mtu, int most)
    {
        var packet = new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.MaximumMessageSize, 0xff, 0xff)
            .Asking(Enumerable.Range(1, 253).Select(code => (DhcpOptionCode)code).ToArray());
        var outcome = new DhcpScene(mtu: mtu).Decide(packet);

        Assert.InRange(outcome.Length, 300, most);
    }

    private static RequestPacket Rapid(string ciaddr = "0.0.0.0") =>
        new RequestPacket(DhcpMessageType.Discover) { ClientAddress = ciaddr }.With(DhcpOptionCode.RapidCommit);
}
