namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// RFC 8906 §8 ("a common operational problem in DNS servers: failure to communicate") and the DNS flag days, test by
/// test: dig with the RFC's own options, and what it must print.
/// </summary>
public sealed class DnsFlagDayTests(DnsClientScene scene) : IClassFixture<DnsClientScene>
{
    private const string Edns = "EDNS: version: 0, flags:; udp: 1232";
    private const string EdnsDo = "EDNS: version: 0, flags: do; udp: 1232";

    [Theory]
    [InlineData("8.1.1", "+noedns +noad +norec soa testbed", "NOERROR", "qr aa ra", 1)]
    [InlineData("8.1.2", "+noedns +noad +norec type1000 testbed", "NOERROR", "qr aa ra", 0)]
    [InlineData("8.1.3.1", "+noedns +noad +norec +cd soa testbed", "NOERROR", "qr aa ra cd", 1)]
    [InlineData("8.1.3.2", "+noedns +norec +ad soa testbed", "NOERROR", "qr aa ra", 1)]
    [InlineData("8.1.3.3", "+noedns +noad +norec +zflag soa testbed", "NOERROR", "qr aa ra", 1)]
    [InlineData("8.1.3.4", "+noedns +noad +rec soa testbed", "NOERROR", "qr aa rd ra", 1)]
    [InlineData("8.1.4", "+noedns +noad +opcode=15 +norec +header-only", "NOTIMP", "qr ra", 0)]
    [InlineData("8.1.5", "+noedns +noad +norec +tcp soa testbed", "NOERROR", "qr aa ra", 1)]
    [InlineData("notify", "+noedns +noad +norec +opcode=notify soa testbed", "NOTIMP", "qr ra", 0)]
    [InlineData("update", "+noedns +noad +norec +opcode=update soa testbed", "NOTIMP", "qr ra", 0)]
    [InlineData("status", "+noedns +noad +norec +opcode=status soa testbed", "NOTIMP", "qr ra", 0)]
    [InlineData("no question", "+noedns +noad +norec +header-only", "FORMERR", "qr ra", 0)]
    [InlineData("RFC 2845 type", "+noedns +noad +norec tkey testbed", "NOTIMP", "qr ra", 0)]
    [InlineData("class HS", "+noedns +noad +norec -c HS soa testbed", "REFUSED", "qr ra", 0)]
    [InlineData("class 42", "+noedns +noad +norec -c CLASS42 soa testbed", "REFUSED", "qr ra", 0)]
    [InlineData("any", "+noedns +noad +norec any ce.testbed", "NOERROR", "qr aa ra", 1)]
    [InlineData("cut", "+noedns +noad +ignore txt long.example.org", "NOERROR", "qr tc rd ra", 6)]
    public void Without_EDNS(string test, string options, string rcode, string flags, int answers)
    {
        var reply = Ask(options);

        Assert.True((rcode, flags, answers) == (reply.Rcode, reply.Flags, reply.Answers.Length), $"{test}: {reply.Text}");
        Assert.Empty(reply.Opt);
    }

