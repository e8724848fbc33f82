using System.Text.Json;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Guests on shared bridges, from the hook to the last packet.</summary>
public sealed class BridgedGuestTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly BridgedHost _scene = new();

    public void Dispose() => _scene.Dispose();

    private XenHost Host => _scene.Host;

    [Fact]
    public void A_bridged_guest_gets_its_lease_and_reaches_dom0_other_guests_and_the_outside()
    {
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");
        var web = _scene.StartLeased(6, 0, "web", "xenbr0");

        Assert.Contains("inet 10.0.1.1/8", ce.Guest.Ip("addr", "show", "eth0"));
        Assert.Contains("default via 10.0.0.129", ce.Guest.Ip("route"));
        Assert.True(ce.Pings("10.0.0.129"));
        Assert.True(ce.Pings("10.0.2.1"));
        Assert.True(ce.Pings(XenHost.Gateway));
        Assert.True(Pings(Host.Dom0, "10.0.1.1"));
        Assert.Equal("10.0.2.1", XenHost.Dig(ce.Guest, "@10.0.0.129", "web.testbed"));
        Assert.Equal("10.0.2.1", XenHost.Dig(ce.Guest, "@10.0.0.129", "+tcp", "web.testbed"));
        Assert.True(web.Pings("10.0.1.1"));
    }

    [Fact]
    public void Dhclient_gets_a_lease_renews_it_and_is_told_the_bridges_mask()
    {
        var ce = _scene.Start(5, 0, "ce", "lab");
        var (script, told) = (Host.Folder + "/script", Host.Folder + "/told");
        File.WriteAllText(script,
            $"#!/bin/sh\n[ \"$reason\" != BOUND ] || {{ ip addr add $new_ip_address/12 dev eth0; env > {told}; }}\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        using (var client = Dhclient(ce, script, "-d"))
        {
            client.Await("bound to 172.16.1.1");
        }

        var words = File.ReadAllLines(told);
        Assert.Contains("new_subnet_mask=255.240.0.0", words);
        Assert.Contains("new_routers=172.16.0.129", words);
        Assert.Contains("new_domain_name_servers=172.16.0.129", words);
        Assert.Contains("new_dhcp_server_identifier=172.16.0.129", words);
        Assert.Contains("new_broadcast_address=172.31.255.255", words);
        Assert.Contains("new_domain_name=lab", words);

        // Back with its address (INIT-REBOOT).
        using var again = Dhclient(ce, script, "-d");
        again.Await("DHCPACK of 172.16.1.1 from 172.16.0.129");
    }

    [Fact]
    public void Names_stand_for_the_interface_in_the_zone_of_each_bridge()
    {
        var eth0 = _scene.StartLeased(5, 0, "ce", "xenbr0");
        var eth1 = _scene.StartLeased(5, 1, "ce", "lab");
        var far = _scene.StartLeased(9, 0, "far", "lab");

        Assert.Equal("10.0.1.1", XenHost.Dig(eth0.Guest, "@10.0.0.129", "ce.testbed"));
        Assert.Equal("172.16.1.2", XenHost.Dig(eth0.Guest, "@10.0.0.129", "ce.lab"));
        Assert.Equal("172.16.1.2", XenHost.Dig(far.Guest, "@172.16.0.129", "ce"));
        Assert.Equal("10.0.1.1", XenHost.Dig(eth0.Guest, "@10.0.0.129", "ce"));
        Assert.Equal("ce.lab.", XenHost.Dig(far.Guest, "@172.16.0.129", "-x", "172.16.1.2"));
        Assert.Equal("172.16.0.129", XenHost.Dig(far.Guest, "@172.16.0.129", "ns.lab"));

        // Also while it is down.
        Assert.Equal(Done, eth1.Offline());
        Assert.Equal("172.16.1.2", XenHost.Dig(far.Guest, "@172.16.0.129", "+tcp", "ce.lab"));
    }

    [Fact]
    public void The_port_is_enslaved_as_vif_bridge_does_it_and_released_again()
    {
        Host.Dom0.Ip("link", "set", "lab", "mtu", "1400");
        var ce = _scene.Start(5, 0, "ce", "lab", "vifname=ce-lab");
        var link = JsonDocument.Parse(Host.Dom0.Ip("-j", "-d", "addr", "show", "ce-lab")).RootElement[0];

        Assert.Equal(("lab", 1400, "fe:ff:ff:ff:ff:ff"), (link.GetProperty("master").GetString(),
            link.GetProperty("mtu").GetInt32(), link.GetProperty("address").GetString()));
        Assert.Empty(link.GetProperty("addr_info").EnumerateArray());
        Assert.True(link.GetProperty("linkinfo").GetProperty("info_slave_data").GetProperty("guard").GetBoolean());
        Assert.Contains($"{ce.Mac} sticky master lab static", Fdb("ce-lab"));
        Assert.Contains("172.16.1.1 dev lab proto static scope link src 172.16.0.129", Host.Dom0.Ip("route"));
        Assert.Contains($"172.16.1.1 lladdr {ce.Mac} PERMANENT", Host.Dom0.Ip("neigh", "show", "dev", "lab"));
        Assert.Equal("lab", Assert.Single(Host.List("vif")).GetProperty("bridge").GetString());

        Assert.Equal(Done, ce.Offline());

        Assert.DoesNotContain("master", Host.Dom0.Ip("link", "show", "ce-lab"));
        Assert.DoesNotContain("172.16.1.1", Host.Dom0.Ip("route"));
        Assert.DoesNotContain("172.16.1.1", Host.Dom0.Ip("neigh"));
        Assert.DoesNotContain("ce-lab", Host.Dom0.Exec("nft", "list", "ruleset"));
    }

    [Theory]
    [InlineData("none", "xenbr0")]
    [InlineData("xenbr0", "none")]
    [InlineData("xenbr0", "lab")]
    [InlineData("xenbr0", "xenbr1")]
    [InlineData("lab", "none")]
    [InlineData("xenbr0", "xenbr0")]
    public void Two_interfaces_of_one_guest_are_reached_from_dom0_guests_elsewhere_and_reach_the_outside(
        string first, string second)
    {
        var eth0 = _scene.StartLeased(5, 0, "ce", first);
        var eth1 = _scene.StartLeased(5, 1, "ce", second);
        GuestInterface[] others =
        [
            _scene.StartLeased(6, 0, "routed", "none"), _scene.StartLeased(7, 0, "bridged", "xenbr0"),
            _scene.StartLeased(8, 0, "other", "xenbr1"), _scene.StartLeased(9, 0, "far", "lab"),
        ];

        foreach (var ce in (GuestInterface[])[eth0, eth1])
        {
            Assert.True(Pings(Host.Dom0, ce.Address), $"Dom0 to {ce.Address}");
            Assert.True(ce.Pings(XenHost.Gateway, "-I", ce.Address), $"{ce.Address} to the outside");
            foreach (var other in others)
            {
                Assert.True(other.Pings(ce.Address), $"{other.Address} to {ce.Address}");
            }
        }

        foreach (var other in others)
        {
            Assert.True(others.All(peer => peer == other || peer.Pings(other.Address)), other.Address);
        }
    }

    [Fact]
    public void Nothing_of_ours_leaves_by_the_physical_port()
    {
        using var capture = new RunningProgram(Host.PidFile("tcpdump"), "ip",
            ["netns", "exec", _scene.Lan.Name, "tcpdump", "-i", "eth0", "-n", "-e", "-l"]);
        capture.Await("listening on");
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");
        var web = _scene.StartLeased(6, 0, "web", "none");
        ce.TakeLease();
        Assert.True(ce.Pings(web.Address));
        Assert.True(web.Pings(ce.Address));
        Assert.True(ce.Pings(XenHost.Gateway));
        Assert.Equal("10.0.2.1", XenHost.Dig(ce.Guest, "@10.0.0.129", "web.testbed"));
        Assert.True(Pings(Host.Dom0, ce.Address));
        // A bridge that has forgotten all stations sends by every port.
        Host.Dom0.Ip("link", "set", "xenbr0", "type", "bridge", "fdb_flush");
        Assert.True(Pings(Host.Dom0, ce.Address));
        // The LAN asks for Dom0 and for guests: nobody answers.
        foreach (var address in (string[])["10.0.0.129", "10.0.2.1", "10.0.2.129"])
        {
            _scene.Lan.TryExec("python3", "-c", Arp, "eth0", "10.9.9.9", address);
        }

        Assert.True(Pings(_scene.Lan, BridgedHost.Dom0OnLan));
        capture.Await($"{BridgedHost.Dom0OnLan} > {BridgedHost.LanHost}: ICMP echo reply");

        Assert.DoesNotContain("10.0.0.129 >", capture.Text);
        Assert.DoesNotContain("Reply 10.0.", capture.Text);
        Assert.DoesNotContain("who-has 10.0.0.129 tell 10.0.1.1", capture.Text);
        Assert.DoesNotContain("BOOTP", capture.Text);
        Assert.DoesNotContain("> 10.0.1.1", capture.Text);
    }

    [Fact]
    public void Dhcp_of_the_physical_port_is_heard_by_neither_dom0_nor_guests()
    {
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");
        using var client = Network.Dom0.Listen(ce.Guest, 68);
        var (asked, answered) = (Packets("DHCP from no guest"), Packets("DHCP from outside is not for guests"));

        // A discover with the guest's own MAC inside, as a liar on the LAN would have it; then an answer of its server's.
        Assert.NotEqual(0, _scene.Lan.TryExec("udhcpc", "-f", "-q", "-n", "-i", "eth0", "-t", "1", "-T", "1", "-s", "/bin/true").Code);
        Network.Dom0.Send(_scene.Lan, "0.0.0.0", "255.255.255.255", 68, "forged");
        Network.Dom0.Send(Host.Dom0, "10.0.0.129", "10.0.1.1", 68, "none");

        Assert.Equal(asked + 1, Packets("DHCP from no guest"));
        Assert.InRange(Packets("DHCP from outside is not for guests"), answered + 2, answered + 3);
        Assert.Equal("none 10.0.0.129", Network.Dom0.Next(client));
        Assert.Equal(0, client.Available);
    }

    [Fact]
    public void A_bridge_that_is_the_uplink_itself_lets_guests_out_with_dom0s_address()
    {
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");
        var web = _scene.StartLeased(6, 0, "web", "none");
        using var monitor = Host.MonitorNft();
        Host.Dom0.Ip("route", "replace", "default", "via", BridgedHost.LanHost);
        monitor.Await("oifname \"xenbr0\"");
        using var capture = new RunningProgram(Host.PidFile("tcpdump"), "ip",
            ["netns", "exec", _scene.Lan.Name, "tcpdump", "-i", "eth0", "-n", "-l", "icmp"]);
        capture.Await("listening on");

        Assert.True(ce.Pings(BridgedHost.LanHost));
        Assert.True(web.Pings(BridgedHost.LanHost));
        Assert.True(ce.Pings(web.Address));
        Assert.True(web.Pings(ce.Address));

        capture.Await("echo request");
        Assert.DoesNotContain("IP 10.0.", capture.Text);
        // What is new from there does not come in, routed or bridged.
        _scene.Lan.Ip("route", "add", "10.0.0.0/8", "via", BridgedHost.Dom0OnLan);
        Assert.False(Pings(_scene.Lan, web.Address));
        Assert.False(Pings(_scene.Lan, ce.Address));
    }

    [Fact]
    public void A_restart_and_kill_9_change_nothing()
    {
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");
        var web = _scene.StartLeased(6, 0, "web", "lab");
        var before = Host.Picture();
        Assert.Contains("\"bootStage\":\"acknowledged\"", before);

        Host.Kill();
        Assert.True(ce.Pings(web.Address));
        Host.Start();

        // What a guest has been seen to do is the one thing that a daemon does not know of the time before it.
        Assert.Equal(before.Replace("\"bootStage\":\"acknowledged\"", "\"bootStage\":null"), Host.Picture());
        Assert.True(ce.Pings(web.Address));
        ce.TakeLease();
        Assert.Equal(Done, ce.Offline());
        Assert.Equal(Done, web.Offline());
        Assert.Empty(Host.List("vif"));
    }

    [Fact]
    public void A_flushed_ruleset_is_put_back_with_all_that_is_known()
    {
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");
        var before = NftText.Lasting(Host.Dom0.Exec("nft", "-s", "list", "table", "bridge", "xennet"));

        Host.Dom0.Exec("nft", "flush", "ruleset");

        Host.Daemon.Await("Somebody changed our nft table, it is put back: ");
        // Waits until the daemon is through with it: the same lock serves the hook.
        Assert.Equal(Done, _scene.Start(6, 0, "web", "xenbr0").Offline());
        Assert.Equal(before, NftText.Lasting(Host.Dom0.Exec("nft", "-s", "list", "table", "bridge", "xennet")));
        ce.TakeLease();
    }

    [Fact]
    public void Network_stop_takes_the_addresses_and_the_table_away_and_start_brings_them_back()
    {
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");

        Assert.Equal(0, Host.Xennet("network", "stop", "--config", Host.ConfigurationFile).Code);
        Assert.DoesNotContain("10.0.0.129", Host.Dom0.Ip("addr"));
        Assert.DoesNotContain("table bridge", Host.Dom0.Exec("nft", "list", "ruleset"));
        Host.Daemon.Await("network stop was called");
        Assert.Equal(0, Host.Xennet("network", "start", "--config", Host.ConfigurationFile).Code);

        Assert.Equal(0, Host.Xennet("network", "status", "--config", Host.ConfigurationFile).Code);
        Assert.Equal(Done, _scene.Start(6, 0, "web", "xenbr0").Offline());
        ce.TakeLease();
        Assert.True(ce.Pings("10.0.0.129"));
    }

    private RunningProgram Dhclient(GuestInterface guest, string script, params string[] more) => new(
        Host.PidFile("dhclient"), "ip", ["netns", "exec", guest.Guest.Name, "dhclient", "-4", "-v", "-1", "-cf", "/dev/null",
        "-lf", Host.Folder + "/leases", "-pf", Host.Folder + "/dhclient.pid", "-sf", script, .. more, "eth0"]);

    private int Packets(string comment) => NftJson.Packets(Host.Dom0, comment);

    private string Fdb(string port) => Host.Dom0.Exec("bridge", "fdb", "show", "dev", port);

    private static bool Pings(NetworkNamespace from, string address) =>
        from.TryExec("ping", "-n", "-c", "1", "-W", "2", address).Code == 0;

    // An ARP request: by which interface, who asks, for whom.
    private const string Arp = """
        import socket, sys
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((sys.argv[1], 0))
        mac = s.getsockname()[4]
        s.send(b"\xff" * 6 + mac + bytes.fromhex("0806" "0001" "0800" "0604" "0001")
               + mac + socket.inet_aton(sys.argv[2]) + bytes(6) + socket.inet_aton(sys.argv[3]))
        """;
}
