using Microsoft.Data.Sqlite;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Hook;

/// <summary><c>online</c> with libxl's own arguments and environment, and what stands when it has returned.</summary>
public sealed class HookOnlineTests : IDisposable
{
    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Online_brings_the_vif_up_and_says_connected_in_nine_octets()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal("", ce.HotplugStatus);

        var outcome = ce.Online();

        Assert.Equal(new Outcome(0, "", ""), outcome);
        Assert.Equal("connected", ce.HotplugStatus);
        Assert.Equal(9, ce.HotplugStatus!.Length);
        Assert.Null(ce.HotplugError);
        Assert.Contains("inet 10.0.1.129/32 scope global vif5.0", Ip("-4", "addr", "show", "vif5.0"));
        Assert.Equal("10.0.1.1 dev vif5.0 proto static scope link src 10.0.1.129", Ip("route", "show",
            "10.0.1.1").Trim());
        Assert.Equal($"10.0.1.1 lladdr {ce.Mac} PERMANENT", Ip("neigh", "show", "dev", "vif5.0").Trim());
        Assert.Equal("0", Setting("net/ipv4/conf/vif5.0/rp_filter"));
        Assert.Equal("0", Setting("net/ipv4/conf/vif5.0/proxy_arp"));
        Assert.Equal("1", Setting("net/ipv6/conf/vif5.0/addr_gen_mode"));
        Assert.Empty(Ip("-6", "addr", "show", "vif5.0"));
        Assert.Equal(["vif5.0"], Elements("vifs"));
        Assert.Equal(["vif5.0 10.0.1.0 00:16:3e:00:05:00"], Elements("guests"));
        Assert.Empty(Elements("sources"));
    }

    [Fact]
    public void When_it_returns_machine_and_binding_are_durable()
    {
        var ce = _host.AddVif(5, 1, "ce");

        Assert.Equal(0, ce.Online().Code);
        _host.Kill();

        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_sqlite3());
        using var registry = new SqliteConnection(
            $"Data Source={_host.StateDirectory}/registry.db;Mode=ReadOnly;Pooling=False");
        registry.Open();
        Assert.Equal("1|ce|ce", Row(registry, "SELECT number, label, name FROM machine"));
        Assert.Equal($"vif5.1|1|2|{ce.Mac}|5", Row(registry, "SELECT vif, number, y, mac, domid FROM binding"));
        Assert.Equal("ok", Row(registry, "PRAGMA integrity_check"));
    }

    [Fact]
    public void The_very_next_question_is_answered_forward_and_back()
    {
        var ce = _host.AddVif(5, 1, "ce");
        Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "ce.testbed"));

        Assert.Equal(0, ce.Online().Code);

        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
        Assert.Equal("10.0.1.1", _host.Dig("ce"));
        Assert.Equal("10.0.1.2", _host.Dig("eth1.ce.testbed"));
        Assert.Equal("10.0.1.130", _host.Dig("vif1.ce.testbed"));
        Assert.Equal("eth1.ce.testbed.", _host.Dig("-x", "10.0.1.2"));
        Assert.Equal("vif1.ce.testbed.", _host.Dig("-x", "10.0.1.130"));
        Assert.Equal("ce.testbed.", _host.Dig("-x", "10.0.1.1"));
    }

    [Fact]
    public void Online_twice_is_as_good_as_once()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(0, ce.Online().Code);
        var before = WithoutTimes(_host.Picture());

        Assert.Equal(new Outcome(0, "", ""), ce.Online());

        Assert.Equal(before, WithoutTimes(_host.Picture()));
        Assert.Equal("connected", ce.HotplugStatus);
    }

    [Theory]
    [InlineData("online", "type_if=tap")]
    [InlineData("offline", "type_if=tap")]
    [InlineData("add", "type_if=vif")]
    [InlineData("remove")]
    public void A_call_that_is_not_for_the_vif_succeeds_and_touches_nothing(params string[] arguments)
    {
        var ce = _host.AddVif(5, 0, "ce", "type=vif_ioemu");
        var (picture, store) = (_host.Picture(), _host.Xenstore());

        var outcome = ce.HookIn([.. ce.Environment(), "INTERFACE=vif5.0-emu"], arguments);

        Assert.Equal(new Outcome(0, "", ""), outcome);
        Assert.Equal(picture, _host.Picture());
        Assert.Equal(store, _host.Xenstore());
    }

    [Fact]
    public void A_vifname_is_the_links_name_afterwards_and_the_environments_stays_the_default_one()
    {
        var web = _host.AddVif(5, 0, "web", "vifname=web");

        Assert.Equal(new Outcome(0, "", ""), web.Online());

        Assert.NotEqual(0, _host.Dom0.TryExec("ip", "link", "show", "vif5.0").Code);
        Assert.Contains("inet 10.0.1.129/32 scope global web", Ip("-4", "addr", "show", "web"));
        Assert.Equal(["web"], Elements("vifs"));
        Assert.Equal(["web 10.0.1.0"], NftJson.Sources(_host.Dom0));
        Assert.Equal("web", _host.List("vif").Single().GetProperty("vif").GetString());
        Assert.Equal(new Outcome(0, "", ""), web.Online());
    }

    [Fact]
    public void A_vifname_that_another_link_has_is_refused_by_name()
    {
        var web = _host.AddVif(5, 0, "web", "vifname=uplink0");
        var before = _host.Picture();

        var line = web.Online().FailedWith();

        Assert.Contains("uplink0", line);
        Assert.Equal(before, _host.Picture());
    }

    [Theory]
    [InlineData("68")]
    [InlineData("1400")]
    [InlineData("9000")]
    public void The_mtu_of_the_backend_is_the_links(string mtu)
    {
        var ce = _host.AddVif(5, 0, "ce", $"mtu={mtu}");

        Assert.Equal(new Outcome(0, "", ""), ce.Online());

        Assert.Contains($" mtu {mtu} ", Ip("link", "show", "vif5.0"));
    }

    [Fact]
    public void A_second_interface_is_the_same_machines()
    {
        _host.StartVif(5, 0, "ce");

        Assert.Equal(new Outcome(0, "", ""), _host.AddVif(5, 1, "ce").Online());

        Assert.Equal("10.0.1.2 dev vif5.1 proto static scope link src 10.0.1.130", Ip("route", "show",
            "10.0.1.2").Trim());
        Assert.Equal(["vif5.0 10.0.1.0", "vif5.1 10.0.1.0"], NftJson.Sources(_host.Dom0));
        Assert.Equal("10.0.1.1", _host.Dig("eth0.ce.testbed"));
        Assert.Equal("10.0.1.2", _host.Dig("eth1.ce.testbed"));
    }

    [Fact]
    public void Device_126_is_the_last_that_has_an_address()
    {
        Assert.Equal(new Outcome(0, "", ""), _host.AddVif(5, 126, "ce").Online());

        Assert.Contains("inet 10.0.1.255/32 scope global vif5.126", Ip("-4", "addr", "show", "vif5.126"));
        Assert.Contains("vif5.126: 10.0.1.255 ends in .255", _host.Xen("vif", "list"));
    }

    [Fact]
    public void The_next_machine_has_the_next_number_and_a_known_one_its_own()
    {
        _host.StartVif(5, 0, "ce");
        _host.StartVif(6, 0, "web");

        var again = _host.StartVif(7, 0, "ce", "mac=00:16:3e:77:00:00");

        Assert.Equal("10.0.1.1", again.Address);
        Assert.Equal("10.0.2.1", _host.Dig("web.testbed"));
    }

    [Fact]
    public void A_device_whose_name_begins_like_anothers_comes_up_too()
    {
        Assert.Equal(0, _host.AddVif(1, 10, "ce").Online().Code);
        var one = _host.AddVif(1, 1, "ce");

        Assert.Equal(new Outcome(0, "", ""), one.Online());

        Assert.Equal("connected", one.HotplugStatus);
        Assert.Equal(["vif1.1 10.0.1.0", "vif1.10 10.0.1.0"], NftJson.Sources(_host.Dom0));
    }

    [Fact]
    public void A_guest_that_has_not_connected_yet_has_no_carrier_and_no_need_of_one()
    {
        var ce = _host.AddVif(5, 0, "ce");
        ce.Guest.Ip("link", "set", "eth0", "down");

        Assert.Equal(new Outcome(0, "", ""), ce.Online());

        ce.Guest.Ip("link", "set", "eth0", "up");
        ce.TakeAddress();
        Assert.True(ce.Pings(ce.Dom0End));
    }

    [Fact]
    public void Xenstored_is_found_by_its_run_directory_too()
    {
        var ce = _host.AddVif(5, 0, "ce");

        var outcome = ce.HookIn(
            [
                .. ce.Environment().Where(variable => !variable.StartsWith("XENSTORED_PATH",
                    StringComparison.Ordinal)),
                "XENSTORED_RUNDIR=" + Path.GetDirectoryName(_host.XenstoreSocket),
            ],
            "online", "type_if=vif");

        Assert.Equal(new Outcome(0, "", ""), outcome);
    }

    [Fact]
    public void A_machine_that_arrives_by_migration_is_the_one_that_it_will_be()
    {
        var here = _host.StartVif(5, 0, "ce");
        var arriving = _host.AddVif(6, 0, "ce--incoming", "mac=00:16:3e:00:05:00");

        Assert.Equal(new Outcome(0, "", ""), arriving.Online());

        Assert.Equal("connected", arriving.HotplugStatus);
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
        Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "ce--incoming.testbed"));
        Assert.Single(_host.List("machine"));
        Assert.Equal(["vif5.0", "vif6.0"], _host.List("vif").Select(vif => vif
            .GetProperty("vif").GetString()).Order());
        Assert.StartsWith("10.0.1.1 dev vif5.0 ", Ip("route", "get", "10.0.1.1"), StringComparison.Ordinal);
        Assert.True(here.Pings(here.Dom0End));
    }

    [Fact]
    public void Xends_call_is_understood()
    {
        // xend's nodes have the name beside the vif; its words stand among the arguments; udev sets these variables.
        var old = _host.AddVif(5, 0, "not-this", "domain=old.guest");

        var outcome = old.HookIn(
            [
                "ACTION=online", "SUBSYSTEM=xen-backend", "XENBUS_TYPE=vif", "XENBUS_PATH=backend/vif/5/0",
                "XENBUS_BASE_PATH=backend", "script=/etc/xen/scripts/vif-nat-dns", "vif=vif5.0", .. old.Places(),
            ],
            "dhcp=yes", "online");

        Assert.Equal(new Outcome(0, "", ""), outcome);
        Assert.Equal("connected", old.HotplugStatus);
        Assert.Equal("10.0.1.1", _host.Dig("old-guest.testbed"));
        Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "not-this.testbed"));
    }

    [Fact]
    public void An_absolute_path_and_the_long_name_of_the_command_do_as_well()
    {
        var ce = _host.AddVif(5, 0, "ce");

        var outcome = Outcome.Of(_host.Dom0.TryExec("env", ["-i", $"XENBUS_PATH={ce.Backend}", .. ce.Places(),
            XenHost.Program, "hook", "online", "type_if=vif"]));

        Assert.Equal(new Outcome(0, "", ""), outcome);
        Assert.Equal("connected", ce.HotplugStatus);
    }

    [Fact]
    public void A_machine_with_a_name_that_is_no_label_is_found_by_its_mapped_name()
    {
        Assert.Equal(0, _host.AddVif(5, 0, "Win_2019..Srv+").Online().Code);

        Assert.Equal("10.0.1.1", _host.Dig("win-2019-srv.testbed"));
        Assert.Equal("Win_2019..Srv+", _host.List("vif").Single().GetProperty("machine").GetString());
    }

    private static string Row(SqliteConnection registry, string sql)
    {
        using var command = registry.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read());
        return string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue));
    }

    private static string WithoutTimes(string picture) =>
        System.Text.RegularExpressions.Regex.Replace(picture, "\"since\":\"[^\"]*\"", "");

    private string[] Elements(string set) => NftJson.Elements(_host.Dom0, set);

    private string Ip(params string[] arguments) => _host.Dom0.Ip(arguments);

    private string Setting(string name) => _host.Dom0.Exec("cat", "/proc/sys/" + name).Trim();
}