    [Theory]
    [InlineData("8.2.1", "+edns=0 soa testbed", "NOERROR", "qr aa ra", 1, Edns)]
    [InlineData("8.2.2", "+edns=1 +noednsneg soa testbed", "BADVERS", "qr ra", 0, Edns)]
    [InlineData("8.2.3", "+edns=0 +ednsopt=100 soa testbed", "NOERROR", "qr aa ra", 1, Edns)]
    [InlineData("8.2.4", "+edns=0 +ednsflags=0x40 soa testbed", "NOERROR", "qr aa ra", 1, Edns)]
    [InlineData("8.2.5", "+edns=1 +noednsneg +ednsflags=0x40 soa testbed", "BADVERS", "qr ra", 0, Edns)]
    [InlineData("8.2.6", "+edns=1 +noednsneg +ednsopt=100 soa testbed", "BADVERS", "qr ra", 0, Edns)]
    [InlineData("8.2.7", "+edns=0 +rec +ignore +bufsize=512 txt long.example.org", "NOERROR", "qr tc rd ra", 6, Edns)]
    [InlineData("8.2.8", "+edns=0 +dnssec soa testbed", "NOERROR", "qr aa ra", 1, EdnsDo)]
    [InlineData("8.2.9", "+edns=1 +noednsneg +dnssec soa testbed", "BADVERS", "qr ra", 0, EdnsDo)]
    [InlineData("8.2.10", "+edns=0 +nsid +expire +subnet=0.0.0.0/0 soa testbed", "NOERROR", "qr aa ra", 1, Edns)]
    [InlineData("negotiated", "+edns=100 soa testbed", "NOERROR", "qr aa ra", 1, Edns)]
    [InlineData("client subnet", "+subnet=192.0.2.0/24 +rec www.example.org", "NOERROR", "qr rd ra", 1, Edns)]
    [InlineData("padding", "+edns=0 +padding=128 soa testbed", "NOERROR", "qr aa ra", 1, Edns)]
    [InlineData("keepalive over UDP", "+edns=0 +keepalive soa testbed", "NOERROR", "qr aa ra", 1, Edns)]
    [InlineData("keepalive over TCP", "+edns=0 +tcp +keepalive soa testbed", "NOERROR", "qr aa ra", 1, Edns,
        "TCP KEEPALIVE: 10.0 secs")]
    [InlineData("cookie too short", "+cookie=00112233 soa testbed", "FORMERR", "qr ra", 0, Edns)]
    [InlineData("not recursive", "+edns=0 www.example.org", "REFUSED", "qr ra", 0, Edns, "EDE: 20 (Not Authoritative)")]
    [InlineData("CHAOS to a guest", "+edns=0 -c CH txt version.bind", "REFUSED", "qr ra", 0, Edns, "EDE: 18 (Prohibited)")]
    [InlineData("unsupported type", "+edns=0 maila testbed", "NOTIMP", "qr ra", 0, Edns, "EDE: 21 (Not Supported)")]
    public void With_EDNS(string test, string options, string rcode, string flags, int answers, params string[] opt)
    {
        var reply = Ask("+nocookie +noad +norec " + options);

        Assert.True((rcode, flags, answers) == (reply.Rcode, reply.Flags, reply.Answers.Length), $"{test}: {reply.Text}");
        Assert.Equal(opt, reply.Opt);
    }

    [Theory]
    [InlineData("soa testbed")]
    [InlineData("+nsid +expire +subnet=0.0.0.0/0 soa testbed")] // RFC 8906 §8.2.10.
    [InlineData("+tcp soa testbed")]
    [InlineData("+header-only")] // RFC 7873 §5.4: a cookie alone.
    public void A_cookie_is_answered_with_ours(string options)
    {
        var reply = Ask("+edns=0 +cookie=0011223344556677 +noad +norec " + options);

        Assert.Equal("NOERROR", reply.Rcode);
        Assert.Equal(2, reply.Opt.Length);
        Assert.Equal(Edns, reply.Opt[0]);
        Assert.Matches("^COOKIE: 001122334455667701000000[0-9a-f]{24} \\(good\\)$", reply.Opt[1]);
    }

    [Fact]
    public void The_server_says_what_it_is_to_Dom0_alone()
    {
        var reply = PrintedReply.Of(scene.Host.Dom0, "dig", "@127.0.0.1", "+nocookie", "CH", "TXT", "version.bind");

        Assert.Equal(("NOERROR", "\"XenNetServer\""), (reply.Rcode, Assert.Single(reply.Answers)));
    }

    [Theory]
    [InlineData("AXFR")]
    [InlineData("IXFR=1")]
    public void The_zone_is_not_transferred_to_a_guest(string type) =>
        Assert.Contains("; Transfer failed.", Ask(type + " testbed").Text, StringComparison.Ordinal);

    private PrintedReply Ask(string arguments) =>
        PrintedReply.Of(scene.Ce.Guest, "dig", [scene.Server, "+time=2", "+tries=2", .. arguments.Split(' ')]);
}
