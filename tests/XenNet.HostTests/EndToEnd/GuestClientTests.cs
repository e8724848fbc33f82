namespace XenNet.HostTests.EndToEnd;

/// <summary><see cref="GuestClients"/> in guests on vifs that the hook has brought up.</summary>
public sealed class GuestClientTests : IDisposable
{
    private readonly XenHost _host = new("[dhcp]\nlease-time = \"1h\"");

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Dhcpcd_takes_its_address_after_probing_it_and_takes_it_again_when_told_to()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(0, ce.Online().Code);

        using var client = GuestClients.Dhcpcd(_host, ce.Guest);

        client.Await("offered 10.0.1.1 from 10.0.1.129");
        client.Await("DAD completed for 10.0.1.1");
        client.Await("leased 10.0.1.1 for 3600 seconds");
        client.Await("adding default route via 10.0.1.129");
        Assert.Contains("10.0.1.1/24", ce.Guest.Ip("-4", "addr", "show", "eth0"), StringComparison.Ordinal);
        Assert.True(ce.Pings(XenHost.Gateway));

        client.Signal("HUP");
        client.Await("acknowledged 10.0.1.1 from 10.0.1.129");
    }

    [Fact]
    public void Systemd_networkd_brings_up_both_interfaces_and_both_reach_dom0_other_guests_and_outside()
    {
        var (first, second) = (_host.AddVif(5, 0, "ce"), _host.AddVif(5, 1, "ce"));
        Assert.Equal(0, first.Online().Code);
        Assert.Equal(0, second.Online().Code);
        var web = _host.StartVif(6, 0, "web");

        using var client = GuestClients.Networkd(_host, first.Guest);
        client.Await("State changed: configuring -> configured");
        client.Await("State changed: configuring -> configured");

        Assert.Contains("10.0.1.1/24", first.Guest.Ip("-4", "addr", "show", "eth0"), StringComparison.Ordinal);
        Assert.Contains("10.0.1.2/32", first.Guest.Ip("-4", "addr", "show", "eth1"), StringComparison.Ordinal);
        Assert.Contains(
            "default via 10.0.1.130 proto dhcp src 10.0.1.2", first.Guest.Ip("route", "show", "dev", "eth1"), StringComparison.Ordinal);
        foreach (var source in (string[])["10.0.1.1", "10.0.1.2"])
        {
            Assert.True(first.Pings(XenHost.Gateway, "-I", source));
            Assert.True(first.Pings(web.Address, "-I", source));
            Assert.True(web.Pings(source));
            Assert.Equal(0, _host.Dom0.TryExec("ping", "-n", "-c", "1", "-W", "2", source).Code);
        }

        client.Signal("TERM");
        client.Await("DHCPv4 client: RELEASE");
        Assert.Equal(0, client.AwaitEnd());
    }

    [Fact]
    public void Nmap_finds_one_server_by_the_guests_own_mac_and_none_by_another()
    {
        var ce = _host.StartVif(5, 0, "ce");

        var own = GuestClients.NmapDiscover(ce.Guest, ce.Mac);
        var other = GuestClients.NmapDiscover(ce.Guest);

        Assert.Contains("Response 1 of 1", own, StringComparison.Ordinal);
        Assert.Contains("IP Offered: 10.0.1.1\n", own, StringComparison.Ordinal);
        Assert.Contains("Server Identifier: 10.0.1.129\n", own, StringComparison.Ordinal);
        Assert.Contains("IP Address Lease Time: 1h00m00s\n", own, StringComparison.Ordinal);
        Assert.DoesNotContain("Response", other, StringComparison.Ordinal);
    }
}
