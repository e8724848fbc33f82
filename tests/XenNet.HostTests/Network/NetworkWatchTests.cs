using System.Collections.Concurrent;
using XenNet.Server.Network;
using XenNet.Wire;

namespace XenNet.HostTests.Network;

public sealed class NetworkWatchTests : IDisposable
{
    private readonly Dom0 _dom0 = new Dom0().Started();
    private readonly BlockingCollection<string> _told = [];
    private readonly ConcurrentDictionary<int, bool> _vifs = [];
    private int _mtu = 1400;
    private readonly NetworkChanges _changes;
    private readonly NetworkWatch _watch;

    public NetworkWatchTests()
    {
        _changes = new NetworkChanges
        {
            LinkSeen = link => _told.Add($"seen {link.Name} {link.Mtu}"),
            LinksSeen = () => _told.Add("links"),
            LinkGone = link => _told.Add($"gone {link.Name} {link.Index}"),
            VifLost = index => _told.Add("lost by a vif"),
            WayLost = address => _told.Add($"way lost to {address}"),
            Dom0Changed = () => _told.Add("dom0"),
            TableTouched = () => _told.Add("table"),
            ForwardingOff = () => _told.Add("forwarding off"),
            Lost = () => _told.Add("lost"),
        };
        _watch = Started(_changes);
    }

    public void Dispose()
    {
        _watch.Dispose();
        _dom0.Dispose();
    }

    [Fact]
    public void A_link_that_comes_and_goes_is_told_with_name_and_index()
    {
        _dom0.AddGuest("vif5.0");
        Await("seen vif5.0 1500");
        Assert.True(_dom0.Network.Links.Find("vif5.0", out var link).IsDone);

        _dom0.Namespace.Ip("link", "del", "vif5.0");

        Await($"gone vif5.0 {link.Index}");
    }

    [Fact]
    public void What_changes_before_it_begins_is_told_when_it_does()
    {
        _dom0.AddGuest("vif5.0");
        Await("seen vif5.0 1500");
        var told = new BlockingCollection<string>();
        using var watch = Opened(_changes with { LinkGone = link => told.Add(link.Name) });
        _dom0.Namespace.Ip("link", "del", "vif5.0");
        Assert.Empty(told);

        _dom0.Namespace.Run(watch.Begin);

        Assert.True(told.TryTake(out var gone, TimeSpan.FromSeconds(20)));
        Assert.Equal("vif5.0", gone);
    }

    [Fact]
    public void One_that_has_not_begun_ends_as_well()
    {
        Opened(_changes).Dispose();

        _dom0.AddGuest("vif5.0");
        Await("seen vif5.0 1500");
    }

    [Fact]
    public void It_ends_with_what_it_tells_just_now_however_much_waits()
    {
        using var begun = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var told = 0;
        var watch = Started(_changes with
        {
            LinkSeen = _ =>
            {
                Interlocked.Increment(ref told);
                begun.Set();
                mayGoOn.Wait();
            },
        });
        _dom0.AddGuest("vif5.0");
        Assert.True(begun.Wait(TimeSpan.FromSeconds(20)));
        _dom0.AddGuest("vif6.0");

        var ending = new Thread(watch.Dispose);
        ending.Start();
        Assert.True(SpinWait.SpinUntil(
            () => (ending.ThreadState & ThreadState.WaitSleepJoin) != 0, TimeSpan.FromSeconds(20)));
        mayGoOn.Set();
        ending.Join();

        Assert.Equal(1, told);
    }

    [Fact]
    public void An_address_of_dom0s_own_is_told()
    {
        _dom0.Namespace.Ip("addr", "add", "10.0.3.1/24", "dev", "uplink0");

        Await("dom0");
    }

    [Fact]
    public void A_route_of_dom0s_own_is_told()
    {
        _dom0.Namespace.Ip("route", "add", "198.51.100.0/24", "via", Dom0.OutsideAddress);

        Await("dom0");
    }

    [Fact]
    public void A_vif_that_comes_up_is_no_change_of_dom0s_networks_even_before_it_is_bound()
    {
        _dom0.AddGuest("vif5.0");
        Settle();

        Assert.True(_dom0.Network.BringUp(Dom0.Plan(1, 1, "vif5.0", MacAddress.Xen(1))).IsDone);

        Assert.DoesNotContain("dom0", Settle());
    }

