namespace XenNet.HostTests.EndToEnd;

/// <summary><see cref="GuestClients"/> in guests on shared bridges.</summary>
public sealed class BridgedClientTests : IDisposable
{
    private readonly BridgedHost _scene = new();

    private XenHost Host => _scene.Host;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void Dhcpcd_takes_its_address_after_probing_it_on_the_bridge()
    {
        var ce = _scene.Start(5, 0, "ce", "xenbr0");
        var web = _scene.StartLeased(6, 0, "web", "xenbr0");

        using var client = GuestClients.Dhcpcd(Host, ce.Guest);

        client.Await("offered 10.0.1.1 from 10.0.0.129");
        client.Await("DAD completed for 10.0.1.1");
        client.Await("leased 10.0.1.1 for infinity");
        client.Await("adding default route via 10.0.0.129");
        Assert.Contains("10.0.1.1/8", ce.Guest.Ip("-4", "addr", "show", "eth0"), StringComparison.Ordinal);
        Assert.True(ce.Pings(XenHost.Gateway));
        Assert.True(web.Pings("10.0.1.1"));
    }

    [Fact]
    public void Systemd_networkd_brings_up_interfaces_on_a_bridge_on_another_and_on_a_routed_vif_at_once()
    {
        var ce = _scene.Start(5, 0, "ce", "xenbr0");
        _scene.Start(5, 1, "ce", "lab");
        _scene.Start(5, 2, "ce", "none");

        using var client = GuestClients.Networkd(Host, ce.Guest);
        for (var link = 0; link < 3; link++)
            client.Await("State changed: configuring -> configured");

        Assert.Contains("10.0.1.1/8", ce.Guest.Ip("-4", "addr", "show", "eth0"), StringComparison.Ordinal);
        Assert.Contains("172.16.1.2/12", ce.Guest.Ip("-4", "addr", "show", "eth1"), StringComparison.Ordinal);
        Assert.Contains("10.0.1.3/32", ce.Guest.Ip("-4", "addr", "show", "eth2"), StringComparison.Ordinal);
        Assert.True(ce.Pings("10.0.0.129", "-I", "eth0"));
        Assert.True(ce.Pings("172.16.0.129", "-I", "eth1"));
        Assert.True(ce.Pings("10.0.1.131", "-I", "eth2"));
    }

    [Fact]
    public void Nmap_finds_one_server_by_the_guests_own_mac_and_none_by_another_or_from_the_lan()
    {
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");

        var own = GuestClients.NmapDiscover(ce.Guest, ce.Mac);

        Assert.Contains("Response 1 of 1", own, StringComparison.Ordinal);
        Assert.Contains("IP Offered: 10.0.1.1\n", own, StringComparison.Ordinal);
        Assert.Contains("Server Identifier: 10.0.0.129\n", own, StringComparison.Ordinal);
        Assert.DoesNotContain("Response", GuestClients.NmapDiscover(ce.Guest), StringComparison.Ordinal);
        Assert.DoesNotContain("Response", GuestClients.NmapDiscover(_scene.Lan, ce.Mac), StringComparison.Ordinal);
    }
}
