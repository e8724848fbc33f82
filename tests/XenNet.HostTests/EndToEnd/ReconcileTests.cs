using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace XenNet.HostTests.EndToEnd;

/// <summary>The registry, the kernel and xenstore go apart, and are brought together again.</summary>
public sealed class ReconcileTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    public static TheoryData<string, string> Damages => new()
    {
        { "ip link set vif5.0 down", "it is switched off" },
        { "ip link set vif5.0 mtu 1280", "its MTU is 1280 and not 1500" },
        { "ip addr flush dev vif5.0", "the address 10.0.1.129 is missing" },
        { "ip route del 10.0.1.1", "the route to 10.0.1.1 is missing" },
        { "ip neigh del 10.0.1.1 dev vif5.0", "the neighbour 10.0.1.1 is missing" },
        { "ip link set vif5.0 down name renamed", "it is called renamed" },
        { "ip link add br9 type bridge; ip link set vif5.0 master br9", "it is a port of a bridge" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void What_somebody_takes_from_a_vif_is_put_back_when_the_kernel_says_so(string damage, string difference)
    {
        var ce = _host.StartVif(5, 0, "ce");
        var before = _host.Picture();

        Damage(damage);

        Assert.Contains(difference, _host.Daemon.Await("vif5.0 is put in order: "), StringComparison.Ordinal);
        Undamage();
        Assert.Equal(before, _host.Picture());
        Assert.True(ce.Pings(ce.Dom0End));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    [InlineData("sysctl -q -w net.ipv4.conf.vif5/0.rp_filter=1", "its inet settings are others")]
    [InlineData("sysctl -q -w net.ipv6.conf.vif5/0.addr_gen_mode=0", "the kernel gives it IPv6 addresses")]
    [InlineData("ip addr add 10.0.1.130/32 dev vif5.0", "it has the address 10.0.1.130")]
    public void What_was_taken_from_a_vif_while_the_daemon_was_down_is_put_back_at_its_start(string damage, string difference)
    {
        var ce = _host.StartVif(5, 0, "ce");
        var before = _host.Picture();
        _host.Kill();
        Damage(damage);

        _host.Start();

        Assert.Contains(difference, _host.Daemon.Await("vif5.0 is put in order: "), StringComparison.Ordinal);
        Undamage();
        Assert.Equal(before, _host.Picture());
        Assert.True(ce.Pings(ce.Dom0End));
        Assert.Equal("All is as it should be.\n", _host.Xen("reconcile"));
    }

    [Fact]
    public void On_demand_it_says_what_it_did_and_a_dry_run_what_it_would_do()
    {
        var ce = _host.StartVif(5, 0, "ce");
        _host.StartVif(6, 0, "web");
        Assert.Equal("[]\n", _host.Xen("reconcile", "--json"));
        var before = _host.Picture();
        // Neither is told by the kernel.
        Damage("ip addr add 10.0.1.130/32 dev vif5.0; nft add element inet xennet vifs { vif77.0 }");

        var dry = _host.Xennet("reconcile", "--dry-run", "--json");
        var planned = JsonDocument.Parse(dry.Output).RootElement.EnumerateArray().Select(Words).ToArray();
        Assert.Equal((1, ""), (dry.Code, dry.Error));
        Assert.Equal(
            [
                "vif5.0 mend planned it has the address 10.0.1.130",
                "vif77.0 release planned the filter knew it, and it is nobody's",
            ],
            planned);
        Assert.Equal(planned, JsonDocument.Parse(_host.Xennet("reconcile", "--dry-run", "--json").Output).RootElement
            .EnumerateArray().Select(Words).ToArray());
        var text = _host.Xen("reconcile");

        Assert.Contains("vif5.0   mend     done     it has the address 10.0.1.130", text, StringComparison.Ordinal);
        Assert.Equal(before, _host.Picture());
        Assert.Equal("All is as it should be.\n", _host.Xen("reconcile"));
        Assert.True(ce.Pings(ce.Dom0End));
    }

    [Fact]
    public void What_cannot_be_mended_is_said_and_is_exit_code_1()
    {
        _host.StartVif(5, 0, "ce");
        _host.Xen("network", "stop", "--config", _host.ConfigurationFile);

        var outcome = _host.Xennet("reconcile");

        Assert.Equal(1, outcome.Code);
        Assert.Contains("network stop was called: run 'xennet network start'", outcome.Output, StringComparison.Ordinal);
        _host.Xen("network", "start", "--config", _host.ConfigurationFile);
        Assert.Equal(0, _host.Xennet("reconcile").Code);
    }

    [Fact]
    public void A_device_that_goes_from_xenstore_is_released_though_its_link_stays()
    {
        _host.StartVif(5, 0, "ce");
        _host.StartVif(6, 0, "web");

        _host.Rig("xs", "rm", "/local/domain/0/backend/vif/5");
        _host.Daemon.Await("vif5.0 is down: its device is gone from xenstore");
        _host.Kill();
        _host.Rig("xs", "rm", "/local/domain/0/backend/vif/6");
        _host.Start();

        Assert.Contains("vif6.0 is down: its device is gone from xenstore", _host.Daemon.Text, StringComparison.Ordinal);
        Assert.Empty(_host.List("vif"));
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
    }

    [Fact]
    public void An_xenstored_that_has_lost_all_its_data_takes_nothing_from_guests_that_run()
    {
        var ce = _host.StartVif(5, 0, "ce");
        _host.Kill();
        _host.Rig("xs", "rm", "/local/domain/5");
        _host.Rig("xs", "rm", "/local/domain/0/backend");

        _host.Start();

        Assert.Single(_host.List("vif"));
        // One that starts then is all that it knows.
        var web = _host.StartVif(6, 0, "web");
        Assert.Equal("All is as it should be.\n", _host.Xen("reconcile"));
        Assert.True(ce.Pings(ce.Dom0End));
        Assert.True(web.Pings(web.Dom0End));
    }

    [Fact]
    public void A_guest_whose_binding_was_lost_with_the_registry_is_bound_again_from_xenstore()
    {
        var ce = _host.StartVif(5, 0, "ce", "script=/etc/xen/scripts/vif-nat-dns");
        _host.StartVif(6, 0, "another-script", "script=/etc/xen/scripts/vif-bridge");
        var closing = _host.StartVif(7, 0, "closing", "script=/etc/xen/scripts/vif-nat-dns");
        _host.Rig("xs", "write", closing.Backend + "/online", "0");
        _host.Kill();
        Registry("DELETE FROM binding");

        _host.Start();

        Assert.Contains("vif5.0 is put in order: xenstore has it connected, and it was not bound", _host.Daemon.Text,
            StringComparison.Ordinal);
        Assert.Equal("vif5.0", _host.List("vif").Single().GetProperty("vif").GetString());
        Assert.True(ce.Pings(ce.Dom0End));
        Assert.Equal(Done, ce.Offline());
    }

    [Fact]
    public void Guests_that_run_keep_their_numbers_when_the_registry_is_lost_with_all_of_its_copies()
    {
        _host.Xen("machine", "add", "idle");
        const string script = "script=/etc/xen/scripts/vif-nat-dns";
        var web = _host.StartVif(7, 0, "web", script);
        var ce = _host.StartVif(5, 0, "ce", script);
        var second = _host.StartVif(5, 1, "ce", script);
        _host.Kill();
        Directory.Delete(_host.StateDirectory, recursive: true);

        _host.Start();

        Assert.Equal([$"vif7.0 web {web.Address}", $"vif5.0 ce {ce.Address}", $"vif5.1 ce {second.Address}"], _host.List("vif").Select(vif =>
            $"{vif.GetProperty("vif")} {vif.GetProperty("machine")} {vif.GetProperty("address")}"));
        Assert.True(ce.Pings(web.Address));
        Assert.Equal(Done, _host.AddVif(8, 0, "new").Online());
        Assert.Equal("10.0.1.1", _host.Dig("new.testbed"));
    }

    [Fact]
    public void Bindings_of_an_earlier_boot_of_dom0_are_stale_whatever_their_links_look_like()
    {
        _host.StartVif(5, 0, "ce");
        _host.Kill();
        Registry("UPDATE dom0_boot SET id = 'another'");

        _host.Start();

        Assert.Contains("vif5.0 is down: Dom0 has started anew", _host.Daemon.Text, StringComparison.Ordinal);
        Assert.Empty(_host.List("vif"));
    }

    [Fact]
    public void A_domain_that_was_renamed_while_the_daemon_was_down_has_its_new_name_after_its_start()
    {
        var ce = _host.StartVif(5, 0, "ce");
        _host.Kill();
        _host.Rig("xs", "write", "/local/domain/5/name", "web");

        _host.Start();

        _host.Daemon.Await("Machine ce is called web now");
        Assert.Equal(ce.Address, _host.Dig("web.testbed"));
    }

    [Fact]
    public void A_name_that_went_from_one_domain_to_another_meanwhile_goes_with_it_whichever_is_told_first()
    {
        var next = _host.StartVif(5, 0, "web-next");
        var old = _host.StartVif(6, 0, "web");
        var last = _host.StartVif(7, 0, "web-old");
        _host.Kill();
        _host.Rig("xs", "write", "/local/domain/7/name", "web-older");
        _host.Rig("xs", "write", "/local/domain/6/name", "web-old");
        _host.Rig("xs", "write", "/local/domain/5/name", "web");

        _host.Start();

        _host.Daemon.Await("Machine web-next is called web now");
        Assert.Equal([next.Address, old.Address, last.Address],
            _host.Dig("web.testbed", "web-old.testbed", "web-older.testbed").Split('\n'));
        Assert.Equal(Done, _host.AddVif(8, 0, "web-next").Online());
        Assert.Equal("10.0.4.1", _host.Dig("web-next.testbed"));
    }

    [Fact]
    public void A_machine_that_arrived_while_the_daemon_was_down_takes_over_after_its_start()
    {
        var old = _host.StartVif(5, 0, "ce");
        var arriving = _host.AddVif(6, 0, "ce--incoming", "mac=" + old.Mac);
        Assert.Equal(Done, arriving.Online());
        _host.Kill();
        _host.Rig("xs", "write", "/local/domain/5/name", "ce--migratedaway");
        _host.Rig("xs", "write", "/local/domain/6/name", "ce");

        _host.Start();

        _host.Daemon.Await("vif6.0 has arrived and takes over");
        arriving.TakeAddress();
        Assert.True(arriving.Pings(arriving.Dom0End));
    }

    private static string Words(JsonElement item) => $"{item.GetProperty("subject")} {item.GetProperty("action")} "
        + $"{item.GetProperty("outcome")} {item.GetProperty("reason")}";

    private void Damage(string commands) => _host.Dom0.Exec("sh", "-ec", commands);

    private void Undamage() => _host.Dom0.TryExec("ip", "link", "del", "br9");

    private void Registry(string sql)
    {
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_sqlite3());
        using var registry = new SqliteConnection($"Data Source={_host.StateDirectory}/registry.db;Pooling=False");
        registry.Open();
        using var command = registry.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
