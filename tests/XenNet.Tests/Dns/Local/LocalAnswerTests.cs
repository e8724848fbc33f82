using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Dns.Local;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Local;

public sealed class LocalAnswerTests
{
    private const string Soa = "Au testbed 5 SOA";

    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2);

    public LocalAnswerTests()
    {
        var builder = new LocalDataBuilder(new ZoneSettings());
        string[] records =
        [
            "web 300 A 192.0.2.7", "web AAAA 2001:db8::7", "web TXT hello", "alias CNAME web", "ce TXT \"of ce\"",
            "toce CNAME ce", "tonone CNAME none", "out CNAME www.example.org.", "round CNAME round2", "round2 CNAME round",
            "_x._tcp.ce SRV 0 0 1 web", "*.apps A 192.0.2.8", "deep.er.apps A 192.0.2.9", "*.al CNAME web",
            "@ MX 10 web", "static.example.net. A 192.0.2.10", "*.wild.example.net. A 192.0.2.11", "printer.lan. A 192.0.2.12",
            "a.b.lan. A 192.0.2.13", "5.1.168.192.in-addr.arpa. PTR printer.lan.", "9.9.0.10.in-addr.arpa. PTR web",
            "ce A 192.0.2.99", "3.1.0.10.in-addr.arpa. TXT t", "1.1.0.10.in-addr.arpa. PTR web",
            "c0 CNAME c1", "c1 CNAME c2", "c2 CNAME c3", "c3 CNAME c4", "c4 CNAME c5", "c5 CNAME c6", "c6 CNAME c7",
            "c7 CNAME c8", "c8 CNAME web",
        ];
        builder.Add([.. records.Select((text, i) => new ConfiguredRecord(text, new ConfigurationPlace("f.toml", i + 1, 1)))]);
        new HostsReader(builder, []).Read("hosts", "10.0.3.1 multi\n10.0.1.66 multi\n192.0.2.66 multi\n"u8);
        _dns.Responder.Local = builder.Build();
        _dns.Responder.Outside = new OutsideNames(["lan"], [], []);
        Assert.Empty(_dns.Responder.Local.Clashes);
    }

    [Theory]
    [InlineData("web.testbed", DnsType.A, "NoError aa; An web.testbed 300 A 192.0.2.7")]
    [InlineData("web.testbed", DnsType.Txt, "NoError aa; An web.testbed 60 TXT")]
    [InlineData("web.testbed", DnsType.Mx, "NoError aa; " + Soa)]
    [InlineData("web.testbed", DnsType.Any, "NoError aa; An web.testbed 300 A 192.0.2.7")]
    [InlineData("web", DnsType.A, "NoError aa; An web 300 A 192.0.2.7")]
    [InlineData("web", DnsType.Mx, "NoError aa")]
    [InlineData("web", DnsType.Ds, "Forward")]
    [InlineData("webb", DnsType.A, "NameError")]
    [InlineData("testbed", DnsType.Mx, "NoError aa; An testbed 60 MX")]
    [InlineData("testbed", DnsType.A, "NoError aa; " + Soa)]
    [InlineData("below.web.testbed", DnsType.A, "NameError aa; " + Soa)]
    public void A_name_of_ours_has_its_records_and_no_others(string name, DnsType type, string expected) =>
        Assert.Equal(expected, _dns.Ask(name, type).Summary);

    [Theory]
    [InlineData("ce.testbed", DnsType.A, "NoError aa; An ce.testbed 60 A 10.0.1.1")]
    [InlineData("ce.testbed", DnsType.Txt, "NoError aa; An ce.testbed 60 TXT")]
    [InlineData("ce", DnsType.Txt, "NoError aa; An ce 60 TXT")]
    [InlineData("ce.testbed", DnsType.Aaaa, "NoError aa; " + Soa)]
    [InlineData("_x._tcp.ce.testbed", DnsType.Srv, "NoError aa; An _x._tcp.ce.testbed 60 SRV")]
    [InlineData("_tcp.ce.testbed", DnsType.Srv, "NoError aa; " + Soa)]
    [InlineData("1.1.0.10.in-addr.arpa", DnsType.Ptr, "NoError aa; An 1.1.0.10.in-addr.arpa 60 PTR ce.testbed")]
    [InlineData("3.1.0.10.in-addr.arpa", DnsType.Txt, "NoError aa; An 3.1.0.10.in-addr.arpa 60 TXT")]
    public void A_machine_keeps_its_address_and_name_and_may_have_other_records(string name, DnsType type, string expected) =>
        Assert.Equal(expected, _dns.Ask(name, type).Summary);

    [Fact]
    public void Where_local_data_says_something_else_of_a_machine_both_are_named()
    {
        var builder = new LocalDataBuilder(new ZoneSettings());
        new HostsReader(builder, []).Read("same", "10.0.1.1 ce\n"u8);
        var agreeing = builder.Build();

        Assert.Equal(
        [
            "f.toml:24:1: PTR of 1.1.0.10.in-addr.arpa is left out: it contradicts the name of machine ce",
            "f.toml:22:1: A of ce.testbed is left out: it contradicts the machine's address 10.0.1.1",
        ], Clashes(_dns.Responder.Local, most: 10));
        Assert.Single(Clashes(_dns.Responder.Local, most: 1));
        Assert.Empty(Clashes(agreeing, most: 10));
    }

    [Theory]
    [InlineData("alias.testbed", DnsType.A, "NoError aa; An alias.testbed 60 CNAME web.testbed; An web.testbed 300 A 192.0.2.7")]
    [InlineData("alias", DnsType.A, "NoError aa; An alias 60 CNAME web.testbed; An web.testbed 300 A 192.0.2.7")]
    [InlineData("alias.testbed", DnsType.Cname, "NoError aa; An alias.testbed 60 CNAME web.testbed")]
    [InlineData("alias.testbed", DnsType.Any, "NoError aa; An alias.testbed 60 CNAME web.testbed")]
    [InlineData("alias.testbed", DnsType.Mx, "NoError aa; An alias.testbed 60 CNAME web.testbed; " + Soa)]
    [InlineData("toce.testbed", DnsType.A, "NoError aa; An toce.testbed 60 CNAME ce.testbed; An ce.testbed 60 A 10.0.1.1")]
    [InlineData("tonone.testbed", DnsType.A, "NameError aa; An tonone.testbed 60 CNAME none.testbed; " + Soa)]
    [InlineData("out.testbed", DnsType.Cname, "NoError aa; An out.testbed 60 CNAME www.example.org")]
    [InlineData("out.testbed", DnsType.A, "Forward")]
    public void An_alias_is_followed_among_our_own_names(string name, DnsType type, string expected) =>
        Assert.Equal(expected, _dns.Ask(name, type).Summary);

    [Fact]
    public void An_alias_to_an_outside_name_is_answered_whole_once_that_is_known()
    {
        var asked = DnsFixture.Query("out.testbed", DnsType.A);
        var forward = _dns.Ask(asked);
        Assert.Equal("www.example.org", DnsNameText.Format(UpstreamQuestion.Read(forward.Octets).Name));
        var reply = new byte[512];

        var length = _dns.Responder.Complete(
            asked, reply, DnsFixture.FromGuest,
            new Resolution(Upstream(forward.Octets), IsStale: false, ResolutionFailure.None), _dns.Now);

        const string Whole = "NoError aa; An out.testbed 60 CNAME www.example.org; An www.example.org 100 A 198.51.100.1";
        Assert.Equal(Whole, new DnsFixture.DnsReply(DnsOutcome.Answered(length), reply[..length]).Summary);
        _dns.Cache.Store(Upstream(forward.Octets)!);
        Assert.Equal(Whole, _dns.Ask(asked).Summary);
    }

    [Fact]
    public void Without_recursion_an_alias_to_an_outside_name_is_all_that_is_told() =>
        Assert.Equal("NoError aa; An out.testbed 60 CNAME www.example.org",
            _dns.Ask(DnsFixture.Query("out.testbed", DnsType.A, recursionDesired: false)).Summary);

    [Fact]
    public void Eight_aliases_are_followed_and_a_ninth_or_a_circle_is_not()
    {
        Assert.Contains("An web.testbed 300 A 192.0.2.7", _dns.Ask("c1.testbed", DnsType.A).Summary, StringComparison.Ordinal);
        Assert.StartsWith("ServerFailure", _dns.Ask("c0.testbed", DnsType.A).Summary, StringComparison.Ordinal);
        Assert.StartsWith("ServerFailure", _dns.Ask("round.testbed", DnsType.A).Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x.apps.testbed", "NoError aa; An x.apps.testbed 60 A 192.0.2.8")]
    [InlineData("y.x.apps.testbed", "NoError aa; An y.x.apps.testbed 60 A 192.0.2.8")]
    [InlineData("*.apps.testbed", "NoError aa; An *.apps.testbed 60 A 192.0.2.8")]
    [InlineData("apps.testbed", "NoError aa; " + Soa)]
    [InlineData("er.apps.testbed", "NoError aa; " + Soa)]
    [InlineData("x.er.apps.testbed", "NameError aa; " + Soa)]
    [InlineData("x.deep.er.apps.testbed", "NameError aa; " + Soa)]
    [InlineData("x.al.testbed", "NoError aa; An x.al.testbed 60 CNAME web.testbed; An web.testbed 300 A 192.0.2.7")]
    [InlineData("x.wild.example.net", "NoError aa; An x.wild.example.net 60 A 192.0.2.11")]
    [InlineData("wild.example.net", "Forward")]
    public void A_wildcard_stands_for_names_below_the_closest_ancestor_that_is_there(string name, string expected) =>
        Assert.Equal(expected, _dns.Ask(name, DnsType.A).Summary);

    [Fact]
    public void No_wildcard_stands_for_what_is_below_a_machine()
    {
        var builder = new LocalDataBuilder(new ZoneSettings());
        builder.Add([new ConfiguredRecord("* A 192.0.2.8", default(ConfigurationPlace) with { FileName = "f" })]);
        _dns.Responder.Local = builder.Build();

        Assert.Equal("NoError aa; An x.testbed 60 A 192.0.2.8", _dns.Ask("x.testbed", DnsType.A).Summary);
        Assert.Equal("NoError aa; An y.x.testbed 60 A 192.0.2.8", _dns.Ask("y.x.testbed", DnsType.A).Summary);
        Assert.Equal("NoError aa; An ce.testbed 60 A 10.0.1.1", _dns.Ask("ce.testbed", DnsType.A).Summary);
        Assert.Equal("NameError aa; " + Soa, _dns.Ask("x.ce.testbed", DnsType.A).Summary);
        Assert.Equal("NameError aa; " + Soa, _dns.Ask("x.eth1.ce.testbed", DnsType.A).Summary);
        Assert.Equal("NameError", _dns.Ask("x", DnsType.A).Summary);
    }

    [Theory]
    [InlineData("lone", DnsType.A, "NoError aa; An lone 60 A 192.0.2.14")]
    [InlineData("lone", DnsType.Aaaa, "NoError aa")]
    [InlineData("lone", DnsType.Any, "NoError aa; An lone 60 A 192.0.2.14")]
    [InlineData("lone", DnsType.Ds, "Forward")]
    [InlineData("x.lone", DnsType.A, "NoError aa; An x.lone 60 A 192.0.2.15")]
    [InlineData("lonealias", DnsType.A, "NoError aa; An lonealias 60 CNAME lone; An lone 60 A 192.0.2.14")]
    [InlineData("lone.testbed", DnsType.A, "NameError aa; " + Soa)]
    [InlineData("web", DnsType.A, "NoError aa; An web 60 A 192.0.2.7")] // the zone's, as all bare names
    [InlineData("ce", DnsType.A, "NoError aa; An ce 60 A 10.0.1.1")]
    [InlineData("ce", DnsType.Txt, "NoError aa; An ce 60 TXT")]
    public void A_bare_name_that_ends_in_a_dot_is_ours_where_neither_a_machine_nor_the_zone_has_it(
        string name, DnsType type, string expected)
    {
        var builder = new LocalDataBuilder(new ZoneSettings());
        string[] records =
        [
            "lone. A 192.0.2.14", "*.lone. A 192.0.2.15", "lonealias. CNAME lone.", "web A 192.0.2.7", "web. A 192.0.2.16",
            "ce. A 192.0.2.17", "ce. TXT of",
        ];
        builder.Add([.. records.Select((text, i) => new ConfiguredRecord(text, new ConfigurationPlace("f.toml", i + 1, 1)))]);
        _dns.Responder.Local = builder.Build();

        Assert.Equal(expected, _dns.Ask(name, type).Summary);
        Assert.Equal(
            ["f.toml:6:1: A of ce is left out: it contradicts the machine's address 10.0.1.1"],
            Clashes(_dns.Responder.Local, most: 10));
    }

    [Theory]
    [InlineData("static.example.net", DnsType.A, "NoError aa; An static.example.net 60 A 192.0.2.10")]
    [InlineData("static.example.net", DnsType.Aaaa, "NoError aa")]
    [InlineData("below.static.example.net", DnsType.A, "Forward")]
    [InlineData("example.net", DnsType.A, "Forward")]
    public void A_name_outside_our_zones_is_ours_at_that_name_alone(string name, DnsType type, string expected) =>
        Assert.Equal(expected, _dns.Ask(name, type).Summary);

    [Theory]
    [InlineData("printer.lan", DnsType.A, "NoError aa; An printer.lan 60 A 192.0.2.12")]
    [InlineData("printer.lan", DnsType.Aaaa, "NoError aa; Au lan 10800 SOA")]
    [InlineData("b.lan", DnsType.A, "NoError aa; Au lan 10800 SOA")]
    [InlineData("c.lan", DnsType.A, "NameError aa; Au lan 10800 SOA")]
    [InlineData("5.1.168.192.in-addr.arpa", DnsType.Ptr, "NoError aa; An 5.1.168.192.in-addr.arpa 60 PTR printer.lan")]
    [InlineData("1.168.192.in-addr.arpa", DnsType.Ptr, "NoError aa; Au 168.192.in-addr.arpa 10800 SOA")]
    [InlineData("2.168.192.in-addr.arpa", DnsType.Ptr, "NameError aa; Au 168.192.in-addr.arpa 10800 SOA")]
    [InlineData("9.9.0.10.in-addr.arpa", DnsType.Ptr, "NoError aa; An 9.9.0.10.in-addr.arpa 60 PTR web.testbed")]
    [InlineData("9.0.10.in-addr.arpa", DnsType.Ptr, "NoError aa; Au 10.in-addr.arpa 5 SOA")]
    [InlineData("8.9.0.10.in-addr.arpa", DnsType.Ptr, "NameError aa; Au 10.in-addr.arpa 5 SOA")]
    public void In_a_domain_that_never_leaves_what_is_not_here_does_not_exist(string name, DnsType type, string expected) =>
        Assert.Equal(expected, _dns.Ask(name, type).Summary);

    [Theory]
    [InlineData(0x0a000181, "10.0.1.66 10.0.3.1 192.0.2.66")]
    [InlineData(0x0a000381, "10.0.3.1 10.0.1.66 192.0.2.66")]
    [InlineData(0xc0000201, "192.0.2.66 10.0.3.1 10.0.1.66")]
    public void The_address_nearest_to_where_the_client_asks_comes_first(uint here, string order)
    {
        var reply = _dns.Ask("multi.testbed", DnsType.A, DnsFixture.FromGuest with { Local = new Ipv4Address(here) });

        var walk = new DnsWalk(reply.Octets);
        var addresses = new List<string>();
        while (walk.TryNextRecord(out var record)) addresses.Add(Ipv4Address.Read(record.Data).ToString());
        Assert.Equal(order, string.Join(' ', addresses));
    }

    [Fact]
    public void A_set_that_does_not_fit_says_so_and_has_as_many_records_as_fit()
    {
        var builder = new LocalDataBuilder(new ZoneSettings());
        var octets = string.Concat(Enumerable.Range(0, 100).Select(n => $"192.0.2.{n} many\n"));
        new HostsReader(builder, []).Read("hosts", System.Text.Encoding.ASCII.GetBytes(octets));
        _dns.Responder.Local = builder.Build();

        var overUdp = _dns.Ask("many.testbed", DnsType.A);
        var overTcp = _dns.Ask("many.testbed", DnsType.A, DnsFixture.FromGuest with { Transport = DnsTransport.Tcp });

        Assert.True(overUdp.Flags.Truncated);
        Assert.Equal(30, overUdp.Header.Answers); // (512 - 12 - 18) / 16
        Assert.False(overTcp.Flags.Truncated);
        Assert.Equal(100, overTcp.Header.Answers);
    }

    private IEnumerable<string> Clashes(LocalData data, int most) =>
        MachineClashes.Find(data, _dns.View, new ZoneSettings(), most).Select(clash => clash.ToString());

    private CachedAnswer? Upstream(byte[] key)
    {
        var question = UpstreamQuestion.Read(key);
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer, 1, new() { IsReply = true, RecursionAvailable = true });
        Assert.True(writer.WriteQuestion(question.Name, question.Type, DnsClass.Internet));
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.A, 100);
        writer.WriteUInt32(0xc6336401);
        writer.EndRecord();
        var policy = new AnswerPolicy(AllowsPrivateAddresses: false);
        return AnswerReader.Read(buffer.AsSpan(0, writer.Finish()), question, policy, _dns.Now, out _);
    }
}
