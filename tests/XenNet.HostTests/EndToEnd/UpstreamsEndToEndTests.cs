using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Upstreams as the configuration names them, in the program.</summary>
public sealed class UpstreamsEndToEndTests
{
    private const string Server = "198.51.100.53";

    [Fact]
    public void Questions_of_a_route_with_a_source_interface_leave_by_it_over_udp_and_tcp_whatever_the_routes_say()
    {
        using var host = new XenHost($"""
            [dns]
            upstreams = ["{XenHost.Gateway}"]
            [[dns.forward]]
            domains = ["example.org"]
            upstreams = ["{Server}"]
            source = "second0"
            """);
        using var beyond = NetworkNamespace.Create("beyond");
        host.Dom0.Join("second0", beyond, "eth0");
        host.Dom0.Ip("addr", "add", "203.0.113.2/24", "dev", "second0");
        host.Dom0.Ip("link", "set", "second0", "up");
        host.Dom0.Exec("sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.second0.rp_filter=0");
        beyond.Ip("addr", "add", "203.0.113.1/24", "dev", "eth0");
        beyond.Ip("addr", "add", Server + "/32", "dev", "lo");
        beyond.Ip("link", "set", "eth0", "up");

        // By the routes it goes out by the uplink, where nobody has the address; there is a worse one by the second.
        host.Dom0.Ip("route", "add", Server, "via", XenHost.Gateway, "metric", "1");
        host.Dom0.Ip("route", "add", Server, "via", "203.0.113.1", "metric", "2");
        using var knot = new OutsideNameServer(host, beyond, Server);

        Assert.Contains("uplink0", host.Dom0.Ip("route", "get", Server));
        Assert.Equal("198.51.100.80", host.Dig("www.example.org"));
        Assert.Equal(OutsideNameServer.LongTexts, host.Dig("TXT", "long.example.org").Split('\n').Length);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no certificate here\n")]
    public void A_file_of_roots_that_is_of_no_use_is_one_line_that_names_it_and_its_key(string? content)
    {
        var roots = Path.Combine(Path.GetTempPath(), $"xennet-roots-{Environment.ProcessId}.pem");
        using var host = new XenHost($"""
            [dns]
            upstreams = ["tls://192.0.2.53#dns.example"]
            tls-ca-file = "{roots}"
            """, serving: false);
        if (content is not null)
            File.WriteAllText(roots, content);

        host.Launch();
        var code = host.Daemon.AwaitEnd();
        File.Delete(roots);

        Assert.Equal(1, code);
        Assert.Contains($"xennet serve: dns.tls-ca-file {roots}", host.Daemon.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Daemon.Text, StringComparison.Ordinal);
    }
}
