using System.Text.RegularExpressions;

namespace XenNet.HostTests.EndToEnd;

/// <summary>dig and getent against the daemon, and a real name server in the outside.</summary>
public sealed partial class DnsEndToEndTests : IDisposable
{
    private readonly XenHost _host = new($"[dns]\nupstreams = [\"{XenHost.Gateway}\"]");

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_guest_finds_its_neighbours_by_udp_and_by_tcp()
    {
        var ce = _host.StartVif(5, 0, "ce");
        _host.StartVif(6, 0, "web");
        string[] at = ["@" + ce.Dom0End];

        foreach (var transport in (string[])["+notcp", "+tcp"])
        {
            Assert.Equal("10.0.2.1", XenHost.Dig(ce.Guest, [.. at, transport, "web.testbed"]));
            Assert.Equal("10.0.2.1", XenHost.Dig(ce.Guest, [.. at, transport, "web"]));
            Assert.Equal("web.testbed.", XenHost.Dig(ce.Guest, [.. at, transport, "-x", "10.0.2.1"]));
            Assert.Equal(ce.Dom0End, XenHost.Dig(ce.Guest, [.. at, transport, "ns.testbed"]));
            Assert.Equal(ce.Dom0End, XenHost.Dig(ce.Guest, [.. at, transport, "dom0.testbed"]));
            Assert.Equal("NXDOMAIN", XenHost.DigStatus(ce.Guest, [.. at, transport, "nobody.testbed"]));
            Assert.Equal("NOERROR", XenHost.DigStatus(ce.Guest, [.. at, transport, "AAAA", "web.testbed"]));
            Assert.Equal("", XenHost.Dig(ce.Guest, [.. at, transport, "AAAA", "web.testbed"]));
        }

        // From every Dom0 end that a guest may ask.
        Assert.Equal("10.0.2.129", XenHost.Dig(ce.Guest, "@10.0.2.129", "ns.testbed"));
    }

    [Fact]
    public void A_change_is_answered_by_the_very_next_query_and_counted_in_the_serial()
    {
        var serial = Serial();
        for (var number = 1; number <= 20; number++)
        {
            _host.Xen("machine", "add", $"m{number}");
            Assert.Equal($"10.0.{number}.1", _host.Dig($"m{number}.testbed"));
            _host.Xen("machine", "forget", $"m{number}");
            Assert.Equal("", _host.Dig($"m{number}.testbed"));
        }

        Assert.Equal(serial + 40, Serial());
    }

    [Fact]
    public void The_serial_goes_on_after_a_restart()
    {
        _host.Xen("machine", "add", "ce");
        var serial = Serial();

        _host.Kill();
        _host.Start();

        Assert.Equal(serial, Serial());
    }

    [Fact]
    public void Other_names_are_asked_of_the_name_server_outside()
    {
        using var outside = new OutsideNameServer(_host);
        var ce = _host.StartVif(5, 0, "ce");

        Assert.Equal("198.51.100.80", XenHost.Dig(ce.Guest, "@10.0.1.129", "www.example.org"));
        Assert.Equal("198.51.100.80", XenHost.Dig(ce.Guest, "@10.0.1.129", "+tcp", "www.example.org"));
        Assert.Equal("NXDOMAIN", XenHost.DigStatus(ce.Guest, "@10.0.1.129", "nobody.example.org"));
        Assert.Equal("198.51.100.80", _host.Dig("www.example.org"));

        // Longer than UDP takes: TC, and whole over TCP.
        Assert.Equal(40, XenHost.Dig(ce.Guest, "@10.0.1.129", "TXT", "long.example.org").Split('\n').Length);
        Assert.Contains("(up, ", _host.Xen("status"));
    }

    [Fact]
    public void Without_an_answer_from_outside_it_is_servfail_and_status_says_so()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Assert.Equal("SERVFAIL", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "+time=8", "+tries=1",
            "www.example.org"));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(7));
        _host.Xen("machine", "add", "ce");
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
    }

    [Fact]
    public void Dom0_itself_finds_guests_by_name()
    {
        using var outside = new OutsideNameServer(_host);
        _host.StartVif(5, 0, "ce");

        Assert.Equal("10.0.1.1 ce.testbed", Getent("ce"));
        Assert.Equal("10.0.1.1 ce.testbed", Getent("ce.testbed"));
        Assert.Equal("10.0.1.1 ce.testbed", Getent("10.0.1.1"));
        Assert.Equal("198.51.100.80 www.example.org", Getent("www.example.org"));
        Assert.Equal(2, _host.Dom0.TryExec("getent", "hosts", "nobody").Code);
    }

    private string Getent(string what) => Blanks().Replace(_host.Dom0.Exec("getent", "hosts", what).Trim(), " ");

    private uint Serial() => uint.Parse(_host.Dig("SOA", "testbed").Split(' ')[2],
        System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
