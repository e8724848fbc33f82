namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// Real secondaries behind the uplink, where nobody else is served, follow the zone of the program; whoever is not
/// listed gets nothing.
/// </summary>
public sealed class ZoneTransferTests : IDisposable
{
    private const int KnotPort = 5301;
    private const int NsdPort = 5302;
    private const string NoSecondary = "192.0.2.3";

    private readonly string _hosts = Path.GetTempFileName();
    private readonly XenHost _host;

    public ZoneTransferTests()
    {
        _host = new XenHost($"""
            [zone]
            secondaries = ["{XenHost.Gateway}:{KnotPort}", "{XenHost.Gateway}:{NsdPort}"]
            [dns]
            hosts-files = ["{_hosts}"]
            records = ["www 300 IN CNAME www.example.com.", "_etcd._tcp SRV 0 0 2380 ce"]
            """);
        _host.Outside.Ip("addr", "add", NoSecondary + "/24", "dev", "eth0");
    }

    public void Dispose()
    {
        _host.Dispose();
        File.Delete(_hosts);
    }

    [Theory]
    [InlineData("knot")]
    [InlineData("nsd")]
    public async Task A_secondary_follows_machines_that_come_and_go_and_a_restart(string name)
    {
        _host.Xen("machine", "add", "ce");
        using var secondary = name == "knot"
            ? SecondaryServer.Knot(_host, KnotPort) : SecondaryServer.Nsd(_host, NsdPort);
        await secondary.FollowsAsync("10.0.1.1", "ce.testbed");
        await secondary.FollowsAsync("ce.testbed.", "-x", "10.0.1.1");

        _host.Xen("machine", "add", "web");
        await secondary.FollowsAsync("10.0.2.1", "web.testbed");
        await secondary.FollowsAsync("vif0.web.testbed.", "-x", "10.0.2.129");
        Assert.Equal(XenHost.Uplink, secondary.Ask("ns.testbed"));

        _host.Xen("machine", "forget", "ce");
        await secondary.FollowsAsync("", "ce.testbed");

        // Its serial has risen by the start alone.
        var serial = Serial();
        Assert.Equal(0, _host.Stop());
        _host.Start();
        Assert.Equal(serial + 1, Serial());
        await secondary.FollowsAsync(_host.Dig("SOA", "testbed"), "SOA", "testbed");
    }

    [Fact]
    public async Task A_secondary_has_records_of_the_configuration_and_follows_hosts_files()
    {
        _host.Xen("machine", "add", "ce");
        using var secondary = SecondaryServer.Knot(_host, KnotPort);
        await secondary.FollowsAsync("www.example.com.", "CNAME", "www.testbed");
        await secondary.FollowsAsync("0 0 2380 ce.testbed.", "SRV", "_etcd._tcp.testbed");

        await File.WriteAllTextAsync(_hosts, "192.0.2.77 printer\n192.0.2.78 ce\n");
        await secondary.FollowsAsync("192.0.2.77", "printer.testbed");
        Assert.Equal("10.0.1.1", secondary.Ask("ce.testbed"));
        Assert.Contains("ce.testbed", _host.Xen("status"), StringComparison.Ordinal);

        await File.WriteAllTextAsync(_hosts, "");
        await secondary.FollowsAsync("", "printer.testbed");
    }

    [Fact]
    public void A_transfer_holds_each_machine_once()
    {
        for (var number = 1; number <= 50; number++)
            _host.Xen("machine", "add", $"m{number}");

        var machines = _host.List("machine").Select(machine =>
            $"{machine.GetProperty("name")}.testbed. {machine.GetProperty("interfaces")[0].GetProperty("address")}");
        var transferred = Transfer(XenHost.Gateway, "AXFR", "testbed")
            .Where(record => record[3] == "A" && record[0].Split('.').Length == 3 && record[0][0] == 'm')
            .Select(record => $"{record[0]} {record[4]}");

        Assert.Equal(machines, transferred);
    }

    [Fact]
    public void A_secondary_that_has_it_all_gets_the_soa_alone()
    {
        var serial = Serial();

        Assert.Single(Transfer(XenHost.Gateway, $"IXFR={serial}", "testbed"));
        Assert.True(Transfer(XenHost.Gateway, $"IXFR={serial - 1}", "testbed").Count > 4);
    }

    /// <summary>The class of CVE-2012-3411 and CVE-2020-14312: open to whoever reaches the uplink.</summary>
    [Fact]
    public void Open_resolver_a_secondary_gets_our_zones_alone_and_its_neighbour_nothing()
    {
        _host.Xen("machine", "add", "ce");
        string[] dom0 = ["@" + XenHost.Uplink, "+tries=1"];
        foreach (var transport in (string[])["+notcp", "+tcp"])
        {
            Assert.Equal("NOERROR", XenHost.DigStatus(_host.Outside, [.. dom0, transport, "ce.testbed"]));
            Assert.Equal("REFUSED", XenHost.DigStatus(_host.Outside, [.. dom0, transport, "www.example.org"]));
            Assert.Equal("", XenHost.DigStatus(_host.Outside, [.. dom0, transport, "-b", NoSecondary, "ce.testbed"]));
        }

        Assert.Empty(Transfer(NoSecondary, "AXFR", "testbed"));
        Assert.Empty(Transfer(XenHost.Gateway, "AXFR", "example.org"));
    }

    [Fact]
    public void A_guest_that_is_served_is_refused_a_transfer()
    {
        var ce = _host.StartVif(5, 0, "ce");

        foreach (var question in (string[][])[["AXFR", "testbed"], ["AXFR", "10.in-addr.arpa"], ["IXFR=1", "testbed", "+tcp"]])
            Assert.Equal("REFUSED", XenHost.DigStatus(ce.Guest, ["@" + ce.Dom0End, "+comments", .. question]));
    }

    private uint Serial() => uint.Parse(
        _host.Dig("SOA", "testbed").Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);

    private List<string[]> Transfer(string source, params string[] question) =>
    [
        .. _host.Outside.TryExec("dig",
                ["@" + XenHost.Uplink, "-b", source, "+tcp", "+noall", "+answer", "+time=2", "+tries=1", .. question])
            .Output.Split('\n')
            .Where(line => line.Length > 0 && line[0] != ';')
            .Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)),
    ];
}
