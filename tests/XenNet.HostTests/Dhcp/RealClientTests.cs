using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.HostTests.Dhcp;

/// <summary>udhcpc and dhclient against the server, over a vif.</summary>
public sealed class RealClientTests
{
    [Fact]
    public void Udhcpc_gets_its_address_by_a_frame_to_its_mac()
    {
        using var vif = new GuestVif();
        using var sniffer = new Sniffer(vif.Machine, frames: 2);

        var (code, _, complaint) = vif.Udhcpc();

        Assert.True(code == 0, complaint);
        Assert.Equal("10.0.1.1", vif.Told("ip"));
        Assert.Equal("255.255.255.0", vif.Told("subnet"));
        Assert.Equal("10.0.1.129", vif.Told("router"));
        Assert.Equal("10.0.1.129", vif.Told("dns"));
        Assert.Equal("10.0.1.129", vif.Told("serverid"));
        Assert.Equal("testbed", vif.Told("domain"));
        Assert.Equal("ce", vif.Told("hostname"));
        Assert.Equal("4294967295", vif.Told("lease"));
        var seen = sniffer.Seen();
        Assert.Contains("> " + GuestVif.Mac, seen, StringComparison.Ordinal);
        Assert.Contains("10.0.1.129.67 > 10.0.1.1.68", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("ff:ff:ff:ff:ff:ff", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("bad", seen, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Udhcpc_that_asks_for_broadcasts_gets_them()
    {
        using var vif = new GuestVif();
        using var sniffer = new Sniffer(vif.Machine, frames: 2);

        var (code, _, complaint) = vif.Udhcpc("-B");

        Assert.True(code == 0, complaint);
        Assert.Equal("10.0.1.1", vif.Told("ip"));
        var seen = sniffer.Seen();
        Assert.Contains("> ff:ff:ff:ff:ff:ff", seen, StringComparison.Ordinal);
        Assert.Contains("10.0.1.129.67 > 255.255.255.255.68", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("> " + GuestVif.Mac, seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Udhcpc_on_a_second_interface_gets_a_32_and_routes()
    {
        using var vif = new GuestVif(y: 2);

        var (code, _, complaint) = vif.Udhcpc("-O", "staticroutes");

        Assert.True(code == 0, complaint);
        Assert.Equal("10.0.1.2", vif.Told("ip"));
        Assert.Equal("255.255.255.255", vif.Told("subnet"));
        Assert.Equal("10.0.1.130/32 0.0.0.0 0.0.0.0/0 10.0.1.130", vif.Told("staticroutes"));
    }

    [Fact]
    public void Udhcpc_renews_by_unicast_when_told_to()
    {
        using var vif = new GuestVif();
        using var client = new ForegroundClient(vif.Machine, "udhcpc", "-i", "eth0", "-f", "-s", vif.Script);
        client.WaitFor("obtained");
        using var sniffer = new Sniffer(vif.Machine, frames: 1);

        client.Signal("USR1");

        client.WaitFor("obtained");
        Assert.Contains("10.0.1.129.67 > 10.0.1.1.68", sniffer.Seen(), StringComparison.Ordinal);
        // udhcpc 1.35 sends from a connected socket that it then closes. An answer that is there before the close is
        // lost with it (seen with strace), and after three seconds it broadcasts: a third ACK.
        Assert.InRange(vif.Counters.Of(DhcpMessageType.Ack), 2, 3);
        Assert.Equal(1, vif.Counters.Of(DhcpMessageType.Discover));
    }

    [Fact]
    public void Dhclient_gets_its_address_and_renews_it_by_unicast()
    {
        using var vif = new GuestVif(new DhcpSettings { Zone = "testbed", LeaseSeconds = 6 });
        using var client = Dhclient(vif);
        client.WaitFor("bound to 10.0.1.1");
        using var sniffer = new Sniffer(vif.Machine, frames: 1);

        // At half of the lease it asks its server.
        client.WaitFor("DHCPREQUEST for 10.0.1.1 on eth0 to 10.0.1.129 port 67");
        client.WaitFor("DHCPACK of 10.0.1.1 from 10.0.1.129");
        client.WaitFor("bound to 10.0.1.1");

        Assert.Contains("10.0.1.129.67 > 10.0.1.1.68", sniffer.Seen(), StringComparison.Ordinal);
        Assert.Equal("255.255.255.0", vif.Told("new_subnet_mask"));
        Assert.Equal("6", vif.Told("new_dhcp_lease_time"));
        Assert.Equal("3", vif.Told("new_dhcp_renewal_time"));
        Assert.Equal("5", vif.Told("new_dhcp_rebinding_time"));
    }

    [Fact]
    public void Dhclient_that_comes_back_with_a_wrong_address_is_refused_and_gets_its_own()
    {
        using var vif = new GuestVif();
        File.WriteAllText(vif.PathOf("leases"), """
            lease {
              interface "eth0";
              fixed-address 10.0.7.7;
              option dhcp-server-identifier 10.0.7.129;
              option subnet-mask 255.255.255.0;
              option dhcp-lease-time 86400;
              renew never;
              rebind never;
              expire never;
            }

            """);
        using var client = Dhclient(vif);

        client.WaitFor("DHCPREQUEST for 10.0.7.7");
        client.WaitFor("DHCPNAK from 10.0.1.129");
        client.WaitFor("DHCPDISCOVER");
        client.WaitFor("bound to 10.0.1.1");

        Assert.Equal(1, vif.Counters.Of(DhcpMessageType.Nak));
    }

    [Fact]
    public void A_wrong_mac_gets_silence_and_one_line_in_the_log()
    {
        using var vif = new GuestVif();
        vif.Machine.Ip("link", "set", "eth0", "address", "00:16:3e:0a:0b:0c");

        var (code, _, _) = vif.Udhcpc();

        Assert.NotEqual(0, code);
        Assert.Equal(2, vif.Counters.Of(DhcpSilence.WrongMac));
        Assert.Equal(0, vif.Counters.Of(DhcpMessageType.Offer));
        var warning = Assert.Single(vif.Log.Warnings);
        Assert.Contains("vif5.0", warning, StringComparison.Ordinal);
        Assert.Contains("00:16:3e:0a:0b:0c", warning, StringComparison.Ordinal);
        Assert.Contains("WrongMac", warning, StringComparison.Ordinal);
    }

    private static ForegroundClient Dhclient(GuestVif vif) => new(
        vif.Machine, "dhclient", "-4", "-d", "-v", "-cf", "/dev/null", "-sf", vif.Script,
        "-lf", vif.PathOf("leases"), "-pf", vif.PathOf("dhclient.pid"), "eth0");
}