    [Fact]
    public void An_announced_vif_of_any_name_is_none_once_it_is_bound()
    {
        AddVif();
        _dom0.AddGuest("web");
        Assert.True(_dom0.Network.Links.Find("web", out var link).IsDone);
        _vifs.TryAdd(link.Index, true);
        Settle();

        Assert.True(_dom0.Network.BringUp(Dom0.Plan(1, 1, "web", MacAddress.Xen(1))).IsDone);

        Assert.DoesNotContain("dom0", Settle());
    }

    [Theory]
    [InlineData("10.0.1.1/32", "10.0.0.1", false)]
    [InlineData("10.0.1.1/32", "10.0.0.2", true)]
    [InlineData("10.0.1.0/31", "10.0.0.1", true)]
    public void A_way_to_a_guest_over_a_bridge_is_no_change_of_dom0s_networks_but_its_loss_is_told(
        string destination, string source, bool isChange)
    {
        AddVif();
        _dom0.Namespace.Ip("link", "add", "xenbr0", "up", "type", "bridge");
        _dom0.Namespace.Ip("addr", "add", "10.0.0.1/32", "dev", "xenbr0");
        _dom0.Namespace.Ip("addr", "add", "10.0.0.2/32", "dev", "xenbr0");
        Settle();

        _dom0.Namespace.Ip("route", "add", destination, "dev", "xenbr0", "src", source);
        Assert.Equal(isChange, Settle().Contains("dom0"));

        _dom0.Namespace.Ip("route", "del", destination, "dev", "xenbr0");
        var told = Settle();
        Assert.Equal(isChange, told.Contains("dom0"));
        Assert.Equal(destination == "10.0.1.1/32", told.Contains("way lost to 10.0.1.1"));
    }

    [Fact]
    public void An_uplink_that_goes_down_is_told_though_its_routes_are_not()
    {
        _dom0.Namespace.Ip("link", "set", "uplink0", "down");

        Await("dom0");
        Assert.Null(_dom0.Namespace.Run(() => _dom0.Setup().FindUplink()));
    }

    [Theory]
    [InlineData("delete table inet xennet")]
    [InlineData("flush ruleset")]
    [InlineData("flush chain inet xennet guest")]
    [InlineData("add rule inet xennet guest accept")]
    public void Whoever_touches_our_table_is_noticed(string damage)
    {
        _dom0.Namespace.Exec("nft", damage);

        Await("table");
        Assert.False(_dom0.Setup().IsTableInPlace([], out _));
    }

    [Fact]
    public void Another_table_and_vifs_that_come_are_not_ours_being_touched()
    {
        AddVif();
        _dom0.Namespace.Exec("nft", "table ip other { chain c { drop; }; }");
        _dom0.Namespace.Exec("nft", "delete table ip other");
        Assert.True(_dom0.Network.Filter.Admit(new("vif5.0", new Ipv4Address(0x0a000100)), out _).IsDone);

        Assert.DoesNotContain("table", Settle());
    }

    private void AddVif()
    {
        _dom0.AddGuest("vif5.0");
        Assert.True(_dom0.Network.Links.Find("vif5.0", out var link).IsDone);
        _vifs.TryAdd(link.Index, true);
        _dom0.Namespace.Ip("link", "set", "vif5.0", "mtu", "1399");
        Settle();
    }

    private NetworkWatch Started(NetworkChanges changes)
    {
        var watch = Opened(changes);
        _dom0.Namespace.Run(watch.Begin);
        return watch;
    }

    private NetworkWatch Opened(NetworkChanges changes) => _dom0.Namespace.Run(() => NetworkWatch.TryOpen(
        (index, name) => _vifs.ContainsKey(index) || name.StartsWith("vif", StringComparison.Ordinal),
        (bridge, source) => bridge == "xenbr0" && source.ToString() == "10.0.0.1", changes,
        out var watch, out var refusal)
        ? watch!
        : throw new InvalidOperationException(refusal));

    // What was told until now. Twice, as the second is of a later turn than the first, whose calls are over by then.
    private List<string> Settle()
    {
        var told = new List<string>();
        for (var turn = 0; turn < 2; turn++)
        {
            _dom0.Namespace.Ip("link", "set", "vif5.0", "mtu", $"{++_mtu}");
            told.AddRange(Await($"seen vif5.0 {_mtu}"));
        }

        return told;
    }

    private List<string> Await(string awaited)
    {
        var told = new List<string>();
        while (_told.TryTake(out var one, TimeSpan.FromSeconds(10)))
        {
            told.Add(one);
            if (one == awaited)
            {
                return told;
            }
        }

        throw new TimeoutException($"'{awaited}' was not told; only: {string.Join(", ", told)}");
    }
}
