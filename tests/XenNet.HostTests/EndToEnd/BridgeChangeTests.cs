namespace XenNet.HostTests.EndToEnd;

/// <summary>Guests that move between ports, and bridges that go and come back under them.</summary>
public sealed class BridgeChangeTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly BridgedHost _scene = new();

    public void Dispose() => _scene.Dispose();

    private XenHost Host => _scene.Host;

    [Fact]
    public void A_machine_that_has_arrived_on_a_bridge_takes_over_the_port_and_the_one_that_left_is_served_until_then()
    {
        var old = _scene.StartLeased(5, 0, "ce", "xenbr0");
        var web = _scene.StartLeased(6, 0, "web", "xenbr0");
        var arriving = _scene.Start(7, 0, "ce--incoming", "xenbr0", "mac=" + old.Mac);

        Assert.Contains(old.Mac, Stations("vif5.0"), StringComparison.Ordinal);
        Assert.DoesNotContain(old.Mac, Stations("vif7.0"), StringComparison.Ordinal);
        Assert.True(web.Pings("10.0.1.1"));
        old.TakeLease();

        Host.Rig("xs", "write", "/local/domain/5/name", "ce--migratedaway");
        Host.Daemon.Await("vif5.0 is down: migrated away");
        Host.Rig("xs", "write", "/local/domain/7/name", "ce");
        Host.Daemon.Await("vif7.0 has arrived and takes over");

        Assert.Contains(old.Mac, Stations("vif7.0"), StringComparison.Ordinal);
        arriving.TakeLease();
        Assert.Equal("10.0.1.1", arriving.Address);
        Assert.True(arriving.Pings(web.Address));
        Assert.True(web.Pings("10.0.1.1"));
        Assert.True(arriving.Pings(XenHost.Gateway));
        Assert.Equal("10.0.1.1", XenHost.Dig(web.Guest, "@10.0.0.129", "ce.testbed"));
        Assert.Equal(Done, old.Offline());
        Assert.Equal(["vif6.0", "vif7.0"], Host.List("vif").Select(vif => vif.GetProperty("vif").GetString()).Order());
    }

    [Fact]
    public void A_port_that_somebody_made_is_no_guests_until_the_hook_comes_for_it_and_not_again_before_it_is_gone()
    {
        var ce = Host.AddVif(5, 0, "ce", "bridge=lab");
        Host.Dom0.Ip("link", "set", "vif5.0", "master", "lab", "up");
        AwaitOthers("phys0", "vif5.0");

        Assert.Equal(Done, ce.Online());
        AwaitOthers("phys0");
        ce.TakeLease();

        var web = _scene.Start(6, 0, "web", "lab");
        Assert.Equal(Done, ce.Offline());
        web.TakeLease();
        AwaitOthers("phys0");
    }

    [Fact]
    public void Guests_of_a_bridge_that_stop_at_once_are_nobody_elses_meanwhile()
    {
        var guests = Enumerable.Range(1, 40).Select(domain => Host.AddVif(domain, 0, $"m{domain}", "bridge=lab")).ToList();
        XenHost.Together(guests.Select<GuestInterface, Action>(guest => () => Assert.Equal(Done, guest.Online())));
        AwaitOthers("phys0");
        using var monitor = Host.MonitorNft();

        XenHost.Together(guests.Select<GuestInterface, Action>(guest => () => Assert.Equal(Done, guest.Offline())));
        Host.Dom0.Ip("link", "add", "last0", "type", "veth", "peer", "name", "last1");
        Host.Dom0.Ip("link", "set", "last0", "master", "lab");

        const string Added = "add element bridge xennet others ";
        Assert.Equal(Added + "{ \"last0\" }", monitor.Await(Added));
    }

    [Fact]
    public void A_bridge_that_is_deleted_and_made_anew_has_its_guests_back_as_they_were()
    {
        var ce = _scene.StartLeased(5, 0, "ce", "lab");
        var web = _scene.StartLeased(6, 0, "web", "lab");
        var routed = _scene.StartLeased(7, 0, "far", "none");

        Host.Dom0.Ip("link", "del", "lab");
        Assert.False(ce.Pings(web.Address));
        Assert.True(routed.Pings(XenHost.Gateway));
        Host.Dom0.Ip("link", "add", "lab", "type", "bridge");
        Host.Dom0.Ip("link", "set", "lab", "up");
        Assert.True(
            SpinWait.SpinUntil(() => Stations("vif6.0").Contains(web.Mac, StringComparison.Ordinal), RunningProgram.Patience),
            Host.Daemon.Text);

        Assert.Contains("172.16.0.129/32", Host.Dom0.Ip("-4", "addr", "show", "dev", "lab"), StringComparison.Ordinal);
        Assert.Contains(ce.Mac, Stations("vif5.0"), StringComparison.Ordinal);
        foreach (var guest in (GuestInterface[])[ce, web])
        {
            guest.TakeLease();
            Assert.True(guest.Pings(XenHost.Gateway));
            Assert.True(routed.Pings(guest.Address));
        }

        Assert.True(ce.Pings(web.Address));
        Assert.Equal(web.Address, XenHost.Dig(ce.Guest, "@172.16.0.129", "+tcp", "web.lab"));
    }

    private string Stations(string port) => Host.Dom0.Exec("bridge", "fdb", "show", "dev", port);

    private void AwaitOthers(params string[] ports)
    {
        string[] others = [];
        Assert.True(
            SpinWait.SpinUntil(() => (others = Others()).SequenceEqual(ports), RunningProgram.Patience), string.Join(' ', others));
    }

    // Names stand in quotes.
    private string[] Others() =>
    [
        .. Host.Dom0.Exec("nft", "list", "set", "bridge", "xennet", "others").Split('"').Where((_, at) => at % 2 == 1)
            .Order(StringComparer.Ordinal),
    ];
}
