using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using XenNet.HostTests.Boot;
using XenNet.HostTests.Dhcp;

namespace XenNet.HostTests.EndToEnd;

/// <summary>The configuration is read again while guests are served: all of it is taken, or nothing.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly XenHost _host = new("[zone]\nttl = 60\n");

    public void Dispose() => _host.Dispose();

    [Fact]
    public void What_differs_is_printed_and_in_force_when_the_command_returns()
    {
        _host.StartVif(5, 0, "ce");

        Write("[zone]\nttl = 30\n[dns]\nrecords = ['note TXT \"new\"']\n");

        Assert.Equal(
            "zone.ttl: 60 → 30\ndns.records: [] → [\"note TXT \"new\"\"]\nIn force: 2 changes.\n", _host.Xen("reload"));
        Assert.Contains(" 30 IN A 10.0.1.1", Words(_host.Dom0.Exec("dig", "@127.0.0.1", "+noall", "+answer", "ce.testbed")), StringComparison.Ordinal);
        Assert.Equal("\"new\"", _host.Dig("TXT", "note.testbed"));
        Assert.Equal("The configuration is the same: nothing changes.\n", _host.Xen("reload"));
    }

    [Fact]
    public void A_file_named_from_the_directory_of_the_start_is_found_again_though_the_daemon_has_left_that()
    {
        _host.Stop();
        _host.LaunchProgram("env", "-C", _host.Folder, XenHost.Program, "serve", "--config", Path.GetFileName(_host.ConfigurationFile));
        Assert.Equal("READY=1", _host.NextNotice());

        Assert.Equal("/", File.ResolveLinkTarget($"/proc/{_host.Daemon.Id}/cwd", returnFinalTarget: false)!.FullName);

        Write("[zone]\nttl = 30\n");
        Assert.Equal("zone.ttl: 60 → 30\nIn force: 1 change.\n", _host.Xen("reload"));
    }

    [Fact]
    public void A_dry_run_says_what_would_change_and_changes_nothing()
    {
        _host.StartVif(5, 0, "ce");
        Write("[zone]\nname = \"lab\"\n");

        Assert.Equal(
            "zone.name: \"testbed\" → \"lab\"\nA reload would bring 1 change.\n", _host.Xen("reload", "--dry-run"));
        Assert.Contains("It is not in force yet: xennet reload.", _host.Xen("check", "--config", _host.ConfigurationFile), StringComparison.Ordinal);
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
    }

    [Fact]
    public void A_broken_file_changes_nothing_and_is_told_until_it_is_mended()
    {
        _host.StartVif(5, 0, "ce");
        Write("[zone]\nname = \"lab\"\nttl = \"soon\"\n");

        var refused = _host.Xennet("reload");

        Assert.Equal((2, "Nothing was changed.\n"), (refused.Code, refused.Output));
        Assert.Contains($"{_host.ConfigurationFile}:5:7: ", refused.Error, StringComparison.Ordinal);
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
        Assert.Contains("the last reload changed nothing", _host.Xen("status"), StringComparison.Ordinal);

        Write("[zone]\nname = \"lab\"\n");
        _host.Xen("reload");
        Assert.DoesNotContain("the last reload changed nothing", _host.Xen("status"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_a_restart_can_change_is_refused_with_all_else_and_check_says_so_before()
    {
        Write("[zone]\nttl = 30\n[dns]\nport = 5353\n");

        var refused = _host.Xennet("reload");

        Assert.Equal(1, refused.Code);
        Assert.Contains("dns.port changes only with a restart: it is 53, and the file has 5353.", refused.Error, StringComparison.Ordinal);
        Assert.Contains("! reload would refuse it: dns.port", _host.Xen("check", "--config", _host.ConfigurationFile), StringComparison.Ordinal);
        Assert.Equal("60", Setting("zone.ttl"));
    }

    [Fact]
    public void What_this_host_refuses_takes_back_what_was_opened_for_it()
    {
        Write("[dns]\nlisten = [\"vif*\", \"lo\", \"127.0.0.5:5300\", \"203.0.113.7:53\"]\nrecords = ['note TXT new']\n");

        var refused = _host.Xennet("reload");

        Assert.Equal(1, refused.Code);
        Assert.Contains(
            "TCP port 53 cannot be used on 203.0.113.7: this host has no such address: correct dns.listen", refused.Error,
            StringComparison.Ordinal);
        Assert.Contains(
            "dns.listen: this host has no address 203.0.113.7", _host.Xen("check", "--config", _host.ConfigurationFile),
            StringComparison.Ordinal);
        Assert.Equal("", _host.Dig("TXT", "note.testbed"));
        Assert.DoesNotContain(":5300", _host.Dom0.Exec("ss", "-lntu"), StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_that_are_listened_on_come_and_go()
    {
        _host.StartVif(5, 0, "ce");
        Write("[dns]\nlisten = [\"vif*\", \"127.0.0.5:5300\"]\n");
        _host.Xen("reload");

        Assert.Equal("10.0.1.1", XenHost.Dig(_host.Dom0, "@127.0.0.5", "-p", "5300", "ce.testbed"));
        Assert.Equal("10.0.1.1", XenHost.Dig(_host.Dom0, "@127.0.0.5", "-p", "5300", "+tcp", "ce.testbed"));
        Assert.Equal("", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "+tries=1", "+time=1", "ce.testbed"));

        Write("[dns]\nlisten = [\"vif*\", \"lo\"]\n");
        _host.Xen("reload");

        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
        Assert.Equal("10.0.1.1", _host.Dig("+tcp", "ce.testbed"));
        Assert.DoesNotContain(":5300", _host.Dom0.Exec("ss", "-lntu"), StringComparison.Ordinal);
    }

    [Fact]
    public void Guests_know_the_zone_by_its_new_name_and_by_no_other()
    {
        var ce = _host.StartVif(5, 0, "ce");
        Write("[zone]\nname = \"lab\"\n");
        _host.Xen("reload");

        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.lab"));
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce"));
        Assert.Equal("ce.lab.", XenHost.Dig(ce.Guest, "@10.0.1.129", "-x", "10.0.1.1"));
        Assert.Equal("", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        using var client = ce.RunDhcpClient();
        client.Await("lease of 10.0.1.1 obtained");
        Assert.Equal("lab", JsonDocument.Parse(_host.Xen("status", "--json")).RootElement.GetProperty("zone").GetString());
    }

    [Fact]
    public void Upstreams_change_and_what_was_cached_stays()
    {
        using var outside = new OutsideNameServer(_host);
        Write($"[dns]\nupstreams = [\"{XenHost.Gateway}\"]\n");
        _host.Xen("reload");
        Assert.Equal("198.51.100.80", _host.Dig("www.example.org"));

        Write("[dns]\nupstreams = [\"192.0.2.99\"]\ncache-entries = 20000\ncache-ttl-max = 600\n");
        _host.Xen("reload");

        Assert.Equal("198.51.100.80", _host.Dig("www.example.org"));
        Assert.Contains("192.0.2.99", _host.Xen("status"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_TCP_connection_lives_through_a_reload()
    {
        _host.StartVif(5, 0, "ce");
        using var client = _host.Dom0.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(System.Net.IPAddress.Loopback, 53);
            return socket;
        });
        Write("[zone]\nttl = 30\n[dns]\nrate-limit = 100\ntcp-connections-max = 10\n");
        _host.Xen("reload");

        client.Send([0, 28, 1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, (byte)'c', (byte)'e', 7, .. "testbed"u8, 0, 0, 1, 0, 1]);

        client.ReceiveTimeout = 5000;
        var reply = new byte[512];
        var length = client.Receive(reply);
        Assert.True(length > 14 && reply[2] == 1 && reply[3] == 2, Convert.ToHexString(reply, 0, length));
    }

    [Fact]
    public void DHCP_is_switched_off_and_on_and_tells_other_things()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(new Outcome(0, "", ""), ce.Online());
        Write("[dhcp]\nenabled = false\n");
        _host.Xen("reload");
        Assert.DoesNotContain(":67 ", _host.Dom0.Exec("ss", "-lnu"), StringComparison.Ordinal);

        Write("[dhcp]\nlease-time = \"12h\"\n");
        _host.Xen("reload");
        using (var client = ce.RunDhcpClient())
        {
            client.Await("lease time 43200");
        }

        Write("[dhcp]\nlease-time = \"1h\"\n");
        _host.Xen("reload");
        using var again = ce.RunDhcpClient();
        again.Await("lease time 3600");
    }

    [Fact]
    public void A_boot_menu_comes_is_changed_and_goes()
    {
        const string Targets = """
            [[boot.target]]
            name = "old"
            file = "old.0"
            [[boot.target]]
            name = "new"
            file = "new.0"

            """;
        var ce = _host.StartVif(5, 0, "ce");
        // What a PXE client asks the boot server: the first line of its menu.
        var choice = RawClient.MessageOf(ce.Mac, [10, 0, 1, 1],
            [53, 1, 3, 60, 9, .. "PXEClient"u8, 93, 2, 0, 0, 43, 7, 71, 4, 0x80, 1, 0, 0, 255]);
        foreach (var target in (string[])["old", "new"])
        {
            Write($"{Targets}[[boot.menu]]\ntext = \"Line\"\ntarget = \"{target}\"\n");
            _host.Xen("reload");
            var reply = BootHost.AskFrom(ce.Guest, ce.Dom0End, choice, port: 4011);
            Assert.Equal(target + ".0", Encoding.ASCII.GetString(reply, 108, 128).TrimEnd('\0'));
        }

        Write(Targets);
        _host.Xen("reload");

        Assert.DoesNotContain(":4011 ", _host.Dom0.Exec("ss", "-lnu"), StringComparison.Ordinal);
    }

    [Fact]
    public void NAT_goes_and_comes_back_while_guests_keep_their_filter()
    {
        _host.StartVif(5, 0, "ce");
        var before = _host.Picture();
        Write("[network]\nnat = false\n");
        _host.Xen("reload");
        Assert.DoesNotContain("masquerade", _host.Dom0.Exec("nft", "list", "ruleset"), StringComparison.Ordinal);

        Write("[zone]\nttl = 60\n");
        _host.Xen("reload");

        Assert.Equal(before, _host.Picture());
    }

    [Fact]
    public void SIGHUP_does_the_same_and_systemd_is_told()
    {
        _host.StartVif(5, 0, "ce");
        Write("[zone]\nttl = 30\n");

        _host.Daemon.Signal("HUP");

        Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[0-9]+$", _host.NextNotice());
        Assert.Equal("READY=1", _host.NextNotice());
        Assert.Equal("30", Setting("zone.ttl"));
    }

    [Fact]
    public async Task A_file_that_is_watched_is_read_when_it_changes()
    {
        Write("reload-on-change = true\n[zone]\nttl = 60\n");
        _host.Xen("reload");
        Write("reload-on-change = true\n[zone]\nttl = 45\n");

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Setting("zone.ttl") != "45")
            await Task.Delay(100, patience.Token);
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries));

    private void Write(string text) => File.WriteAllText(_host.ConfigurationFile, $"""
        state-dir = "{_host.StateDirectory}"
        run-dir = "{_host.RunDirectory}"
        {text}
        """);

    private string Setting(string key) => JsonDocument.Parse(_host.Dom0.Exec(
            "curl", "-s", "--unix-socket", _host.ControlSocket, "http://x/v1/configuration")).RootElement.EnumerateArray()
        .Single(setting => setting.GetProperty("key").GetString() == key).GetProperty("value").GetString()!;
}
