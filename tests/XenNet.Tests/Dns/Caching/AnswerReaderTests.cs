using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Caching;

/// <summary>What of an upstream's reply is kept, seen as a client sees it in the answer from the cache.</summary>
public sealed class AnswerReaderTests
{
    private readonly DnsFixture _dns = new();

    [Fact]
    public void An_address_is_given_on()
    {
        Assert.Equal("NoError; An www.example 300 A 192.0.2.1", Seen(
            new UpstreamReply("www.example", DnsType.A).A("www.example", 300, "192.0.2.1")));
    }

    [Fact]
    public void A_chain_of_aliases_is_followed_in_whatever_order_it_is_sent()
    {
        var reply = new UpstreamReply("a.example", DnsType.A)
            .A("c.example", 30, "192.0.2.1").Cname("b.example", 20, "c.example").Cname("a.example", 10, "b.example");

        Assert.Equal(
            "NoError; An a.example 10 CNAME b.example; An b.example 20 CNAME c.example; An c.example 30 A 192.0.2.1",
            Seen(reply));
    }

    // CVE class: poisoning by content (bailiwick).
    [Fact]
    public void Records_about_other_names_are_not_believed()
    {
        var reply = new UpstreamReply("www.example", DnsType.A)
            .A("www.example", 300, "192.0.2.1")
            .A("bank.example", 300, "192.0.2.66")
            .Cname("mail.example", 300, "evil.example")
            .With(DnsSection.Authority, "example", DnsType.Ns, 300, DnsFixture.Name("ns.evil.example"))
            .With(DnsSection.Additional, "ns.evil.example", DnsType.A, 300, [192, 0, 2, 66]);

        Assert.Equal("NoError; An www.example 300 A 192.0.2.1", Seen(reply));
    }

    [Fact]
    public void Records_of_another_type_are_not_believed()
    {
        var reply = new UpstreamReply("www.example", DnsType.A)
            .A("www.example", 300, "192.0.2.1")
            .With(DnsSection.Answer, "www.example", DnsType.Mx, 300, [0, 10, .. DnsFixture.Name("evil.example")]);

        Assert.Equal("NoError; An www.example 300 A 192.0.2.1", Seen(reply));
    }

    // CVE class: CNAME chains without end.
    [Theory]
    [InlineData(AnswerReader.AliasesMost, AnswerFault.None)]
    [InlineData(AnswerReader.AliasesMost + 1, AnswerFault.ChainTooLong)]
    public void Aliases_are_followed_so_far_and_no_further(int aliases, AnswerFault expected)
    {
        var reply = new UpstreamReply("n0.example", DnsType.A);
        for (var i = 0; i < aliases; i++)
            reply.Cname($"n{i}.example", 60, $"n{i + 1}.example");

        reply.A($"n{aliases}.example", 60, "192.0.2.1");
        var answer = reply.Read(_dns.Now, out var fault);

        Assert.Equal(expected, fault);
        Assert.Equal(expected == AnswerFault.None, answer is not null);
    }

    // All records are looked through for each alias: of the more there are the fewer aliases are followed.
    [Theory]
    [InlineData(3754, AnswerFault.None)]
    [InlineData(3755, AnswerFault.ChainTooLong)]
    public void Behind_two_aliases_so_many_records_are_read_and_no_more(int records, AnswerFault expected)
    {
        var reply = new UpstreamReply("a.example", DnsType.A).Cname("a.example", 60, "b.example").Cname("b.example", 60, "c.example");
        for (var i = 2; i < records; i++)
            reply.A("c.example", 60, $"198.18.{i >> 8}.{i & 255}");

        reply.Read(_dns.Now, out var fault);

        Assert.Equal(expected, fault);
    }

    [Theory]
    [InlineData("a.example", "a.example")]
    [InlineData("a.example", "b.example")]
    public void A_circle_of_aliases_is_no_answer(string first, string second)
    {
        var reply = new UpstreamReply("a.example", DnsType.A)
            .Cname("a.example", 60, second).Cname("b.example", 60, first);

        Assert.Null(reply.Read(_dns.Now, out var fault));
        Assert.Equal(AnswerFault.ChainTooLong, fault);
    }

    [Fact]
    public void Of_two_aliases_of_one_name_the_first_holds()
    {
        var reply = new UpstreamReply("a.example", DnsType.A)
            .Cname("a.example", 60, "b.example").Cname("a.example", 60, "evil.example")
            .A("evil.example", 60, "192.0.2.66").A("b.example", 60, "192.0.2.1");

        Assert.Equal("NoError; An a.example 60 CNAME b.example; An b.example 60 A 192.0.2.1", Seen(reply));
    }

