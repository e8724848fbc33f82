using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// The DHCP clients that distributions bring up their interfaces with, in guests that the hook has brought up, and nmap's
/// look for servers. None of them writes outside its namespaces.
/// </summary>
public sealed class GuestClientTests : IDisposable
{
    private readonly XenHost _host = new("[dhcp]\nlease-time = \"1h\"");

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Dhcpcd_takes_its_address_after_probing_it_and_takes_it_again_when_told_to()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(0, ce.Online().Code);

        // Its own configuration, as Debian ships it.
        using var client = new RunningProgram(_host.PidFile("dhcpcd"), "ip", "netns", "exec", ce.Guest.Name, "sh", "-ec", $"""
            mount -t tmpfs none /run
            mount -t tmpfs none /var/lib
            mkdir /run/dhcpcd /var/lib/dhcpcd
            exec {UnpackedClients.Root}/usr/sbin/dhcpcd -4 -B -d -f {UnpackedClients.Root}/etc/dhcpcd.conf -c /bin/true eth0
            """);

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

        using var client = Networkd(first.Guest);
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

        var own = Discover(ce, ",broadcast-dhcp-discover.mac=" + ce.Mac);
        var other = Discover(ce, "");

        Assert.Contains("Response 1 of 1", own, StringComparison.Ordinal);
        Assert.Contains("IP Offered: 10.0.1.1\n", own, StringComparison.Ordinal);
        Assert.Contains("Server Identifier: 10.0.1.129\n", own, StringComparison.Ordinal);
        Assert.Contains("IP Address Lease Time: 1h00m00s\n", own, StringComparison.Ordinal);
        Assert.DoesNotContain("Response", other, StringComparison.Ordinal);
    }

    private static string Discover(GuestInterface guest, string more) => guest.Guest.Exec(
        "nmap", "--script", "broadcast-dhcp-discover", "--script-args", "broadcast-dhcp-discover.timeout=2" + more, "-e", "eth0");

    // Without systemd, udev and D-Bus: where /sys cannot be written it does not wait for udev.
    private RunningProgram Networkd(NetworkNamespace guest)
    {
        const string Capabilities = "+net_admin,+net_raw,+net_bind_service,+net_broadcast,+setpcap";
        File.WriteAllText(_host.Folder + "/eth.network", """
            [Match]
            Name=eth*
            [Network]
            DHCP=ipv4
            LinkLocalAddressing=no
            IPv6AcceptRA=no
            [DHCPv4]
            UseHostname=no

            """);
        return new RunningProgram(_host.PidFile("networkd"), "ip", "netns", "exec", guest.Name, "sh", "-ec", $"""
            mount --bind "{_host.Folder}" /mnt
            mount -t tmpfs none /run
            mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
            cp /mnt/eth.network /run/systemd/network/
            chown -R 65534 /run/systemd/netif
            mount -o remount,ro /sys
            export SYSTEMD_LOG_LEVEL=debug LD_LIBRARY_PATH={UnpackedClients.Libraries}
            exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps {Capabilities} --ambient-caps {Capabilities} \
                {UnpackedClients.Root}/lib/systemd/systemd-networkd
            """);
    }
}
