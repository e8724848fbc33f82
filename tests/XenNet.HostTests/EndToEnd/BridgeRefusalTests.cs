namespace XenNet.HostTests.EndToEnd;

/// <summary>A bridge that is not there, a filter that cannot be loaded, a vif that does not fit.</summary>
public sealed class BridgeRefusalTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly BridgedHost _scene = new(serving: false);

    public void Dispose() => _scene.Dispose();

    private XenHost Host => _scene.Host;

    [Fact]
    public void A_filter_that_cannot_be_loaded_means_no_dhcp_on_bridges_and_is_said_while_routed_guests_are_served()
    {
        using var owner = TakeTable();
        Host.Start();

        Host.Daemon.Await("No DHCP on bridges and no new guests there, as their filter cannot be loaded: ");
        var refused = Host.AddVif(5, 0, "ce", "bridge=xenbr0");
        Assert.Contains("the nft table bridge xennet is not there", refused.Online().FailedWith(1));
        Assert.Contains("No DHCP on bridges: ", Host.Xen("status"));
        Assert.Equal(1, Host.Xennet("network", "status", "--config", Host.ConfigurationFile).Code);
        _scene.StartLeased(6, 0, "web", "none");
    }

    [Fact]
    public void A_guest_that_runs_when_the_filter_is_lost_for_good_keeps_running_without_dhcp()
    {
        Host.Start();
        var ce = _scene.StartLeased(5, 0, "ce", "xenbr0");
        Host.Stop();
        Host.Dom0.Exec("nft", "delete", "table", "bridge", "xennet");
        using var owner = TakeTable();

        Host.Start();

        Host.Daemon.Await("vif5.0 stays on xenbr0 without a filter, and without DHCP");
        Assert.Equal("vif5.0", Assert.Single(Host.List("vif")).GetProperty("vif").GetString());
        using var client = ce.RunDhcpClient("-t", "1");
        client.Await("no lease, failing");
        Assert.Contains("Silent.BridgeUnguarded", Host.Xen("status"));
    }

    [Fact]
    public void A_bridge_that_is_not_there_fails_the_hook_with_what_to_do()
    {
        Host.Dom0.Ip("link", "del", "lab");
        Host.Start();
        var ce = Host.AddVif(5, 0, "ce", "bridge=lab");
        var before = Host.Picture();

        Assert.Contains("the bridge lab is not there: make it first (ip link add lab type bridge)", ce.Online().FailedWith(1));

        Assert.Equal(before, Host.Picture());
        Assert.Contains("The bridge lab is not there", Host.Xen("status"));
        Host.Dom0.Ip("link", "add", "lab", "type", "bridge");
        Host.Dom0.Ip("link", "set", "lab", "up");
        Assert.Equal(Done, ce.Online());
        ce.TakeLease();
        Assert.True(ce.Pings("172.16.0.129"));
    }

    [Fact]
    public void Attach_by_hand_takes_a_bridge_that_is_configured_and_no_other()
    {
        Host.Start();
        var ce = Host.AddVif(5, 0, "ce");

        Assert.Contains("no [[bridge]] is called xenbr7",
            Host.Xennet("vif", "attach", "ce", "vif5.0", ce.Mac, "--bridge", "xenbr7").FailedWith(1));
        Assert.Contains("vif5.0 is eth0 of ce: 172.16.1.1, Dom0 end 172.16.0.129 on lab",
            Host.Xen("vif", "attach", "ce", "vif5.0", ce.Mac, "--bridge", "lab"));
        ce.TakeLease();

        // The same vif, routed: nothing of the bridge stays.
        Assert.Contains("10.0.1.129", Host.Xen("vif", "attach", "ce", "vif5.0", ce.Mac));
        Assert.DoesNotContain("172.16.1.1", Host.Dom0.Ip("route"));
        Assert.DoesNotContain("master", Host.Dom0.Ip("link", "show", "vif5.0"));
    }

    [Fact]
    public void Two_machines_with_one_mac_are_refused_on_one_bridge()
    {
        Host.Start();
        _scene.Start(5, 0, "ce", "xenbr0", "mac=00:16:3e:77:77:77");

        Assert.Contains("00:16:3e:77:77:77 is machine 'ce' on xenbr0 already",
            Host.AddVif(6, 0, "web", "bridge=xenbr0", "mac=00:16:3e:77:77:77").Online().FailedWith(1));
        _scene.Start(7, 0, "other", "lab", "mac=00:16:3e:77:77:77");
    }

    // A table with an owner is the owner's alone, as long as it lives.
    private RunningProgram TakeTable()
    {
        var owner = new RunningProgram(Host.PidFile("owner"), "ip", ["netns", "exec", Host.Dom0.Name, "sh", "-c",
            "(echo 'add table bridge xennet { flags owner; }'; echo 'list tables'; exec sleep 600) | nft -i"]);
        owner.Await("table bridge xennet");
        return owner;
    }
}
