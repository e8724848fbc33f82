using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Hook;

/// <summary><c>offline</c>: late, twice, with everything gone, and never a word into xenstore.</summary>
public sealed class HookOfflineTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Offline_takes_all_away_but_the_name_and_its_address()
    {
        var before = _host.Picture();
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(Done, ce.Online());

        Assert.Equal(Done, ce.Offline());

        Assert.Empty(_host.List("vif"));
        Assert.Empty(NftJson.Sources(_host.Dom0));
        Assert.Empty(NftJson.Elements(_host.Dom0, "vifs"));
        Assert.Empty(_host.Dom0.Ip("-4", "addr", "show", "vif5.0"));
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
        ce.Remove();
        Assert.Equal(before, _host.Picture());
    }

    [Fact]
    public void Offline_twice_is_as_good_as_once()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(Done, ce.Online());

        Assert.Equal(Done, ce.Offline());
        var after = _host.Picture();

        Assert.Equal(Done, ce.Offline());
        Assert.Equal(after, _host.Picture());
    }

    [Fact]
    public void Offline_of_what_never_was_online_succeeds()
    {
        var ce = _host.AddVif(5, 0, "ce");
        var before = _host.Picture();

        Assert.Equal(Done, ce.Offline());

        Assert.Equal(before, _host.Picture());
    }

    [Fact]
    public void Online_after_offline_of_a_link_that_stayed_comes_up_again()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(Done, ce.Online());
        Assert.Equal(Done, ce.Offline());

        Assert.Equal(Done, ce.Online());

        ce.TakeAddress();
        Assert.True(ce.Pings("10.0.1.129"));
    }

    [Fact]
    public void Offline_writes_nothing_into_xenstore()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(Done, ce.Online());
        var before = _host.Xenstore();

        Assert.Equal(Done, ce.Offline());
        Assert.Equal(Done, ce.Offline());

        Assert.Equal(before, _host.Xenstore());
    }

    [Fact]
    public void Offline_with_link_and_nodes_gone_succeeds_and_makes_no_node_anew()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(Done, ce.Online());
        ce.Remove();
        _host.Rig("destroy", "5");
        var before = _host.Xenstore();

        Assert.Equal(Done, ce.Offline());

        Assert.Equal(before, _host.Xenstore());
        Assert.Empty(_host.List("vif"));
        Assert.Empty(NftJson.Sources(_host.Dom0));
    }

    [Fact]
    public void Offline_that_fails_writes_nothing_into_xenstore_either()
    {
        var ce = _host.AddVif(5, 0, "ce");
        var before = _host.Xenstore();

        var line = ce.HookIn([.. ce.Environment(), "XENBUS_PATH=backend/vif/5/zero"], "offline", "type_if=vif")
            .FailedWith();

        Assert.Contains("does not end in /vif/DOMAIN/DEVICE", line);
        Assert.Equal(before, _host.Xenstore());
    }

    [Fact]
    public void Offline_does_not_need_xenstored()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(Done, ce.Online());

        Assert.Equal(Done, ce.HookIn(
            [.. ce.Environment(), $"XENSTORED_PATH={_host.Folder}/nowhere"], "offline", "type_if=vif"));

        Assert.Empty(_host.List("vif"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("vifname=web")]
    public void A_late_offline_of_the_old_domain_leaves_the_new_ones_binding(string? vifName)
    {
        string[] nodes = vifName is null ? [] : [vifName];
        var before = _host.AddVif(5, 0, "ce", [.. nodes, "mac=00:16:3e:00:00:01"]);
        Assert.Equal(Done, before.Online());

        // As on a reboot: netback removes the old link, the new domain comes up, and only then the old offline runs.
        if (vifName is not null)
        {
            _host.Dom0.Ip("link", "del", "web");
        }

        var after = _host.StartVif(6, 0, "ce", [.. nodes, "mac=00:16:3e:00:00:01"]);
        var picture = Bound();
        Assert.Equal(Done, before.Offline());

        Assert.Contains(picture, binding => binding.EndsWith(" ce 10.0.1.1", StringComparison.Ordinal));
        Assert.Equal(vifName is null ? ["vif6.0 ce 10.0.1.1"] : ["web ce 10.0.1.1"], Bound());
        Assert.Contains((vifName is null ? "vif6.0" : "web") + " 10.0.1.0", NftJson.Sources(_host.Dom0));
        Assert.Single(NftJson.Sources(_host.Dom0));
        Assert.True(after.Pings("10.0.1.129"));
        Assert.Equal("10.0.1.1", XenHost.Dig(after.Guest, "@10.0.1.129", "ce.testbed"));
        Assert.Equal("10.0.1.1", XenHost.Dig(after.Guest, "@10.0.1.129", "+tcp", "ce.testbed"));
    }

    [Fact]
    public void Offline_of_one_of_two_interfaces_leaves_the_other()
    {
        var first = _host.StartVif(5, 0, "ce");
        var second = _host.AddVif(5, 1, "ce");
        Assert.Equal(Done, second.Online());

        Assert.Equal(Done, second.Offline());

        Assert.True(first.Pings("10.0.1.129"));
        Assert.Equal(["vif5.0 10.0.1.0"], NftJson.Sources(_host.Dom0));
        Assert.Equal("10.0.1.2", _host.Dig("eth1.ce.testbed"));
    }

    [Fact]
    public void A_link_that_goes_without_offline_takes_its_binding_with_it()
    {
        var ce = _host.AddVif(5, 0, "ce", "vifname=web");
        Assert.Equal(Done, ce.Online());

        _host.Dom0.Ip("link", "del", "web");

        _host.Daemon.Await("web is down: its link is gone");
        Assert.Empty(_host.List("vif"));
        Assert.Empty(NftJson.Sources(_host.Dom0));
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
    }

    private string[] Bound() => [.. _host.List("vif").Select(vif =>
        $"{vif.GetProperty("vif")} {vif.GetProperty("machine")} {vif.GetProperty("address")}")];
}