    [Theory]
    [InlineData(DnsRcode.NameError)]
    [InlineData(DnsRcode.NoError)]
    public void What_is_not_there_is_kept_as_long_as_its_SOA_says(DnsRcode rcode)
    {
        var reply = new UpstreamReply("no.example", DnsType.A) { Rcode = rcode }.Soa("example", ttl: 900, minimum: 120);

        Assert.Equal($"{rcode}; Au example 120 SOA", Seen(reply));
    }

    [Fact]
    public void An_SOA_of_a_zone_that_the_name_does_not_lie_in_is_left_out_and_nothing_kept()
    {
        var reply = new UpstreamReply("no.example", DnsType.A) { Rcode = DnsRcode.NameError }
            .Soa("evil.test", ttl: 900, minimum: 900);

        Assert.Equal(0u, reply.Read(_dns.Now)!.Head.TtlSeconds);
    }

    [Theory]
    [InlineData(0, 0, 86400, 0)]
    [InlineData(0, 30, 86400, 30)]
    [InlineData(29, 30, 86400, 30)]
    [InlineData(31, 30, 86400, 31)]
    [InlineData(86400, 0, 86400, 86400)]
    [InlineData(86401, 0, 86400, 86400)]
    [InlineData(0x7fffffff, 0, 86400, 86400)]
    [InlineData(0x80000000, 0, 86400, 0)] // RFC 2181 §8
    [InlineData(100, 90, 60, 60)]
    public void Times_are_held_between_bounds(uint sent, uint least, uint most, uint kept)
    {
        var reply = new UpstreamReply("www.example", DnsType.A).A("www.example", sent, "192.0.2.1");

        var answer = reply.Read(_dns.Now, new AnswerPolicy(false, TtlLeast: least, TtlMost: most));

        Assert.Equal(kept, answer!.Head.TtlSeconds);
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(60u, 60u)]
    [InlineData(3600u, 120u)]
    public void Negative_answers_have_a_bound_of_their_own(uint most, uint kept)
    {
        var reply = new UpstreamReply("no.example", DnsType.A) { Rcode = DnsRcode.NameError }.Soa("example", 900, 120);

        Assert.Equal(kept, reply.Read(_dns.Now, new AnswerPolicy(false, NegativeTtlMost: most))!.Head.TtlSeconds);
    }

