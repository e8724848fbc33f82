using System.Globalization;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Dns.Local;

/// <summary>dig, which shares no code with us, reads every kind of record over UDP and TCP.</summary>
public sealed class LocalDataDigTests : IAsyncLifetime
{
    private static readonly string[] Records =
    [
        "web 300 A 192.0.2.7", "web AAAA 2001:db8::7", "alias CNAME web", "out CNAME www.example.org.", "@ MX 10 web",
        "t TXT \"a b\" \"c;d\"", "_etcd._tcp SRV 1 2 2380 ce", "@ CAA 0 issue \"ca.example\"", "*.apps A 192.0.2.8",
        "x TYPE65280 \\# 4 0a000001", "s HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.7", "k SSHFP 4 1 0123456789abcdef0123456789abcdef01234567",
        "n NAPTR 1 2 \"u\" \"E2U+sip\" \"!^.*$!sip:x@y!\" .", "_443._tcp.web TLSA 3 1 1 ff00", "*.wild.example.net. A 192.0.2.9",
    ];

    private ScriptedUpstream? _upstream;
    private DnsOnLoopback? _dns;

    public async Task InitializeAsync()
    {
        _upstream = Upstream();
        _dns = await DnsOnLoopback.StartAsync([_upstream.Endpoint]);
        var builder = new LocalDataBuilder(new ZoneSettings());
        builder.Add([.. Records.Select((text, i) => new ConfiguredRecord(text, new ConfigurationPlace("f.toml", i + 1, 1)))]);
        var warnings = new List<string>();
        new HostsReader(builder, warnings).Read("hosts", "192.0.2.20 printer printer.example.com\n2001:db8::20 printer\n"u8);
        Assert.Empty(warnings);
        _dns.Responder.Local = builder.Build();
    }

    public async Task DisposeAsync()
    {
        await _dns!.DisposeAsync();
        await _upstream!.DisposeAsync();
    }

    [Theory]
    [InlineData("web.testbed A", "192.0.2.7")]
    [InlineData("web A", "192.0.2.7")]
    [InlineData("web.testbed AAAA", "2001:db8::7")]
    [InlineData("alias.testbed A", "web.testbed.|192.0.2.7")]
    [InlineData("out.testbed A", "www.example.org.|192.0.2.7")]
    [InlineData("testbed MX", "10 web.testbed.")]
    [InlineData("t.testbed TXT", "\"a b\" \"c;d\"")]
    [InlineData("_etcd._tcp.testbed SRV", "1 2 2380 ce.testbed.")]
    [InlineData("testbed CAA", "0 issue \"ca.example\"")]
    [InlineData("a.b.apps.testbed A", "192.0.2.8")]
    [InlineData("x.testbed TYPE65280", "\\# 4 0A000001")]
    [InlineData("s.testbed HTTPS", "1 . alpn=\"h2,h3\" port=8443 ipv4hint=192.0.2.7")]
    [InlineData("k.testbed SSHFP", "4 1 0123456789ABCDEF0123456789ABCDEF01234567")]
    [InlineData("n.testbed NAPTR", "1 2 \"u\" \"E2U+sip\" \"!^.*$!sip:x@y!\" .")]
    [InlineData("_443._tcp.web.testbed TLSA", "3 1 1 FF00")]
    [InlineData("any.wild.example.net A", "192.0.2.9")]
    [InlineData("printer.example.com A", "192.0.2.20")]
    [InlineData("printer.testbed AAAA", "2001:db8::20")]
    [InlineData("20.2.0.192.in-addr.arpa PTR", "printer.testbed.")]
    [InlineData("0.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR", "printer.testbed.")]
    public void Dig_reads_each_record_over_udp_and_tcp(string question, string expected)
    {
        Assert.Equal(expected, Dig(["+short", "+notcp"], question));
        Assert.Equal(expected, Dig(["+short", "+tcp"], question));
    }

    [Theory]
    [InlineData("below.web.testbed A", "NXDOMAIN")]
    [InlineData("apps.testbed A", "NOERROR")]
    [InlineData("web.testbed MX", "NOERROR")]
    [InlineData("printer.example.com MX", "NOERROR")]
    public void Dig_reads_denials(string question, string status) =>
        Assert.Contains($"status: {status}", Dig([], question), StringComparison.Ordinal);

    private static ScriptedUpstream Upstream() => new(
        "127.0.0.62", query => [ScriptedUpstream.Reply(query)], query => ScriptedUpstream.Reply(query));

    private string Dig(string[] options, string question) => Command.Run("dig",
        [
            "@127.0.0.1", "-p", _dns!.Port.ToString(CultureInfo.InvariantCulture), "+time=5", "+tries=1", .. options,
            .. question.Split(' '),
        ]).Trim().Replace('\n', '|');
}
