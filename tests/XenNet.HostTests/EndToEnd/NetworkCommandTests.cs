using System.Text.Json;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary><c>network start|stop|status</c>, <c>check</c> and <c>status</c> beside what else is on a Dom0.</summary>
public sealed class NetworkCommandTests : IDisposable
{
    private const string Foreign = "table ip mine { set s { type ipv4_addr; elements = { 192.0.2.7 }; }; chain c { "
        + "type filter hook forward priority 5; policy accept; ip saddr @s counter drop; }; }";

    private const string NoUplink =
        "There is no default route and so no uplink: guests reach each other and Dom0, not the outside.";

    private readonly XenHost _host = new("", serving: false);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Stop_takes_away_exactly_what_start_added()
    {
        Nft(Foreign);
        var (rules, settings) = (Rules(), Settings());

        Assert.Equal(new Outcome(0, "", ""), Network("start"));
        Assert.NotEqual((rules, settings), (Rules(), Settings()));
        Assert.Equal(new Outcome(0, "", ""), Network("stop"));

        Assert.Equal(rules, Rules());
        Assert.Equal(settings, Settings());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_host.RunDirectory));
    }

    [Fact]
    public void What_serve_put_there_stop_takes_away_after_it()
    {
        Nft(Foreign);
        var (rules, settings) = (Rules(), Settings());
        _host.Start();
        _host.StartVif(5, 0, "ce").Remove();
        _host.Daemon.Await("vif5.0 is down");
        _host.Stop();
        Assert.Contains("table inet xennet", Rules());

        Assert.Equal(new Outcome(0, "", ""), Network("stop"));

        Assert.Equal(rules, Rules());
        Assert.Equal(settings, Settings());
    }

    [Fact]
    public void Start_and_stop_twice_are_as_good_as_once()
    {
        Nft(Foreign);
        var (rules, settings) = (Rules(), Settings());

        Assert.Equal(0, Network("start").Code);
        var (started, switched) = (Rules(), Settings());
        Assert.Equal(new Outcome(0, "", ""), Network("start"));
        Assert.Equal((started, switched), (Rules(), Settings()));

        Assert.Equal(0, Network("stop").Code);
        Assert.Equal(new Outcome(0, "", ""), Network("stop"));
        Assert.Equal((rules, settings), (Rules(), Settings()));
    }

    [Fact]
    public void Forwarding_that_was_on_before_stays_on()
    {
        _host.Dom0.Exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");

        Assert.Equal(0, Network("start").Code);
        Assert.Equal(0, Network("stop").Code);

        Assert.Equal("1", _host.Dom0.Exec("sysctl", "-n", "net.ipv4.ip_forward").Trim());
    }

    [Fact]
    public void Status_ends_with_0_in_place_and_1_not()
    {
        var before = Network("status");
        Network("start");
        var between = Network("status");
        Network("stop");
        var after = Network("status");

        Assert.Equal((1, 0, 1), (before.Code, between.Code, after.Code));
        Assert.Contains("- Dom0 does not forward (net.ipv4.ip_forward = 0).", before.Output);
        Assert.Contains("- The nft table inet xennet is not there", before.Output);
        Assert.Contains("    xennet network start", before.Output);
        Assert.Contains("+ The nft table inet xennet is in place.", between.Output);
        Assert.Contains("+ The uplink is uplink0.", between.Output);
        Assert.DoesNotContain("\n- ", between.Output);
        Assert.Equal(before, after);
    }

    [Fact]
    public void Status_has_a_form_for_programs()
    {
        var before = Json();
        Network("start");
        var after = Json();

        Assert.False(before.GetProperty("inPlace").GetBoolean());
        Assert.True(after.GetProperty("inPlace").GetBoolean());
        Assert.Equal("uplink0", after.GetProperty("uplink").GetString());
        Assert.All(after.GetProperty("findings").EnumerateArray(), finding =>
            Assert.Equal(["subject", "standing", "sentence", "remedies"], finding.EnumerateObject().Select(one =>
                one.Name)));
    }

    [Fact]
    public void The_script_by_its_own_name_is_the_command()
    {
        Assert.Equal(0, _host.Dom0.TryExec(_host.NetworkLink, "start", "--config", _host.ConfigurationFile).Code);
        Assert.Contains("table inet xennet", Rules());
        Assert.Equal(0, _host.Dom0.TryExec(_host.NetworkLink, "status", "--config", _host.ConfigurationFile).Code);
        Assert.Equal(0, _host.Dom0.TryExec(_host.NetworkLink, "stop", "--config", _host.ConfigurationFile).Code);
        Assert.DoesNotContain("table inet xennet", Rules());
    }

    [Fact]
    public void Without_an_uplink_it_is_said_and_the_rest_works()
    {
        _host.Dom0.Ip("route", "del", "default");

        Assert.Equal(new Outcome(0, NoUplink + "\n", ""), Network("start"));
        Assert.Equal(0, Network("status").Code);
        Assert.Contains("! " + NoUplink, Network("status").Output);
        _host.Start();
        _host.Daemon.Await(NoUplink);
        var (ce, web) = (_host.StartVif(5, 0, "ce"), _host.StartVif(6, 0, "web"));

        Assert.True(ce.Pings(web.Address));
        Assert.True(ce.Pings(ce.Dom0End));
        Assert.Equal("10.0.2.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "web.testbed"));
        Assert.Contains("! " + NoUplink.TrimEnd('.') + "; add a default route", _host.Xen("status"));
        Assert.Contains("no uplink", _host.Xen("status"));
    }

    [Fact]
    public void An_uplink_that_comes_later_is_taken_without_a_restart()
    {
        _host.Dom0.Ip("route", "del", "default");
        _host.Start();
        var ce = _host.StartVif(5, 0, "ce");
        Assert.False(ce.Pings(XenHost.Gateway, "-W", "1"));

        // The daemon changes its table upon the kernel's word: nft tells when that has happened.
        using var monitor = _host.MonitorNft();
        _host.Dom0.Ip("route", "add", "default", "via", XenHost.Gateway);
        monitor.Await("masquerade");

        Assert.True(ce.Pings(XenHost.Gateway));
    }

    [Fact]
    public void Guests_follow_the_default_route_to_another_uplink_and_back_while_they_run()
    {
        const string otherGateway = "198.51.100.1";
        _host.Start();
        var ce = _host.StartVif(5, 0, "ce");
        using var other = NetworkNamespace.Create("out2");
        _host.Dom0.Join("uplink1", other, "eth0");
        _host.Dom0.Ip("addr", "add", "198.51.100.2/24", "dev", "uplink1");
        _host.Dom0.Ip("link", "set", "uplink1", "up");
        other.Ip("addr", "add", otherGateway + "/24", "dev", "eth0");
        other.Ip("link", "set", "eth0", "up");
        Assert.False(ce.Pings(otherGateway, "-W", "1"));

        using (var monitor = _host.MonitorNft())
        {
            _host.Dom0.Ip("route", "replace", "default", "via", otherGateway);
            monitor.Await("oifname \"uplink1\"");
        }

        Assert.True(ce.Pings(otherGateway));
        using (var monitor = _host.MonitorNft())
        {
            _host.Dom0.Ip("link", "del", "uplink1");
            _host.Dom0.Ip("route", "add", "default", "via", XenHost.Gateway);
            monitor.Await("oifname \"uplink0\"");
        }

        Assert.True(ce.Pings(XenHost.Gateway));
    }

    [Fact]
    public void A_foreign_drop_policy_is_named_with_the_rules_that_open_it()
    {
        _host.Start();
        var ce = _host.StartVif(5, 0, "ce");
        Nft("table ip wall { chain FORWARD { type filter hook forward priority 0; policy drop; }; }");
        const string sentence = "ip wall FORWARD has the policy drop: it drops guests' packets";
        const string remedy = "nft insert rule ip wall FORWARD iifname \"vif*\" accept comment \"xennet\"";
        Assert.False(ce.Pings(XenHost.Gateway, "-W", "1"));

        Assert.Contains(sentence, Network("status").Output);
        Assert.Contains(remedy, Network("status").Output);
        Assert.Contains(sentence, _host.Xen("status"));
        Assert.Contains(remedy, _host.Xen("status"));
        Assert.Contains(sentence, _host.Xen("check", "--config", _host.ConfigurationFile));
        Assert.Contains(remedy, _host.Xen("check", "--config", _host.ConfigurationFile));

        foreach (var line in Network("status").Output.Split('\n').Where(line => line.StartsWith("    nft ",
            StringComparison.Ordinal)))
        {
            _host.Dom0.Exec("sh", "-c", line.Trim().Replace("{", "'{", StringComparison.Ordinal)
                .Replace("}", "}'", StringComparison.Ordinal).Replace("\"", "'\"'", StringComparison.Ordinal));
        }

        Assert.DoesNotContain(sentence, Network("status").Output);
        Assert.True(ce.Pings(XenHost.Gateway));
    }

    [Theory]
    [InlineData("flush ruleset")]
    [InlineData("delete table inet xennet")]
    [InlineData("delete table arp xennet")]
    [InlineData("flush chain inet xennet guest")]
    [InlineData("flush set inet xennet guests")]
    [InlineData("delete element inet xennet vifs { \"web-net\" }")]
    public void What_somebody_does_to_our_table_is_put_back_with_its_elements_and_logged(string damage)
    {
        _host.Start();
        var ce = _host.StartVif(5, 0, "ce");
        var web = _host.StartVif(6, 0, "web", "vifname=web-net");
        var before = NftText.Lasting(_host.Dom0.Exec("nft", "-s", "list", "ruleset"));
        using var monitor = _host.MonitorNft();

        Nft(damage);

        _host.Daemon.Await("Somebody changed our nft table, it is put back: ");
        monitor.Await("add element inet xennet guests { \"web-net\" . 10.0.2.0 . 00:16:3e:00:06:00 }");
        Assert.Equal(before, NftText.Lasting(_host.Dom0.Exec("nft", "-s", "list", "ruleset")));
        Assert.True(ce.Pings(web.Address));
        Assert.True(web.Pings(XenHost.Gateway));
    }

    [Theory]
    [InlineData("net.ipv4.ip_forward=0")]
    [InlineData("net.ipv4.conf.all.forwarding=0")]
    public void Forwarding_that_somebody_switches_off_is_put_back_and_logged(string setting)
    {
        _host.Start();
        var ce = _host.StartVif(5, 0, "ce");
        var web = _host.StartVif(6, 0, "web");

        _host.Dom0.Exec("sysctl", "-q", "-w", setting);

        _host.Daemon.Await("somebody switched net.ipv4.ip_forward off, it is put back");
        Assert.True(SpinWait.SpinUntil(() => Network("status").Code == 0, RunningProgram.Patience));
        Assert.True(ce.Pings(web.Address));
        Assert.True(web.Pings(XenHost.Gateway));
    }

    [Fact]
    public void Stop_is_not_undone_by_a_daemon_and_start_brings_its_guests_back()
    {
        _host.Start();
        var ce = _host.StartVif(5, 0, "ce");
        var web = _host.StartVif(6, 0, "web", "vifname=web-net");
        var before = NftText.Lasting(_host.Dom0.Exec("nft", "-s", "list", "ruleset"));

        Assert.Equal(new Outcome(0, "", ""), Network("stop"));
        _host.Daemon.Await("network stop was called");
        Assert.Empty(Rules());
        Assert.Equal("0", _host.Dom0.Exec("sysctl", "-n", "net.ipv4.ip_forward").Trim());
        Assert.Equal(1, Network("status").Code);
        Assert.Contains("not in place", _host.Xen("status"));
        using var monitor = _host.MonitorNft();
        Assert.Equal(new Outcome(0, "", ""), Network("start"));
        monitor.Await("add element inet xennet guests { \"web-net\" . 10.0.2.0 . 00:16:3e:00:06:00 }");

        Assert.Equal(before, NftText.Lasting(_host.Dom0.Exec("nft", "-s", "list", "ruleset")));
        Assert.True(ce.Pings(web.Address));
        Assert.True(web.Pings(XenHost.Gateway));
    }

    [Fact]
    public void Without_nat_guests_keep_their_address()
    {
        File.AppendAllText(_host.ConfigurationFile, "[network]\nnat = false\n");

        Network("start");

        Assert.DoesNotContain("masquerade", Rules());
    }

    [Fact]
    public void A_wrong_configuration_is_named_by_its_place_and_nothing_is_done()
    {
        File.AppendAllText(_host.ConfigurationFile, "[network]\nnat = 1\nuplnk = \"eth0\"\n");
        var before = Rules();

        foreach (var command in (string[][])[["network", "start"], ["serve"], ["check"]])
        {
            var outcome = _host.Xennet([.. command, "--config", _host.ConfigurationFile]);

            Assert.Equal((2, ""), (outcome.Code, outcome.Output));
            var lines = outcome.Error.TrimEnd('\n').Split('\n');
            Assert.Equal(2, lines.Length);
            Assert.Matches(@"^/.*/xennet\.toml:5:\d+: .*nat", lines[0]);
            Assert.Matches(@"^/.*/xennet\.toml:6:\d+: .*uplnk.*uplink", lines[1]);
        }

        Assert.Equal(before, Rules());
    }

    [Fact]
    public void A_configuration_that_is_named_and_missing_is_said()
    {
        var line = _host.Xennet("serve", "--config", _host.Folder + "/none.toml").FailedWith(2);

        Assert.Contains(_host.Folder + "/none.toml", line);
    }

    private Outcome Network(string verb) => _host.Xennet("network", verb, "--config", _host.ConfigurationFile);

    private JsonElement Json() => JsonDocument.Parse(
        _host.Xennet("network", "status", "--json", "--config", _host.ConfigurationFile).Output).RootElement;

    private string Rules() => _host.Dom0.Exec("nft", "list", "ruleset");

    // All of IPv4's and IPv6's, but those that a program can only write and those that count.
    private string Settings() => _host.Dom0.TryExec("sysctl", "-a", "-r", @"^net\.ipv[46]\.").Output;

    private void Nft(string command) => _host.Dom0.Exec("nft", command);
}
