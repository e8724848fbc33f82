using System.Text.RegularExpressions;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// Machines by command: what is printed, how it ends, and that the next question is answered by it.
/// </summary>
public sealed partial class MachineCommandTests : IDisposable
{
    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_machine_is_added_shown_renamed_and_forgotten_and_dns_knows_at_once()
    {
        Assert.Equal("ce is machine 1: 10.0.1.1\n", _host.Xen("machine", "add", "ce"));
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
        Assert.Equal("ce.testbed.", _host.Dig("-x", "10.0.1.1"));
        Assert.StartsWith("NAME  NUMBER  INTERFACE  ADDRESS   DOM0-ADDRESS  MAC  VIF\nce    1       eth0",
            _host.Xen("machine", "show", "ce"),
            StringComparison.Ordinal);

        _host.Xen("machine", "rename", "ce", "cf");
        Assert.Equal("10.0.1.1", _host.Dig("cf.testbed"));
        Assert.Equal("cf.testbed.", _host.Dig("-x", "10.0.1.1"));
        // For a while yet: see MachineNotesTests.
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));

        Assert.Equal("cf is forgotten\n", _host.Xen("machine", "forget", "cf"));
        Assert.Equal("NXDOMAIN", Status("cf.testbed"));
        Assert.Equal("NXDOMAIN", Status("-x", "10.0.1.1"));
        Assert.Equal("[]\n", _host.Xen("machine", "list", "--json"));
    }

    [Fact]
    public void A_number_is_for_life_and_a_forgotten_one_is_kept_back_unless_it_is_released()
    {
        _host.Xen("machine", "add", "a");
        _host.Xen("machine", "add", "b");
        _host.Xen("machine", "forget", "a");
        Assert.Equal("c is machine 3: 10.0.3.1\n", _host.Xen("machine", "add", "c"));
        _host.Xen("machine", "forget", "b", "--release");
        Assert.Equal("d is machine 2: 10.0.2.1\n", _host.Xen("machine", "add", "d"));
        Assert.Equal("e is machine 1: 10.0.1.1\n", _host.Xen("machine", "add", "e", "--number", "1"));

        Assert.Equal("machine 'e' has number 1, not 7: a number is for life",
            Refused(1, "machine", "add", "e", "--number", "7"));
        Assert.Equal("e is machine 1: 10.0.1.1\n", _host.Xen("machine", "add", "e"));
        Assert.Equal("e is machine 1: 10.0.1.1\n", _host.Xen("machine", "add", "e", "--number", "1"));
        Assert.Equal("machine 'f': number 1 is machine 'e'", Refused(1, "machine", "add", "f", "--number", "1"));
        Assert.Equal("f is machine 65535: 10.255.255.1\n", _host.Xen("machine", "add", "f", "--number", "65535"));
    }

    [Fact]
    public void A_machine_that_is_up_is_forgotten_only_with_release_and_is_taken_down_then()
    {
        var ce = _host.StartVif(5, 0, "ce");

        Assert.Equal("machine 'ce' is up on vif5.0: stop it first, or forget it with --release", Refused(1,
            "machine", "forget", "ce"));
        Assert.True(ce.Pings(ce.Dom0End));
        _host.Xen("machine", "forget", "ce", "--release");

        Assert.Empty(_host.List("vif"));
        Assert.Empty(NftJson.Sources(_host.Dom0));
        Assert.False(ce.Pings(ce.Dom0End, "-W", "1"));
        Assert.Equal(new Outcome(0, "", ""), ce.Offline());
    }

    [Fact]
    public void A_machine_that_is_up_is_renamed_and_goes_on()
    {
        var ce = _host.StartVif(5, 0, "ce");

        _host.Xen("machine", "rename", "ce", "cf");

        Assert.True(ce.Pings(ce.Dom0End));
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "cf"));
        Assert.Equal("cf", Assert.Single(_host.List("vif")).GetProperty("machine").GetString());
        Assert.Equal(new Outcome(0, "", ""), ce.Offline());
    }

    [Fact]
    public void A_mac_that_is_set_is_kept_and_printed_in_lower_case()
    {
        _host.Xen("machine", "add", "ce", "--mac", "00:16:3E:AA:BB:CC");
        Assert.Contains("\"mac\":\"00:16:3e:aa:bb:cc\"", _host.Xen("export", "json"));

        _host.Xen("machine", "set", "ce", "mac=00-16-3e-00-00-01");

        Assert.Contains("\"mac\":\"00:16:3e:00:00:01\"", _host.Xen("export", "json"));
        Assert.Contains("'colour' cannot be set", Refused(2, "machine", "set", "ce", "colour=red"));
        Assert.Contains("'01:00:5e:00:00:01' is no MAC", Refused(2, "machine", "set", "ce", "mac=01:00:5e:00:00:01"));
    }

    [Theory]
    [InlineData("a/b", "a-b")]
    [InlineData("100%", "100")]
    [InlineData("two words", "two-words")]
    [InlineData("q?x=1&y#z", "q-x-1-y-z")]
    [InlineData("Grüße", "gr-e")]
    [InlineData("50%2f", "50-2f")]
    public void A_name_with_any_character_is_the_same_machine_in_every_command(string name, string label)
    {
        Assert.Equal($"{name} is machine 1: 10.0.1.1\n", _host.Xen("machine", "add", name));
        Assert.Equal("10.0.1.1", _host.Dig(label + ".testbed"));

        Assert.Equal(name, System.Text.Json.JsonDocument.Parse(_host.Xen("machine", "show", name, "--json"))
            .RootElement.GetProperty("name").GetString());
        _host.Xen("machine", "set", name, "mac=00:16:3e:00:00:01");
        _host.Xen("machine", "rename", name, name + "2");
        _host.Xen("machine", "forget", name + "2");
        Assert.Empty(_host.List("machine"));
    }

    [Fact]
    public void Lists_for_programs_have_the_promised_form()
    {
        _host.Xen("machine", "add", "web", "--number", "513");
        var ce = _host.StartVif(5, 0, "ce");
        Assert.Equal(0, _host.AddVif(5, 2, "ce").Online().Code);
        Assert.Equal(0, _host.AddVif(5, 1, "ce").Online().Code);
        Assert.Equal(0, ce.Offline().Code);

        Assert.Equal(Joined("""
            [{"name":"ce","number":1,"interfaces":[
            {"y":1,"devid":0,"address":"10.0.1.1","dom0Address":"10.0.1.129","mac":null,"vif":null},
            {"y":2,"devid":1,"address":"10.0.1.2","dom0Address":"10.0.1.130","mac":"00:16:3e:00:05:01","vif":"vif5.1"},
            {"y":3,"devid":2,"address":"10.0.1.3","dom0Address":"10.0.1.131","mac":"00:16:3e:00:05:02","vif":"vif5.2"}]},
            {"name":"web","number":513,"interfaces":[
            {"y":1,"devid":0,"address":"10.2.1.1","dom0Address":"10.2.1.129","mac":null,"vif":null}]}]
            """), _host.Xen("machine", "list", "--json").TrimEnd('\n'));
        Assert.Equal(Joined("""
            {"name":"web","number":513,"interfaces":[
            {"y":1,"devid":0,"address":"10.2.1.1","dom0Address":"10.2.1.129","mac":null,"vif":null}]}
            """), _host.Xen("--json", "machine", "show", "web").TrimEnd('\n'));
        Assert.Equal(Joined("""
            [{"vif":"vif5.1","machine":"ce","number":1,"y":2,"address":"10.0.1.2","dom0Address":"10.0.1.130",
            "mac":"00:16:3e:00:05:01","since":"T","bootStage":null},
            {"vif":"vif5.2","machine":"ce","number":1,"y":3,"address":"10.0.1.3","dom0Address":"10.0.1.131",
            "mac":"00:16:3e:00:05:02","since":"T","bootStage":null}]
            """), Moments().Replace(_host.Xen("vif", "--json", "list"), "\"since\":\"T\"").TrimEnd('\n'));
    }

    [Fact]
    public void Status_for_programs_has_its_parts()
    {
        var status = System.Text.Json.JsonDocument.Parse(_host.Xen("status", "--json")).RootElement;

        Assert.Equal(
            ["version", "started", "prefix", "zone", "machines", "vifs", "revision", "upstreams", "dns", "dhcp",
                "network", "findings"],
            status.EnumerateObject().Select(part => part.Name));
        Assert.Equal("10.0.0.0/8", status.GetProperty("prefix").GetString());
        Assert.Equal("testbed", status.GetProperty("zone").GetString());
        Assert.True(status.GetProperty("network").GetProperty("inPlace").GetBoolean());
        Assert.Equal("uplink0", status.GetProperty("network").GetProperty("uplink").GetString());
    }

    [Fact]
    public void A_vif_is_attached_and_detached_without_xenstore()
    {
        var ce = _host.AddVif(5, 3, "whatever");
        var before = _host.Xenstore();

        Assert.Equal("vif5.3 is eth1 of ce: 10.0.1.2, Dom0 end 10.0.1.130\n",
            _host.Xen("vif", "attach", "ce", "vif5.3", ce.Mac, "--devid", "1"));
        ce.TakeAddress();
        Assert.True(ce.Pings(XenHost.Gateway));
        Assert.Equal("vif5.3 is detached\n", _host.Xen("vif", "detach", "vif5.3"));

        Assert.Empty(_host.List("vif"));
        Assert.Equal("vif5.3 is detached\n", _host.Xen("vif", "detach", "vif5.3"));
        Assert.Contains("vif9.9 of machine 'ce': no such interface", Refused(1, "vif", "attach", "ce", "vif9.9",
            ce.Mac));
        Assert.Contains("uplink0", Refused(1, "vif", "attach", "ce", "uplink0", ce.Mac));
        Assert.Contains("MAC", Refused(2, "vif", "attach", "ce", "vif5.3", "01:00:5e:00:00:01"));
        Assert.Contains("--devid must be 0 to 126", Refused(2, "vif", "attach", "ce", "vif5.3", ce.Mac, "--devid",
            "127"));
        Assert.Equal(before, _host.Xenstore());
    }

    [Fact]
    public void A_vif_that_is_attached_to_another_machine_or_interface_keeps_nothing_of_the_one_before()
    {
        var guest = _host.AddVif(5, 0, "whatever");
        _host.Xen("machine", "add", "web");
        _host.Xen("machine", "add", "ce");
        _host.Xen("vif", "attach", "web", "vif5.0", guest.Mac);
        _host.Xen("vif", "attach", "web", "vif5.0", guest.Mac, "--devid", "1");

        _host.Xen("vif", "attach", "ce", "vif5.0", guest.Mac);

        Assert.Equal("ce", Assert.Single(_host.List("vif")).GetProperty("machine").GetString());
        Assert.Equal(["vif5.0 10.0.2.0"], NftJson.Sources(_host.Dom0));
        Assert.DoesNotContain("10.0.1.", string.Join('\n', _host.Dom0.Ip("-4", "addr"), _host.Dom0.Ip("route",
            "show", "table", "all")));
        Assert.Equal($"10.0.2.1 lladdr {guest.Mac} PERMANENT", _host.Dom0.Ip("neigh", "show", "dev",
            "vif5.0").Trim());
        guest.TakeAddress();
        Assert.True(guest.Pings("10.0.2.129"));
        Assert.Equal("10.0.1.1", XenHost.Dig(guest.Guest, "@10.0.2.129", "+tcp", "web.testbed"));
    }

    [Fact]
    public void Numbers_of_dom0s_own_networks_are_skipped_and_refused_by_the_interfaces_name()
    {
        using var host = new XenHost("", serving: false);
        host.Dom0.Ip("addr", "add", "10.0.1.7/23", "dev", "uplink0");
        host.Dom0.Ip("route", "add", "198.51.100.0/24", "via", "10.0.1.9");
        host.Start();

        // 10.0.0.0/23 meets numbers 0 and 1; number 2 is free.
        Assert.Equal("a is machine 2: 10.0.2.1\n", host.Xen("machine", "add", "a"));
        Assert.Equal("xennet: machine 'b': number 1 would take 10.0.1.0/24 from uplink0 (10.0.0.0/23)".Split(" (")[0],
            host.Xennet("machine", "add", "b", "--number", "1").FailedWith().Split(" (")[0]);
        Assert.Equal(new Outcome(0, "", ""), host.AddVif(5, 0, "c").Online());
        Assert.Equal("10.0.3.1", host.Dig("c.testbed"));
    }

    [Fact]
    public void A_clash_that_appears_later_is_named_by_status_and_check()
    {
        _host.Xen("machine", "add", "ce");
        _host.Dom0.Ip("addr", "add", "10.0.1.7/24", "dev", "uplink0");

        _host.Daemon.Await("machine 'ce' has 10.0.1.0/24, which meets uplink0");
        Assert.Contains("machine 'ce' has 10.0.1.0/24, which meets uplink0", _host.Xen("status"));
        Assert.Contains("machine 'ce' has 10.0.1.0/24, which meets uplink0", _host.Xen("check", "--config",
            _host.ConfigurationFile));
    }

    [Fact]
    public void Import_takes_hosts_and_ethers_and_export_gives_them_back()
    {
        var (hosts, ethers) = (_host.Folder + "/hosts", _host.Folder + "/ethers");
        File.WriteAllText(hosts,
            "127.0.0.1 localhost\n10.0.7.1 ce.testbed ce\n10.0.8.1 web # of the shop\n10.0.8.2 eth1.web\n");
        File.WriteAllText(ethers, "00:16:3e:00:07:00 ce\n00:16:3E:00:08:00 10.0.8.1\n");

        Assert.Contains("would add or change 2", _host.Xen("import", "--dry-run", "--hosts", hosts, "--ethers",
            ethers));
        Assert.Empty(_host.List("machine"));
        Assert.Contains("added or changed 2", _host.Xen("import", "--hosts", hosts, "--ethers", ethers));
        Assert.Contains("added or changed 0, unchanged 2", _host.Xen("import", "--hosts", hosts, "--ethers", ethers));

        Assert.Equal("10.0.7.1", _host.Dig("ce.testbed"));
        Assert.Equal("10.0.8.2", _host.Dig("eth1.web.testbed"));
        var exported = System.Text.Json.JsonDocument.Parse(_host.Xen("export", "json")).RootElement;
        Assert.Equal(["prefix", "revision", "machines", "forgotten"], exported.EnumerateObject().Select(part => part.Name));
        Assert.Equal(Joined("""
            [{"name":"ce","number":7,"interfaces":[
            {"y":1,"mac":"00:16:3e:00:07:00"}]},
            {"name":"web","number":8,"interfaces":[
            {"y":1,"mac":"00:16:3e:00:08:00"},
            {"y":2,"mac":null}]}]
            """), exported.GetProperty("machines").GetRawText());
        Assert.Equal(new Outcome(0, "", ""), _host.AddVif(5, 0, "web").Online());
        Assert.Equal("10.0.8.1", _host.Dig("web.testbed"));
    }

    [Fact]
    public void An_import_with_a_wrong_line_names_it_and_changes_nothing()
    {
        var hosts = _host.Folder + "/hosts";
        File.WriteAllText(hosts, "10.0.7.1 ce\n10.0.7.2 cf\n10.0.9.1 ns\n");

        var outcome = _host.Xennet("import", "--hosts", hosts);

        Assert.Equal((1, ""), (outcome.Code, outcome.Output));
        Assert.Contains($"{hosts}:2: ", outcome.Error);
        Assert.Contains($"{hosts}:3: ", outcome.Error);
        Assert.Empty(_host.List("machine"));
        Assert.Contains("there is no such file", Refused(1, "import", "--hosts", _host.Folder + "/none"));
    }

    [Fact]
    public void All_numbers_are_taken_and_survive_a_restart()
    {
        var hosts = _host.Folder + "/hosts";
        File.WriteAllLines(hosts, Enumerable.Range(1, 65_534).Select(number =>
            $"10.{number >> 8}.{number & 255}.1 m{number}"));

        Assert.Contains("added or changed 65534", _host.Xen("import", "--hosts", hosts));
        Assert.Equal("last is machine 65535: 10.255.255.1\n", _host.Xen("machine", "add", "last"));
        Assert.Equal("All 65535 machine numbers are taken", Refused(1, "machine", "add", "one-more"));
        var late = _host.AddVif(5, 0, "one-more");
        Assert.Contains("All 65535 machine numbers are taken", late.Online().FailedWith());
        _host.Kill();
        _host.Start();

        Assert.Equal("10.255.254.1", _host.Dig("m65534.testbed"));
        Assert.Equal("last.testbed.", _host.Dig("-x", "10.255.255.1"));
        Assert.Equal(65_535, _host.List("machine").Length);
        _host.Xen("machine", "forget", "m700");
        _host.Xen("machine", "forget", "m30");
        Assert.Equal(new Outcome(0, "", ""), late.Online());
        Assert.Equal("10.2.188.1", _host.Dig("one-more.testbed"));
    }

    [Theory]
    [InlineData(1, "machine", "show", "nobody")]
    [InlineData(1, "machine", "rename", "nobody", "somebody")]
    [InlineData(1, "machine", "forget", "nobody")]
    [InlineData(2, "machine", "add", "ns")]
    [InlineData(2, "machine", "add", "ce", "--number", "0")]
    [InlineData(2, "machine", "add", "ce", "--number", "65536")]
    [InlineData(2, "machine", "add")]
    [InlineData(2, "machine", "frobnicate")]
    [InlineData(2, "machine", "list", "--frob")]
    [InlineData(2, "frobnicate")]
    [InlineData(2, "explain")]
    [InlineData(2, "explain", "a..b")]
    [InlineData(2, "explain", "ce", "--client", "toaster")]
    [InlineData(2, "explain", "ce", "--type", "FOO")]
    [InlineData(1, "explain", "ce", "--from", "nobody")]
    [InlineData(2, "watch", "everything")]
    [InlineData(1, "trace", "vif5.0", "--write", "-")]
    [InlineData(2, "trace")]
    [InlineData(2, "shadow", "--against", "nowhere")]
    [InlineData(2, "import", "--config-out", "/tmp/x")]
    public void What_cannot_be_done_is_one_line_and_an_exit_code(int code, params string[] arguments) =>
        Assert.StartsWith("xennet", _host.Xennet(arguments).FailedWith(code), StringComparison.Ordinal);

    [Fact]
    public void Without_a_daemon_a_command_says_where_it_looked()
    {
        _host.Stop();

        Assert.Equal($"no daemon answers at {_host.ControlSocket} (there is no such socket); "
            + "start it with systemctl start xennet, or name its socket with --socket PATH", Refused(1, "machine", "list"));
        Assert.Contains("/nowhere.sock", Refused(1, "--socket", "/nowhere.sock", "machine", "list"));
    }

    [Fact]
    public void Query_asks_as_a_guest_would()
    {
        _host.Xen("machine", "add", "ce");

        Assert.Equal("ce.testbed. 60 IN A 10.0.1.1\n", _host.Xen("query", "ce.testbed"));
        Assert.Equal("1.1.0.10.in-addr.arpa. 60 IN PTR ce.testbed.\n", _host.Xen("query", "10.0.1.1"));
        Assert.Contains("does not exist (NXDOMAIN)", Refused(1, "query", "nobody.testbed"));
    }

    [Fact]
    public void A_fresh_mac_is_xens_and_can_be_kept()
    {
        _host.Xen("machine", "add", "ce");

        var mac = _host.Xen("mac", "ce").Trim();

        Assert.Matches("^00:16:3e(:[0-9a-f]{2}){3}$", mac);
        Assert.Contains($"\"mac\":\"{mac}\"", _host.Xen("export", "json"));
    }

    // JSON as it is printed, which is written here in several lines.
    private static string Joined(string text) => text.Replace("\n", "", StringComparison.Ordinal);

    private string Refused(int code, params string[] arguments) =>
        _host.Xennet(arguments).FailedWith(code)["xennet: ".Length..];

    private string Status(params string[] arguments) => XenHost.DigStatus(_host.Dom0, ["@127.0.0.1", .. arguments]);

    [GeneratedRegex("\"since\":\"[^\"]+\"")]
    private static partial Regex Moments();
}
