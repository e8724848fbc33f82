using XenNet.Core.Dns;
using XenNet.Tests.Packets;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>What the header, EDNS and the transport ask of a reply, whatever the name.</summary>
public sealed class DnsProtocolTests
{
    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1);

    [Theory]
    [InlineData(0x0100, 0x8580)] // RD is copied, RA and AA are ours.
    [InlineData(0x0000, 0x8480)]
    [InlineData(0x0110, 0x8590)] // CD is copied.
    [InlineData(0x0160, 0x8580)] // AD and Z are cleared.
    [InlineData(0x077f, 0x8590)] // AA, TC, RA and RCODE in a query mean nothing.
    public void The_reply_takes_over_RD_and_CD_and_nothing_else(int asked, int replied)
    {
        var query = DnsFixture.Query("ce.testbed", DnsType.A);
        (query[2], query[3]) = ((byte)(asked >> 8), (byte)asked);

        var reply = _dns.Ask(query);

        Assert.Equal(replied, reply.Flags.Value);
        Assert.Equal(0x1234, reply.Header.Id);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(15)]
    public void Other_opcodes_are_not_implemented(int opcode)
    {
        var query = DnsFixture.Query("ce.testbed", DnsType.Soa);
        query[2] |= (byte)(opcode << 3);

        var reply = _dns.Ask(query);

        Assert.Equal((DnsRcode.NotImplemented, (DnsOpcode)opcode), (reply.Flags.Rcode, reply.Flags.Opcode));
        Assert.Equal((DnsRefusal.OpcodeNotServed, DnsHeader.Size), (reply.Outcome.Refusal, reply.Octets.Length));
    }

    [Theory]
    [InlineData(DnsType.Axfr, "Refused", DnsRefusal.TransferRefused)]
    [InlineData(DnsType.Opt, "FormatError", DnsRefusal.TypeNotAskable)]
    [InlineData(DnsType.Tsig, "FormatError", DnsRefusal.TypeNotAskable)]
    [InlineData(DnsType.Tkey, "NotImplemented", DnsRefusal.TypeNotServed)]
    [InlineData(DnsType.Maila, "NotImplemented", DnsRefusal.TypeNotServed)]
    [InlineData(DnsType.Mailb, "NotImplemented", DnsRefusal.TypeNotServed)]
    public void Types_that_are_operations_are_refused_for_any_name(DnsType type, string summary, DnsRefusal refusal)
    {
        foreach (var name in new[] { "testbed", "example.org", "." })
        {
            var reply = _dns.Ask(name, type);

            Assert.Equal((summary, refusal, 1), (reply.Summary, reply.Outcome.Refusal, reply.Header.Questions));
        }
    }

    [Theory]
    [InlineData(DnsClass.Chaos)]
    [InlineData(DnsClass.Hesiod)]
    [InlineData(DnsClass.None)]
    [InlineData(DnsClass.Any)]
    [InlineData((DnsClass)0)]
    public void Other_classes_are_refused(DnsClass @class)
    {
        var reply = _dns.Ask(DnsFixture.Query("ce.testbed", DnsType.A, @class: @class), DnsFixture.FromDom0);

        Assert.Equal(("Refused", DnsRefusal.ClassNotServed), (reply.Summary, reply.Outcome.Refusal));
    }

    [Theory]
    [InlineData("version.bind")]
    [InlineData("VERSION.server")]
    public void The_version_is_told_to_Dom0_only_and_holds_no_number(string name)
    {
        var query = DnsFixture.Query(name, DnsType.Txt, @class: DnsClass.Chaos);

        var told = _dns.Ask(query, DnsFixture.FromDom0);
        Assert.Equal($"NoError aa; An {name} 0 TXT", told.Summary);
        Assert.True(told.Octets.AsSpan().EndsWith("\u000cXenNetServer"u8));
        Assert.Equal("Refused", _dns.Ask(query).Summary);
    }

    [Fact]
    public void Without_EDNS_in_the_query_there_is_none_in_the_reply()
    {
        Assert.Equal(0, _dns.Ask("ce.testbed", DnsType.A).Header.Additionals);
        Assert.Equal(0, _dns.Ask("no.testbed", DnsType.A).Header.Additionals);
    }

    [Theory]
    [InlineData("ce.testbed", DnsType.A, false, 0)]
    [InlineData("no.testbed", DnsType.A, true, 0)]
    [InlineData("wpad", DnsType.A, true, 0)]
    [InlineData("testbed", DnsType.Axfr, true, 6)] // an Extended DNS Error
    public void EDNS_is_answered_with_our_size_and_DO_as_asked(
        string name, DnsType type, bool dnssecOk, int optionOctets)
    {
        var reply = _dns.Ask(DnsFixture.Query(name, type, edns: 4096, dnssecOk: dnssecOk));

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply.Octets, out var read));
        Assert.Equal((1232, dnssecOk), (read.Edns.AnnouncedOctets, read.Edns.DnssecOk));
        Assert.Equal((0, optionOctets), (read.Edns.Version, read.Edns.Options.Length));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(255, 1)]
    public void An_EDNS_version_above_0_gets_BADVERS_and_no_answer(byte version, byte extendedRcode)
    {
        var query = DnsFixture.Query("ce.testbed", DnsType.A, edns: 1232);
        query[^5] = version;

        var reply = _dns.Ask(query);

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply.Octets, out var read));
        Assert.Equal((extendedRcode, 0), (read.Edns.ExtendedRcode, (int)read.Edns.Version));
        Assert.Equal(version == 0 ? 1 : 0, reply.Header.Answers);
        Assert.Equal(version == 0 ? DnsRefusal.None : DnsRefusal.EdnsVersionUnknown, reply.Outcome.Refusal);
    }

    [Theory]
    [InlineData("0003 0000", 1)]
    [InlineData("000a 0008 0102030405060708", 1)]
    [InlineData("fde9 0000 fde9 0001 00 0008 0000", 3)]
    public void Options_are_kept_as_they_are_and_not_answered(string options, int count)
    {
        var data = PacketFile.Parse(options).Octets;
        byte[] query = [.. DnsFixture.Query("ce.testbed", DnsType.A, edns: 1232)[..^1], (byte)data.Length, .. data];

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(query, out var read));
        var rest = read.Edns.Options;
        var seen = 0;
        while (DnsEdns.TryTakeOption(ref rest, out _, out _))
            seen++;

        Assert.Equal(count, seen);
        Assert.Equal("NoError aa; An ce.testbed 60 A 10.0.1.1", _dns.Ask(query).Summary);
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(1, 512)]
    [InlineData(511, 512)]
    [InlineData(512, 512)]
    [InlineData(513, 513)]
    [InlineData(1232, 1232)]
    [InlineData(1233, 1232)]
    [InlineData(65535, 1232)]
    public void UDP_keeps_to_the_clients_size_within_512_and_1232(int announced, int kept)
    {
        var query = DnsFixture.Query("ce.testbed", DnsType.A, edns: 1);
        (query[^8], query[^7]) = ((byte)(announced >> 8), (byte)announced);

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(query, out var read));
        Assert.Equal(kept, read.Edns.PayloadOctets);
    }

    [Fact]
    public void A_reply_that_does_not_fit_says_so_and_stays_whole()
    {
        var query = DnsFixture.Query("ce.testbed", DnsType.A, edns: 512);
        var reply = new byte[query.Length + 15];

        var outcome = _dns.Responder.Respond(query, reply, DnsFixture.FromGuest, _dns.Now);

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply.AsSpan(0, outcome.Length), out var read));
        Assert.Equal((true, 0, true), (read.Header.Flags.Truncated, read.Header.Answers, read.Edns.IsPresent));
    }

    [Fact]
    public void Records_other_than_OPT_in_a_query_are_passed_over()
    {
        var query = PacketFile.Parse(
            """
            1234 0100 0001 0001 0001 0002
            026365 0774657374626564 00 0001 0001
            c00c 0001 0001 00000000 0004 01020304   # an answer
            c00f 0002 0001 00000000 0002 c00c       # an authority
            00   0029 0400 00008000 0000            # OPT
            c00c 00ff 00ff 00000000 0003 010203     # something after it
            """).Octets;

        Assert.Equal("NoError aa; An ce.testbed 60 A 10.0.1.1", _dns.Ask(query).Summary);
    }

    [Fact]
    public void The_question_comes_back_octet_for_octet()
    {
        var query = DnsFixture.Query("cE.tEsTbEd", DnsType.A);

        var reply = _dns.Ask(query).Octets;

        Assert.Equal(query[12..], reply[12..query.Length]);
        Assert.Equal([0xc0, 0x0c], reply[query.Length..(query.Length + 2)]);
    }

    [Fact]
    public void The_longest_name_is_answered_in_full()
    {
        var full = new string('a', 63);
        var name = $"{full}.{full}.{full}.{new string('d', 53)}.testbed";

        var reply = _dns.Ask(DnsFixture.Query(name, DnsType.A, edns: 512));

        Assert.Equal(255, DnsFixture.Name(name).Length);
        Assert.Equal("NameError aa; Au testbed 5 SOA", reply.Summary);
    }

    [Fact]
    public void Over_TCP_the_same_is_answered()
    {
        var arrival = DnsFixture.FromGuest with { Transport = DnsTransport.Tcp };

        Assert.Equal("NoError aa; An ce.testbed 60 A 10.0.1.1", _dns.Ask("ce.testbed", DnsType.A, arrival).Summary);
    }
}
