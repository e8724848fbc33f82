using XenNet.HostTests.Dhcp;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Hosts of a pool in files that come, change and go, with a dhclient that nobody announced.</summary>
public sealed class PoolHostsTests : IDisposable
{
    private const string Mac = "00:16:3e:77:00:01";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly XenHost _host;
    private readonly NetworkNamespace _guest = NetworkNamespace.Create("lan");

    public PoolHostsTests()
    {
        _host = new XenHost("", serving: false);
        Write($"hosts-files = ['{Files}']");
        _host.Dom0.Join("lan0", _guest, "eth0");
        _host.Dom0.Ip("addr", "add", "192.168.7.1/24", "dev", "lan0");
        _host.Dom0.Ip("link", "set", "lan0", "up");
        _guest.Ip("link", "set", "eth0", "address", Mac);
        _guest.Ip("link", "set", "eth0", "up");
        _host.Start();
    }

    private string Files => _host.Folder + "/dhcp-hosts.d";

    public void Dispose()
    {
        _guest.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void A_file_that_comes_gives_an_address_one_that_changes_another_and_one_that_goes_none()
    {
        Assert.Contains("there is no such file or directory yet", _host.Xen("status"), StringComparison.Ordinal);
        Assert.False(IsServed());

        // The directory comes later, too.
        Directory.CreateDirectory(Files);
        Put("guest", $"{Mac},192.168.7.10\n");
        AwaitExplained("192.168.7.10");
        Assert.Equal("192.168.7.10", Bound());

        Put("guest", $"{Mac},set:lab,guest,192.168.7.11,10m\n");
        AwaitExplained("192.168.7.11");
        Assert.Equal("192.168.7.11", Bound());

        File.Delete(Files + "/guest");
        AwaitExplained("");
        Assert.False(IsServed());
    }

    [Fact]
    public void A_wrong_line_and_one_that_clashes_are_named_counted_and_cost_themselves_alone()
    {
        Directory.CreateDirectory(Files);
        Put("10", "00:16:3e:77:00:09,192.168.7.10\nnonsense\n");
        Put("20", $"00:16:3e:77:00:09,192.168.7.20\n00:16:3e:77:00:08,192.168.7.10\n{Mac},192.168.7.12\n");
        AwaitExplained("192.168.7.12");

        string[] findings =
        [
            $"{Files}/10:2: no hardware address is given, which is what a client is known by, so the line is left out",
            $"{Files}/20:1: 00:16:3e:77:00:09 stands already in {Files}/10:1, so the line is left out",
            $"{Files}/20:2: 192.168.7.10 is given already in {Files}/10:1, so the line is left out",
        ];
        var status = _host.Xen("status", "--json");
        Assert.All(findings, finding => Assert.Contains(finding, status, StringComparison.Ordinal));
        Assert.Matches("\"HostLinesLeftOut\": ?3", status);
        var check = _host.Xen("check", "--config", _host.ConfigurationFile);
        Assert.All(findings, finding => Assert.Contains(finding, check, StringComparison.Ordinal));
        Assert.Equal("192.168.7.12", Bound());
    }

    [Fact]
    public void Hosts_and_their_files_are_other_ones_after_a_reload()
    {
        var other = _host.Folder + "/others";
        File.WriteAllText(other, $"{Mac},192.168.7.21\n");
        Write($"hosts = ['{Mac} 192.168.7.20']");
        _host.Xen("reload");
        Assert.Equal("192.168.7.20", Explained());

        Write($"hosts-files = ['{other}']");
        _host.Xen("reload");
        Assert.Equal("192.168.7.21", Explained());

        File.WriteAllText(other, $"{Mac},ignore\n");
        AwaitExplained("");
    }

    private void Write(string hosts) => File.WriteAllText(_host.ConfigurationFile, $"""
        state-dir = "{_host.StateDirectory}"
        run-dir = "{_host.RunDirectory}"
        [[dhcp.pool]]
        interface = "lan0"
        address = "192.168.7.1/24"
        {hosts}

        """);

    // As a file is replaced at one stroke.
    private void Put(string name, string text)
    {
        File.WriteAllText($"{_host.Folder}/{name}.new", text);
        File.Move($"{_host.Folder}/{name}.new", $"{Files}/{name}", overwrite: true);
    }

    private string Explained() => _host.Xen("explain", Mac) is var told
        && told.Split('\n').FirstOrDefault(line => line.Contains("yiaddr", StringComparison.Ordinal)) is { } line
            ? line.Split(' ', StringSplitOptions.RemoveEmptyEntries).First(word => word.StartsWith("192.168.7.", StringComparison.Ordinal))
            : "";

    private void AwaitExplained(string address) => Assert.True(
        SpinWait.SpinUntil(() => Explained() == address, Patience), $"{Explained()} is told, and not {address}.");

    // With what it remembers: it asks for the address that it had before.
    private string Bound()
    {
        var leases = _host.Folder + "/leases";
        using var client = new ForegroundClient(
            _guest, "dhclient", "-4", "-d", "-v", "-cf", "/dev/null", "-sf", "/bin/true", "-lf", leases, "-pf", leases + ".pid",
            "eth0");
        return client.WaitFor("bound to ").Split(' ')[2];
    }

    private bool IsServed() =>
        _guest.TryExec("udhcpc", "-f", "-q", "-n", "-i", "eth0", "-t", "2", "-T", "1", "-s", "/bin/true").Code == 0;
}
