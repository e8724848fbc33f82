using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class ClientReplyTests
{
    [Fact]
    public void The_client_gets_its_id_its_letters_and_the_records_untouched()
    {
        var query = Message.Query("wWw.eXample.org");
        var sent = Message.Sent(query);
        var answer = Message.Reply(sent, name: "www.example.org", addresses: 3);

        var reply = Compose(query, answer, 512);

        var walk = new DnsWalk(reply);
        Assert.Equal(Message.ClientId, walk.Header.Id);
        Assert.True(walk.TryNextQuestion(out var question));
        Assert.True(query.AsSpan(12, question.Octets.Length).SequenceEqual(question.Octets));
        Assert.Equal(3, walk.Header.Answers);
        Assert.Equal(answer[33..(33 + (3 * 16))], reply[33..(33 + (3 * 16))]);
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply, out _));
    }

    [Theory]
    [InlineData(0x0100, false, 0x8580, 0x8180)] // AA is not ours to give.
    [InlineData(0x0000, false, 0x8100, 0x8080)] // RD as the client asked, RA set.
    [InlineData(0x0110, false, 0x8180, 0x8190)] // CD as the client asked.
    [InlineData(0x0100, false, 0x81a0, 0x8180)] // AD hidden from a client that cannot read it (RFC 6840 §5.8).
    [InlineData(0x0120, false, 0x81a0, 0x81a0)] // AD shown to one that set AD,
    [InlineData(0x0100, true, 0x81a0, 0x81a0)]  // or DO.
    [InlineData(0x0120, true, 0x8180, 0x8180)]  // Never invented.
    [InlineData(0x0100, false, 0x8183, 0x8183)] // RCODE
    public void The_flags_are_the_clients_and_the_upstreams(ushort asked, bool dnssecOk, ushort answered, ushort expected)
    {
        var query = Message.Query(flags: asked, payload: 1232, dnssecOk: dnssecOk);
        var answer = Message.Reply(Message.Sent(query), answered);

        Assert.Equal(expected, new DnsWalk(Compose(query, answer, 1232)).Header.Flags.Value);
    }

    [Fact]
    public void Opt_comes_only_to_a_client_that_sent_one_and_without_the_upstreams_options()
    {
        var plain = Message.Query();
        var extended = Message.Query(payload: 1232, dnssecOk: true);

        var plainReply = Compose(plain, Message.Reply(Message.Sent(plain)), 512);
        var extendedReply = Compose(extended, Message.Reply(Message.Sent(extended)), 1232);

        Assert.Equal(0, new DnsWalk(plainReply).Header.Additionals);
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(plainReply, out _));
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(extendedReply, out var read));
        Assert.True(read.Edns.IsPresent);
        Assert.True(read.Edns.DnssecOk);
        Assert.True(read.Edns.Options.IsEmpty);
    }

    [Fact]
    public void What_stands_behind_opt_goes_with_it()
    {
        var query = Message.Query();
        var answer = Message.Reply(Message.Sent(query));
        answer[11]++;
        byte[] behind = [.. answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 9];

        var reply = Compose(query, behind, 512);

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply, out var read));
        Assert.Equal(0, read.Header.Additionals);
        Assert.Equal(1, read.Header.Answers);
    }

    [Theory]
    [InlineData(29, false)] // 12 + 21 + 29·16 = 497
    [InlineData(30, true)]  // 513
    public void What_does_not_fit_512_octets_is_told_by_tc(int addresses, bool truncated)
    {
        var query = Message.Query();
        var answer = Message.Reply(Message.Sent(query), addresses: addresses);

        var reply = Compose(query, answer, 512);

        var header = new DnsWalk(reply).Header;
        Assert.Equal(truncated, header.Flags.Truncated);
        Assert.Equal(truncated ? 0 : addresses, header.Answers);
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply, out _));
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(1, 512)]
    [InlineData(512, 512)]
    [InlineData(513, 513)]
    [InlineData(1232, 1232)]
    [InlineData(65535, 1232)]
    public void A_reply_over_udp_keeps_to_what_the_client_takes(int payload, int expected)
    {
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(Message.Query(payload: payload), out var query));

        Assert.Equal(expected, ClientReply.UdpOctetsMost(query));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1232)]
    public void A_failure_is_servfail_with_the_question(int payload)
    {
        var octets = Message.Query(payload: payload);
        DnsQuery.Read(octets, out var query);
        var reply = new byte[512];

        reply = reply[..ClientReply.WriteFailure(query, reply)];

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply, out var read));
        Assert.Equal(0x8182, read.Header.Flags.Value);
        Assert.Equal(Message.ClientId, read.Header.Id);
        Assert.True(query.Question.Octets.SequenceEqual(read.Question.Octets));
        Assert.Equal(payload > 0, read.Edns.IsPresent);
    }

    [Fact]
    public void Mutated_replies_never_throw_and_what_is_accepted_makes_a_sound_reply()
    {
        const int Seed = 20261122;
        var random = new Random(Seed);
        var query = Message.Query("a.very.long.name.example.org", payload: 1232, dnssecOk: true);
        DnsQuery.Read(query, out var asked);
        var sent = Message.Sent(query);
        var sound = Message.Reply(sent, addresses: 5);
        var reply = new byte[1232];
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var mutated = sound.AsSpan(0, random.Next(8) == 0 ? random.Next(sound.Length + 1) : sound.Length).ToArray();
            for (var n = random.Next(4); n > 0 && mutated.Length > 0; n--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            if (UpstreamMessage.Judge(mutated, sent, overTcp: random.Next(2) == 0) != UpstreamVerdict.Answer)
                continue;

            accepted++;
            var length = ClientReply.Write(asked, mutated, reply);
            Assert.True(DnsQuery.Read(reply.AsSpan(0, length), out _) == DnsRefusal.None,
                $"seed {Seed}, round {i}: {Convert.ToHexString(mutated)}");
        }

        Assert.True(accepted > 1000, $"seed {Seed}: only {accepted} were accepted, so little was tested.");
    }

    private static byte[] Compose(byte[] query, byte[] answer, int limit)
    {
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(query, out var asked));
        var reply = new byte[limit];
        return reply[..ClientReply.Write(asked, answer, reply)];
    }
}
