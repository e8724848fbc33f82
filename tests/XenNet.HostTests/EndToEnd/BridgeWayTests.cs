namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// Where a guest is, as Dom0 has it: its routes, neighbours and stations, and for whom Dom0 answers, when vifs of one interface come
/// and go in ways that tests/lifecycle.sh has found.
/// </summary>
public sealed class BridgeWayTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly BridgedHost _bridged = new();

    private XenHost Host => _bridged.Host;

    public void Dispose() => _bridged.Dispose();

    [Fact]
    public void A_bridge_that_is_made_anew_answers_for_the_guests_elsewhere_again()
    {
        _bridged.Start(5, 0, "ce", "none");
        _bridged.Start(6, 0, "web", "xenbr0");
        var before = Answered();
        Assert.Equal(["10.0.1.1 xenbr0", "10.0.1.1 xenbr1", "10.0.2.1 xenbr1"], before);

        Host.Dom0.Exec("sh", "-ec", "ip link del xenbr1; ip link add xenbr1 type bridge; ip link set xenbr1 up");

        Host.Daemon.Await("vif5.0 is put in order: Dom0 does not answer for 10.0.1.1 on xenbr1");
        Host.Daemon.Await("vif6.0 is put in order: Dom0 does not answer for 10.0.2.1 on xenbr1");
        Assert.Equal(before, Answered());
    }

    [Fact]
    public void A_guest_that_has_left_leaves_no_way_beside_the_one_that_arrives_in_its_place()
    {
        var old = _bridged.Start(5, 0, "ce", "xenbr0");
        _bridged.Start(6, 0, "ce--incoming", "xenbr0", "mac=" + old.Mac);
        Assert.Equal([$"10.0.1.1 {old.Mac}"], Neighbours());

        Host.Rig("xs", "write", "/local/domain/5/name", "ce--migratedaway");
        Host.Daemon.Await("vif5.0 is down: migrated away");
        Assert.Equal(["1000"], Metrics());
        Assert.Empty(Neighbours());

        Host.Rig("xs", "write", "/local/domain/6/name", "ce");
        Host.Daemon.Await("vif6.0 has arrived and takes over");
        Assert.Equal(["0"], Metrics());
        Assert.Equal([$"10.0.1.1 {old.Mac}"], Neighbours());
    }

    [Fact]
    public void A_vif_that_is_mended_or_brought_up_once_more_does_not_take_the_guest_from_its_tap()
    {
        var ce = _bridged.Start(5, 0, "ce", "xenbr0", "type=vif_ioemu");
        Host.Dom0.Join("vif5.0-emu", ce.Guest, "emu0");
        Assert.Equal(Done, ce.HookIn([.. ce.Environment(), "INTERFACE=vif5.0-emu"], "add", "type_if=tap"));
        Assert.Equal("vif5.0-emu", PortOf(ce));

        Host.Dom0.Ip("link", "set", "vif5.0", "down");
        Host.Daemon.Await("vif5.0 is put in order: it is switched off");
        Assert.Equal("vif5.0-emu", PortOf(ce));

        Assert.Equal(Done, ce.Online());
        Assert.Equal("vif5.0-emu", PortOf(ce));
    }

    [Fact]
    public void A_vif_that_is_another_machines_now_has_nothing_of_the_one_before()
    {
        var ce = _bridged.Start(5, 0, "ce", "none");
        Host.Xen("machine", "rename", "ce", "web");

        // The domain is called ce: that is another machine.
        Assert.Equal(Done, ce.Online());

        Assert.Equal(["10.0.2.1 xenbr0", "10.0.2.1 xenbr1"], Answered());
        Assert.Equal(["10.0.2.0", "172.16.2.0"], NftJson.Elements(Host.Dom0, "machines"));
        Assert.Equal("All is as it should be.\n", Host.Xen("reconcile"));
    }

    [Fact]
    public void A_guest_that_has_moved_to_a_bridge_is_answered_for_there_by_itself_alone()
    {
        var old = _bridged.Start(5, 0, "ce", "none");
        _bridged.Start(6, 0, "ce", "xenbr1");

        Assert.Equal(Done, old.Offline());

        Assert.Equal(["10.0.1.1 xenbr0"], Answered());
    }

    private List<string> Answered() => [.. Lines("-4", "neigh", "show", "proxy").Select(words => $"{words[0]} {words[2]}").Order()];

    private List<string> Neighbours() =>
        [.. Lines("-4", "neigh", "show", "nud", "permanent", "dev", "xenbr0").Select(words => $"{words[0]} {words[2]}")];

    private List<string> Metrics() => [.. Lines("-4", "route", "show", "10.0.1.1")
        .Select(words => Array.IndexOf(words, "metric") is > 0 and var at ? words[at + 1] : "0")];

    // The one port behind which the bridge has the guest for good.
    private string PortOf(GuestInterface guest) => Host.Dom0.Exec("bridge", "fdb", "show", "br", "xenbr0").Split('\n')
        .Single(line => line.StartsWith(guest.Mac, StringComparison.Ordinal) && line.Contains("static", StringComparison.Ordinal)).Split(' ')[2];

    private IEnumerable<string[]> Lines(params string[] arguments) =>
        Host.Dom0.Ip(arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '));
}