    // CVE class: DNS rebinding.
    [Theory]
    [InlineData("9.255.255.255", false)]
    [InlineData("10.0.0.0", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("11.0.0.0", false)]
    [InlineData("0.0.0.0", true)]
    [InlineData("1.0.0.0", false)]
    [InlineData("100.63.255.255", false)]
    [InlineData("100.64.0.0", true)]
    [InlineData("100.127.255.255", true)]
    [InlineData("100.128.0.0", false)]
    [InlineData("126.255.255.255", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("128.0.0.0", false)]
    [InlineData("169.253.255.255", false)]
    [InlineData("169.254.169.254", true)]
    [InlineData("169.255.0.0", false)]
    [InlineData("172.15.255.255", false)]
    [InlineData("172.16.0.0", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("172.32.0.0", false)]
    [InlineData("192.167.255.255", false)]
    [InlineData("192.168.0.0", true)]
    [InlineData("192.169.0.0", false)]
    public void Private_addresses_from_outside_empty_the_answer_unless_allowed(string address, bool isPrivate)
    {
        var reply = new UpstreamReply("www.example", DnsType.A)
            .A("www.example", 300, "192.0.2.1").A("www.example", 300, address);

        var refused = reply.Read(_dns.Now, out var fault);
        Assert.Equal(isPrivate ? AnswerFault.PrivateAddress : AnswerFault.None, fault);
        Assert.Equal(isPrivate ? 0 : 2, refused!.Head.Answers);
        Assert.Equal(isPrivate ? ExtendedError.Blocked : ExtendedError.None, refused.Head.Note);

        var allowed = reply.Read(_dns.Now, out fault, new AnswerPolicy(AllowsPrivateAddresses: true));
        Assert.Equal((AnswerFault.None, 2), (fault, allowed!.Head.Answers));
    }

    [Theory]
    [InlineData("00000000000000000000000000000000", true)]
    [InlineData("00000000000000000000000000000001", true)]
    [InlineData("00000000000000000000ffff0a000001", true)]
    [InlineData("00000000000000000000ffffc0000201", false)]
    [InlineData("0064ff9b0000000000000000c0a80001", true)]
    [InlineData("0064ff9b0000000000000000c0000201", false)]
    [InlineData("fbffffffffffffffffffffffffffffff", false)]
    [InlineData("fc000000000000000000000000000000", true)]
    [InlineData("fdffffffffffffffffffffffffffffff", true)]
    [InlineData("fe7fffffffffffffffffffffffffffff", false)]
    [InlineData("fe800000000000000000000000000001", true)]
    [InlineData("febfffffffffffffffffffffffffffff", true)]
    [InlineData("fec00000000000000000000000000000", false)]
    [InlineData("20010db8000000000000000000000001", false)]
    public void So_do_private_addresses_of_IPv6(string address, bool isPrivate)
    {
        var reply = new UpstreamReply("www.example", DnsType.Aaaa)
            .With(DnsSection.Answer, "www.example", DnsType.Aaaa, 300, Convert.FromHexString(address));

        reply.Read(_dns.Now, out var fault);

        Assert.Equal(isPrivate ? AnswerFault.PrivateAddress : AnswerFault.None, fault);
    }

    // Priority, target, then key, length and value of each parameter.
    [Theory]
    [InlineData("0001 00 00040004 0a000001", true)] // ipv4hint
    [InlineData("0001 00 00040008 c00002010a000001", true)]
    [InlineData("0001 00 00040004 c0000201", false)]
    [InlineData("0001 01780161 00 0001000302 6832 00040004 c0a80001", true)] // x.a alpn=h2
    [InlineData("0001 00 00060010 fd000000000000000000000000000001", true)] // ipv6hint
    [InlineData("0001 00 00060010 20010db8000000000000000000000001", false)]
    [InlineData("0001 c00c 00040004 0a000001", true)] // a target that is compressed all the same
    [InlineData("0001 00 ff000004 0a000001", false)] // a key without a meaning to us
    [InlineData("0001 00 00040003 0a0000", false)]
    public void So_does_a_hint_at_one(string data, bool isPrivate)
    {
        var octets = Convert.FromHexString(data.Replace(" ", "", StringComparison.Ordinal));
        foreach (var type in new[] { DnsType.Https, DnsType.Svcb })
        {
            var reply = new UpstreamReply("www.example", type).With(DnsSection.Answer, "www.example", type, 300, octets);

            reply.Read(_dns.Now, out var fault);

            Assert.Equal(isPrivate ? AnswerFault.PrivateAddress : AnswerFault.None, fault);
        }
    }

    [Theory]
    [InlineData("192.168.1.1", true)]
    [InlineData("9.9.9.9", false)]
    [InlineData("fd00::1", true)]
    [InlineData("2620:fe::fe", false)]
    public void A_server_with_a_private_address_is_asked_about_the_inside(string server, bool isInside)
    {
        Assert.True(IpEndpoint.TryParse(server, 53, out var endpoint));
        Assert.Equal(isInside, PrivateAddresses.Contains(endpoint));
    }

    [Fact]
    public void Signatures_and_proofs_are_given_to_those_who_ask_for_them_alone()
    {
        byte[] signature = [0, 1, .. new byte[16], .. DnsFixture.Name("example"), 1, 2, 3];
        foreach (var dnssecOk in new[] { false, true })
        {
            var reply = new UpstreamReply("www.example", DnsType.A, dnssecOk)
                .A("www.example", 300, "192.0.2.1")
                .With(DnsSection.Answer, "www.example", (DnsType)46, 300, signature)
                .With(DnsSection.Authority, "example", (DnsType)47, 300, [.. DnsFixture.Name("a.example"), 0, 1, 64]);

            var answer = reply.Read(_dns.Now);

            Assert.Equal(dnssecOk ? (2, 1) : (1, 0), (answer!.Head.Answers, answer.Head.Authorities));
        }
    }

    [Fact]
    public void A_signature_goes_with_what_it_signs_once()
    {
        var reply = new UpstreamReply("www.example", DnsType.A, dnssecOk: true)
            .Cname("www.example", 300, "example").Signature("www.example", DnsType.Cname)
            .A("example", 300, "192.0.2.1").Signature("example", DnsType.A)
            .With(DnsSection.Authority, "example", DnsType.Ns, 300, DnsFixture.Name("ns.example"))
            .Signature("example", DnsType.Ns, DnsSection.Authority);

        Assert.Equal(
            ["www.example CNAME", "www.example TYPE46", "example A", "example TYPE46"],
            reply.Read(_dns.Now)!.Lines(_dns.Now).Select(OwnerAndType));
    }

    [Fact]
    public void What_an_alias_was_made_from_is_told_with_its_signature_to_those_who_check()
    {
        var reply = new UpstreamReply("www.old.example", DnsType.A, dnssecOk: true)
            .With(DnsSection.Answer, "old.example", (DnsType)39, 300, DnsFixture.Name("new.example"))
            .Signature("old.example", (DnsType)39)
            .Cname("www.old.example", 300, "www.new.example")
            .A("www.new.example", 300, "192.0.2.1");

        Assert.Equal(
            ["old.example DNAME", "old.example TYPE46", "www.old.example CNAME", "www.new.example A"],
            reply.Read(_dns.Now)!.Lines(_dns.Now).Select(OwnerAndType));
    }

    [Fact]
    public void What_is_not_there_is_proved_by_signed_records()
    {
        var reply = new UpstreamReply("no.example", DnsType.A, dnssecOk: true) { Rcode = DnsRcode.NameError }
            .Soa("example", 300, 60).Signature("example", DnsType.Soa, DnsSection.Authority)
            .With(DnsSection.Authority, "a.example", (DnsType)47, 60, [.. DnsFixture.Name("z.example"), 0, 1, 64])
            .Signature("a.example", (DnsType)47, DnsSection.Authority);

        Assert.Equal(
            ["example SOA", "example TYPE46", "a.example TYPE47", "a.example TYPE46"],
            reply.Read(_dns.Now)!.Lines(_dns.Now).Select(OwnerAndType));
    }

    [Theory]
    [InlineData(4090)] // of a message of 65,535 octets the most addresses
    [InlineData(1025)]
    public void As_many_addresses_as_a_message_holds_are_an_answer(int addresses)
    {
        var reply = new UpstreamReply("pods.example", DnsType.A);
        for (var i = 0; i < addresses; i++)
            reply.A("pods.example", 60, $"198.18.{i >> 8}.{i & 255}");

        Assert.Equal(addresses, reply.Read(_dns.Now)!.Head.Answers);
    }

    [Fact]
    public void The_longest_message_there_can_be_is_an_answer()
    {
        const int Beside = 12 + 13 + 4 + 12 + 11; // header, question, owner and fields, OPT
        var reply = new UpstreamReply("big.example", (DnsType)65280)
            .With(DnsSection.Answer, "big.example", (DnsType)65280, 60, new byte[65535 - Beside]);
        Assert.Equal(65535, reply.Octets().Length);

        var answer = reply.Read(_dns.Now);

        Assert.Equal(1, answer!.Head.Answers);
        _dns.Cache.Store(answer);
        var whole = _dns.Ask("big.example", (DnsType)65280, DnsFixture.FromGuest with { Transport = DnsTransport.Tcp });
        Assert.Equal((65535 - 11, false), (whole.Octets.Length, whole.Flags.Truncated));
    }

    [Fact]
    public void Data_whose_name_does_not_end_where_it_should_is_damage()
    {
        var reply = new UpstreamReply("www.example", DnsType.Cname)
            .With(DnsSection.Answer, "www.example", DnsType.Cname, 60, [.. DnsFixture.Name("b.example"), 0]);

        Assert.Null(reply.Read(_dns.Now, out var fault));
        Assert.Equal(AnswerFault.Damaged, fault);
    }

    [Fact]
    public void Numbers_of_an_SOA_that_are_cut_are_damage()
    {
        var reply = new UpstreamReply("no.example", DnsType.A) { Rcode = DnsRcode.NameError }
            .With(DnsSection.Authority, "example", DnsType.Soa, 60, UpstreamReply.SoaData(60)[..^1]);

        Assert.Null(reply.Read(_dns.Now, out var fault));
        Assert.Equal(AnswerFault.Damaged, fault);
    }

    // A line is owner, TTL, class, type and data.
    private static string OwnerAndType(string line) =>
        line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var owner, _, _, var type, ..]
            ? $"{owner.TrimEnd('.')} {type}" : line;

    private string Seen(UpstreamReply reply)
    {
        var answer = reply.Read(_dns.Now, out var fault);
        Assert.Equal(AnswerFault.None, fault);
        _dns.Cache.Store(answer!);
        var name = DnsNameText.Format(reply.Key().AsSpan()[..^3]);
        return _dns.Ask(name, (DnsType)reply.Key()[^2]).Summary;
    }
}
