using XenNet.Core.Dns;
using XenNet.Core.Dns.Transfer;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Transfer;

public sealed class NotifyMessageTests
{
    private const ushort Id = 0x1234;

    private static readonly byte[] Apex = DnsFixture.Name("testbed");

    [Theory]
    [InlineData("10.0.0.0/8", 2, "testbed 10.in-addr.arpa")]
    [InlineData("192.168.4.0/22", 5, "testbed 4.168.192.in-addr.arpa 7.168.192.in-addr.arpa")]
    [InlineData("172.16.0.0/12", 17, "testbed 16.172.in-addr.arpa 31.172.in-addr.arpa")]
    [InlineData("10.128.0.0/9", 129, "testbed 128.10.in-addr.arpa 255.10.in-addr.arpa")]
    public void Every_zone_of_ours_is_told_of_and_can_be_transferred(string prefix, int count, string among)
    {
        var dns = new DnsFixture(prefix);

        var zones = NotifyMessage.Zones(dns.View.Networks, dns.Responder.Zone);

        Assert.Equal(count, zones.Count);
        Assert.Empty(among.Split(' ').Except(zones.Select(zone => DnsNameText.Format(zone))));
        Assert.All(zones, zone => Assert.Equal(
            "NoError aa", dns.Ask(DnsNameText.Format(zone), DnsType.Soa).Summary.Split(';')[0]));
    }

    [Fact]
    public void Without_the_wide_reverse_there_is_one_zone() =>
        Assert.Single(NotifyMessage.Zones(new DnsFixture().View.Networks, new ZoneSettings(ReverseIsWide: false)));

    [Fact]
    public void The_message_is_a_notify_with_the_soa_as_its_answer()
    {
        var walk = new DnsWalk(Message());

        Assert.Equal((Id, DnsOpcode.Notify), (walk.Header.Id, walk.Header.Flags.Opcode));
        Assert.True(walk.Header.Flags is { IsReply: false, Authoritative: true, RecursionDesired: false });
        Assert.True(walk.TryNextQuestion(out var question));
        Assert.Equal(("testbed", DnsType.Soa), (question.Name.ToString(), question.Type));
        Assert.True(walk.TryNextRecord(out var soa));
        Assert.Equal((DnsType.Soa, DnsSection.Answer), (soa.Type, soa.Section));
        Assert.Equal([0, 0, 0, 77], soa.Data[^20..^16].ToArray());
        Assert.Equal((DnsRefusal.None, 0), (walk.Refusal, walk.Remaining));
    }

    [Fact]
    public void The_longest_name_of_a_zone_fits()
    {
        var label = new string('a', 63);
        var zone = new ZoneSettings($"{label}.{label}.{new string('b', ZoneSettings.NameOctetsMax - 130)}");
        var ofAddresses = DnsFixture.Name("255.168.192.in-addr.arpa");
        var message = new byte[NotifyMessage.OctetsMost];

        var walk = new DnsWalk(message.AsSpan(0, NotifyMessage.Write(ofAddresses, zone, 1, Id, message)));

        Assert.True(walk.TryNextRecord(out _));
    }

    [Fact]
    public void A_reply_is_one_by_its_id_its_opcode_and_its_question()
    {
        Assert.False(IsReply(Message()));
        Assert.True(IsReply(Reply(_ => { })));
        Assert.True(IsReply(Reply(reply => reply[3] |= 5)));            // REFUSED: heard, too.
        Assert.True(IsReply(Reply(reply => reply[13] = (byte)'T')));    // Letters match in either case.
        Assert.False(IsReply(Reply(reply => reply[0] ^= 1)));           // Another ID.
        Assert.False(IsReply(Reply(reply => reply[2] &= 0x87)));        // QUERY.
        Assert.False(IsReply(Reply(reply => reply[13] = (byte)'x')));   // Another name.
        Assert.False(IsReply(Reply(reply => reply[22] = 1)));           // Another type.
        Assert.False(IsReply([]));
    }

    [Fact]
    public void A_reply_without_a_question_will_do()
    {
        byte[] reply = [0x12, 0x34, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

        Assert.True(IsReply(reply));
    }

    private static bool IsReply(byte[] octets) => NotifyMessage.IsReply(octets, Apex, Id);

    private static byte[] Message()
    {
        var message = new byte[NotifyMessage.OctetsMost];
        return message[..NotifyMessage.Write(Apex, new ZoneSettings(), 77, Id, message)];
    }

    private static byte[] Reply(Action<byte[]> change)
    {
        var reply = Message();
        reply[2] |= 0x80;
        change(reply);
        return reply;
    }
}
