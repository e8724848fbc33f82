using XenNet.HostTests.Dhcp;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Two subnets on one wire: a pool of each, and clients that change their hardware address.</summary>
public sealed class SharedWireTests : IDisposable
{
    private readonly XenHost _host = new("""
        [[dhcp.pool]]
        interface = "lan0"
        address = "192.168.7.1/24"
        range = "192.168.7.50-192.168.7.50"
        [[dhcp.pool]]
        interface = "lan0"
        address = "192.168.8.1/24"
        range = "192.168.8.50-192.168.8.51"
        hosts = ["00:16:3e:77:00:03 192.168.8.9"]
        """, serving: false);

    private readonly NetworkNamespace _guest = NetworkNamespace.Create("lan");

    public SharedWireTests()
    {
        _host.Dom0.Join("lan0", _guest, "eth0");
        _host.Dom0.Ip("addr", "add", "192.168.7.1/24", "dev", "lan0");
        _host.Dom0.Ip("addr", "add", "192.168.8.1/24", "dev", "lan0");
        _host.Dom0.Ip("link", "set", "lan0", "up");
        _guest.Ip("link", "set", "eth0", "up");
        _host.Start();
    }

    public void Dispose()
    {
        _guest.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void A_client_gets_an_address_of_the_second_subnet_when_the_first_is_used_up_or_its_host_is_there()
    {
        Assert.Equal("bound to 192.168.7.50", Bound("00:16:3e:77:00:01"));
        Assert.Equal("bound to 192.168.8.", Bound("00:16:3e:77:00:02")[..^2]);
        Assert.Equal("bound to 192.168.8.9", Bound("00:16:3e:77:00:03"));

        // Each is explained by the pool that it is of.
        Assert.Contains("dhcp.pool[2].address = ", _host.Xen("explain", "00:16:3e:77:00:02"), StringComparison.Ordinal);
        Assert.Contains("dhcp.pool[1].address = ", _host.Xen("explain", "00:16:3e:77:00:01"), StringComparison.Ordinal);

        _host.Stop();
        _host.Start();
        Assert.Equal("bound to 192.168.8.", Bound("00:16:3e:77:00:02")[..^2]);
        Assert.Equal("bound to 192.168.7.50", Bound("00:16:3e:77:00:01"));
    }

    private string Bound(string mac)
    {
        _guest.Ip("link", "set", "eth0", "address", mac);
        var leases = $"{_host.Folder}/leases-{mac}";
        using var client = new ForegroundClient(
            _guest, "dhclient", "-4", "-d", "-v", "-cf", "/dev/null", "-sf", "/bin/true", "-lf", leases, "-pf", leases + ".pid",
            "eth0");
        return string.Join(' ', client.WaitFor("bound to ").Split(' ').Take(3));
    }
}
