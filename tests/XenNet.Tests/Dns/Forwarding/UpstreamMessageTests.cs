using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class UpstreamMessageTests
{
    [Fact]
    public void The_question_goes_out_under_an_id_of_ours()
    {
        var sent = Message.Sent(Message.Query("wWw.eXample.org", payload: 4096));

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(sent, out var read));
        Assert.Equal(Message.OurId, read.Header.Id);
        Assert.Equal("www.example.org", read.Question.Name.ToString());
        Assert.Equal(DnsType.A, read.Question.Type);
        Assert.Equal(1232, read.Edns.AnnouncedOctets);
    }

    [Theory]
    [InlineData(0x0000, 0x0120)]
    [InlineData(0x0100, 0x0120)] // RD
    [InlineData(0x0130, 0x0130)] // RD, AD, CD
    [InlineData(0x0650, 0x0130)] // AA, TC, Z are nobody's business; CD is.
    public void Rd_and_ad_are_set_and_of_the_flags_only_cd_is_passed(ushort asked, ushort passed)
    {
        var sent = Message.Sent(Message.Query(flags: asked));

        Assert.Equal(passed, new DnsWalk(sent).Header.Flags.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Do_is_passed_and_the_clients_options_are_not(bool dnssecOk)
    {
        byte[] clientSubnet = [0, 8, 0, 7, 0, 1, 24, 0, 10, 0, 1];

        var sent = Message.Sent(Message.Query(payload: 1232, dnssecOk: dnssecOk, options: clientSubnet));

        DnsQuery.Read(sent, out var read);
        Assert.Equal(dnssecOk, read.Edns.DnssecOk);
        Assert.True(read.Edns.Options.IsEmpty);
    }

    [Fact]
    public void A_server_from_before_edns_gets_no_opt()
    {
        var sent = Message.Sent(Message.Query(payload: 1232), withEdns: false);

        DnsQuery.Read(sent, out var read);
        Assert.False(read.Edns.IsPresent);
    }

    [Fact]
    public void The_longest_name_fits_with_opt()
    {
        var longest = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 61));

        var sent = Message.Sent(Message.Query(longest));

        Assert.Equal(UpstreamMessage.QueryOctetsMost, sent.Length);
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(sent, out _));
    }

    [Theory]
    [InlineData(0x8180)] // NOERROR
    [InlineData(0x8183)] // NXDOMAIN
    [InlineData(0x8186)] // YXDOMAIN
    [InlineData(0x8580)] // AA
    public void A_sound_reply_is_an_answer(ushort flags)
    {
        var sent = Message.Sent(Message.Query());

        Assert.Equal(UpstreamVerdict.Answer, UpstreamMessage.Judge(Message.Reply(sent, flags), sent, overTcp: false));
    }

    [Theory]
    [InlineData(0x8181, UpstreamVerdict.Failure)] // FORMERR with OPT: not about EDNS
    [InlineData(0x8182, UpstreamVerdict.Failure)] // SERVFAIL
    [InlineData(0x8184, UpstreamVerdict.Failure)] // NOTIMP with OPT
    [InlineData(0x8185, UpstreamVerdict.Failure)] // REFUSED
    [InlineData(0x8189, UpstreamVerdict.Failure)] // NOTAUTH
    [InlineData(0x8380, UpstreamVerdict.Truncated)]
    public void Errors_and_truncation_are_told_apart(ushort flags, UpstreamVerdict expected)
    {
        var sent = Message.Sent(Message.Query());

        Assert.Equal(expected, UpstreamMessage.Judge(Message.Reply(sent, flags), sent, overTcp: false));
    }

    [Theory]
    [InlineData(0x8181, true, UpstreamVerdict.EdnsNotUnderstood)]
    [InlineData(0x8184, true, UpstreamVerdict.EdnsNotUnderstood)]
    [InlineData(0x8182, true, UpstreamVerdict.Failure)]
    [InlineData(0x8181, false, UpstreamVerdict.Failure)]
    public void An_error_without_opt_is_laid_to_our_opt_if_we_sent_one(ushort flags, bool asked, UpstreamVerdict expected)
    {
        var sent = Message.Sent(Message.Query(), withEdns: asked);
        var reply = Message.Reply(sent, flags, addresses: 0, withOpt: false);

        Assert.Equal(expected, UpstreamMessage.Judge(reply, sent, overTcp: false));
    }

    [Fact]
    public void An_extended_rcode_is_a_failure()
    {
        var sent = Message.Sent(Message.Query());
        var reply = Message.Reply(sent, addresses: 0, extendedRcode: 1);

        Assert.Equal(UpstreamVerdict.Failure, UpstreamMessage.Judge(reply, sent, overTcp: false));
    }

    // RFC 2308 §2.2: NS without SOA is a referral, and nothing at all or an SOA is "no such data".
    [Theory]
    [InlineData(0x8180, "NS", UpstreamVerdict.Failure)]
    [InlineData(0x8100, "NS", UpstreamVerdict.Failure)] // RA clear, as servers of a zone send it
    [InlineData(0x8180, "NS SOA", UpstreamVerdict.Answer)]
    [InlineData(0x8180, "SOA", UpstreamVerdict.Answer)]
    [InlineData(0x8180, "", UpstreamVerdict.Answer)]
    [InlineData(0x8183, "NS", UpstreamVerdict.Answer)] // NXDOMAIN, type 4
    [InlineData(0x8580, "NS", UpstreamVerdict.Answer)] // AA: it speaks of its own zone
    public void A_referral_is_no_answer(ushort flags, string authority, UpstreamVerdict expected)
    {
        var sent = Message.Sent(Message.Query());
        var reply = Message.Reply(sent, flags, addresses: 0, withOpt: false).ToList();
        foreach (var type in authority.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            reply[9]++;
            reply.AddRange([0xc0, 16, 0, (byte)(type == "NS" ? DnsType.Ns : DnsType.Soa), 0, 1, 0, 0, 1, 44, 0, 2, 0xc0, 12]);
        }

        Assert.Equal(expected, UpstreamMessage.Judge([.. reply], sent, overTcp: false));
    }

    [Fact]
    public void An_error_may_come_without_the_question()
    {
        var sent = Message.Sent(Message.Query());
        byte[] formatError = [0xbe, 0xef, 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0];

        Assert.Equal(UpstreamVerdict.EdnsNotUnderstood, UpstreamMessage.Judge(formatError, sent, overTcp: false));
    }

    [Fact]
    public void An_answer_may_not_come_without_the_question()
    {
        var sent = Message.Sent(Message.Query());
        byte[] noError = [0xbe, 0xef, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0];

        Assert.Equal(UpstreamVerdict.ForeignQuestion, UpstreamMessage.Judge(noError, sent, overTcp: false));
    }

    [Fact]
    public void Chance_decides_each_letter_and_touches_nothing_else()
    {
        var query = Message.Query("a1-b.example.org");
        var all = Enumerable.Repeat((byte)0xff, UpstreamMessage.CaseOctets).ToArray();

        var lower = Message.Sent(query, caseBits: new byte[UpstreamMessage.CaseOctets]);
        var upper = Message.Sent(query, caseBits: all);

        DnsQuery.Read(lower, out var low);
        DnsQuery.Read(upper, out var up);
        Assert.Equal("a1-b.example.org", low.Question.Name.ToString());
        Assert.Equal("A1-B.EXAMPLE.ORG", up.Question.Name.ToString());
        Assert.Equal(lower.Length, upper.Length);
        for (var bit = 0; bit < 17; bit++)
        {
            var one = new byte[UpstreamMessage.CaseOctets];
            one[bit / 8] = (byte)(1 << bit % 8);
            var sent = Message.Sent(query, caseBits: one);
            Assert.Equal(upper[12 + bit], sent[12 + bit]);
            Assert.True(sent.AsSpan(12 + bit + 1).SequenceEqual(lower.AsSpan(12 + bit + 1)));
        }
    }

    [Theory]
    [InlineData(1, 128)]
    [InlineData(63, 128)]
    [InlineData(64, 256)]
    public void Over_tls_a_query_is_padded_to_whole_blocks_and_stays_sound(int letters, int expected)
    {
        var name = letters < 64 ? new string('a', letters) : new string('a', 63) + "." + new string('b', 63);
        var sent = Message.Sent(Message.Query(name));

        var framed = UpstreamMessage.FramePadded(sent);

        Assert.Equal(expected, framed.Length - 2);
        Assert.Equal(expected, framed[0] << 8 | framed[1]);
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(framed.AsSpan(2), out var read));
        var options = read.Edns.Options;
        Assert.True(DnsEdns.TryTakeOption(ref options, out var code, out var padding));
        Assert.Equal(12, code);
        Assert.False(padding.ContainsAnyExcept((byte)0));
        Assert.True(options.IsEmpty);
    }

    [Fact]
    public void Over_tcp_and_without_opt_a_query_is_only_framed()
    {
        var sent = Message.Sent(Message.Query(), withEdns: false);

        Assert.Equal([0, (byte)sent.Length, .. sent], UpstreamMessage.Frame(sent));
        Assert.Equal(UpstreamMessage.Frame(sent), UpstreamMessage.FramePadded(sent));
    }

    [Fact]
    public void Whether_a_reply_keeps_our_letters_is_seen()
    {
        var sent = Message.Sent(Message.Query("www.example.org"), caseBits: [.. Enumerable.Repeat((byte)0x55, 32)]);

        Assert.True(UpstreamMessage.KeepsLetters(Message.Reply(sent), sent));
        Assert.False(UpstreamMessage.KeepsLetters(Message.Reply(sent, name: "www.example.org"), sent));
    }

    public static TheoryData<string, UpstreamVerdict> Forgeries => new()
    {
        { "eleven octets", UpstreamVerdict.HeaderCut },
        { "qr clear", UpstreamVerdict.NotAReply },
        { "id one more", UpstreamVerdict.ForeignId },
        { "id one less", UpstreamVerdict.ForeignId },
        { "opcode notify", UpstreamVerdict.ForeignOpcode },
        { "other name", UpstreamVerdict.ForeignQuestion },
        { "other letters", UpstreamVerdict.OtherLetters },
        { "other type", UpstreamVerdict.ForeignQuestion },
        { "other class", UpstreamVerdict.ForeignQuestion },
        { "two questions", UpstreamVerdict.ForeignQuestion },
        { "question cut", UpstreamVerdict.ForeignQuestion },
        { "octets behind", UpstreamVerdict.Damaged },
        { "record missing", UpstreamVerdict.Damaged },
        { "record cut", UpstreamVerdict.Damaged },
        { "two opts", UpstreamVerdict.Damaged },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void A_forged_or_damaged_reply_is_refused_for_the_stated_reason(string how, UpstreamVerdict expected)
    {
        var sent = Message.Sent(Message.Query("www.example.org"));

        Assert.Equal(expected, UpstreamMessage.Judge(Forge(how, sent), sent, overTcp: false));
    }

    [Fact]
    public void Over_tcp_other_letters_are_let_pass_and_other_names_are_not()
    {
        var sent = Message.Sent(Message.Query("wWw.example.org"));

        Assert.Equal(UpstreamVerdict.Answer,
            UpstreamMessage.Judge(Message.Reply(sent, name: "www.EXAMPLE.org"), sent, overTcp: true));
        Assert.Equal(UpstreamVerdict.ForeignQuestion,
            UpstreamMessage.Judge(Message.Reply(sent, name: "www.EXAMPLE.net"), sent, overTcp: true));
    }

    [Fact]
    public void A_truncated_reply_over_tcp_is_damaged()
    {
        var sent = Message.Sent(Message.Query());

        Assert.Equal(UpstreamVerdict.Damaged,
            UpstreamMessage.Judge(Message.Reply(sent, flags: 0x8380), sent, overTcp: true));
    }

    private static byte[] Forge(string how, byte[] sent)
    {
        var reply = Message.Reply(sent, addresses: 2);
        var afterName = 12 + 17;
        switch (how)
        {
            case "eleven octets": return reply[..11];
            case "qr clear": reply[2] &= 0x7f; break;
            case "id one more": reply[1]++; break;
            case "id one less": reply[1]--; break;
            case "opcode notify": reply[2] |= 4 << 3; break;
            case "other name": return Message.Reply(sent, name: "wwx.example.org");
            case "other letters": return Message.Reply(sent, name: "Www.example.org");
            case "other type": reply[afterName + 1] = 28; break;
            case "other class": reply[afterName + 3] = 3; break;
            case "two questions": reply[5] = 2; break;
            case "question cut": return reply[..(afterName + 3)];
            case "octets behind": return [.. reply, 0];
            case "record missing": reply[7]++; break;
            case "record cut": return reply[..^1];
            case "two opts": reply[11]++; return [.. reply, .. reply[^17..]];
            default: throw new ArgumentOutOfRangeException(nameof(how), how, "No such forgery.");
        }

        return reply;
    }
}
