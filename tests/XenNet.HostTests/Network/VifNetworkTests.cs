using XenNet.Server.Network;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.HostTests.Network;

public sealed class VifNetworkTests : IDisposable
{
    private static readonly MacAddress Mac = MacAddress.Xen(1);

    private readonly Dom0 _dom0 = new Dom0().Started();

    public void Dispose() => _dom0.Dispose();

    [Fact]
    public void A_vif_comes_up_with_address_route_neighbour_settings_and_filter()
    {
        var guest = _dom0.AddGuest("vif5.0");
        guest.Ip("link", "set", "eth0", "up");

        var outcome = _dom0.Network.BringUp(Dom0.Plan(257, 2, "vif5.0", Mac));

        Assert.True(outcome.IsDone, outcome.Refusal);
        Assert.Contains("inet 10.1.1.130/32 scope global vif5.0", Ip("-4", "addr", "show", "vif5.0"));
        Assert.Equal("10.1.1.2 dev vif5.0 proto static scope link src 10.1.1.130", Ip("route", "show", "10.1.1.2").Trim());
        Assert.Equal("10.1.1.2 lladdr 00:16:3e:00:00:01 PERMANENT", Ip("neigh", "show", "dev", "vif5.0").Trim());
        Assert.Contains(",UP", Ip("link", "show", "vif5.0"));
        Assert.Empty(Ip("-6", "addr", "show", "vif5.0"));
        Assert.Equal("0", Setting("vif5/0", "rp_filter"));
        Assert.Equal("0", Setting("vif5/0", "proxy_arp"));
        Assert.Equal("1", Setting("vif5/0", "forwarding"));
        Assert.Contains("elements = { \"vif5.0\" . 10.1.1.0 . 00:16:3e:00:00:01 }", Nft("list", "set", "inet", "xennet", "guests"));
        Assert.Contains("elements = { \"vif5.0\" }", Nft("list", "set", "inet", "xennet", "vifs"));
    }

    [Fact]
    public void Once_more_changes_nothing()
    {
        _dom0.AddGuest("vif5.0").Ip("link", "set", "eth0", "up");
        var plan = Dom0.Plan(1, 1, "vif5.0", Mac);
        var first = _dom0.Network.BringUp(plan);
        var before = Picture();

        var second = _dom0.Network.BringUp(plan);

        Assert.True(second.IsDone, second.Refusal);
        Assert.Equal(first.LinkIndex, second.LinkIndex);
        Assert.Equal(before, Picture());
    }

    [Fact]
    public void Down_leaves_nothing_and_twice_is_as_good_as_once()
    {
        var before = Picture();
        var plan = Dom0.Plan(1, 1, "vif5.0", Mac);
        _dom0.AddGuest("vif5.0");
        var empty = Picture();
        var up = _dom0.Network.BringUp(plan);
        Assert.True(up.IsDone, up.Refusal);
        Assert.NotEqual(empty, Picture());

        var first = _dom0.Network.TakeDown(plan, up.LinkIndex);
        var second = _dom0.Network.TakeDown(plan, up.LinkIndex);

        Assert.True(first.IsDone, first.Refusal);
        Assert.True(second.IsDone, second.Refusal);
        Assert.Equal(empty, Picture());
        Ip("link", "del", "vif5.0");
        Assert.True(_dom0.Network.TakeDown(plan, up.LinkIndex).IsDone);
        Assert.Equal(before, Picture());
    }

    [Fact]
    public void Down_after_the_kernel_took_the_link_clears_the_filter()
    {
        var plan = Dom0.Plan(1, 1, "vif5.0", Mac);
        _dom0.AddGuest("vif5.0");
        var before = Nft("list", "table", "inet", "xennet");
        var up = _dom0.Network.BringUp(plan);
        Ip("link", "del", "vif5.0");

        var down = _dom0.Network.TakeDown(plan, up.LinkIndex);

        Assert.True(down.IsDone, down.Refusal);
        Assert.Equal(before, Nft("list", "table", "inet", "xennet"));
    }

    [Fact]
    public void Down_leaves_another_link_alone_that_has_the_name_by_now()
    {
        var plan = Dom0.Plan(1, 1, "vif5.0", Mac, "web");
        _dom0.AddGuest("vif5.0");
        var old = _dom0.Network.BringUp(plan);
        Ip("link", "del", "web");
        _dom0.AddGuest("vif7.0");
        var young = _dom0.Network.BringUp(Dom0.Plan(1, 1, "vif7.0", Mac, "web"));
        Assert.True(young.IsDone, young.Refusal);
        var before = Picture();

        var late = _dom0.Network.TakeDown(plan, old.LinkIndex);

        Assert.True(late.IsDone, late.Refusal);
        Assert.Equal(before, Picture());
    }

    [Fact]
    public void A_vif_is_renamed_and_a_second_call_finds_it_by_its_new_name()
    {
        _dom0.AddGuest("vif5.0");
        var plan = Dom0.Plan(1, 1, "vif5.0", Mac, "web");

        var first = _dom0.Network.BringUp(plan);
        var second = _dom0.Network.BringUp(plan);

        Assert.True(first.IsDone, first.Refusal);
        Assert.True(second.IsDone, second.Refusal);
        Assert.Equal(first.LinkIndex, second.LinkIndex);
        Assert.Contains("10.0.1.129/32", Ip("-4", "addr", "show", "web"));
        Assert.Contains("\"web\" . 10.0.1.0 . 00:16:3e:00:00:01", Nft("list", "set", "inet", "xennet", "guests"));
    }

    [Fact]
    public void A_name_that_is_taken_is_refused_and_says_so()
    {
        _dom0.AddGuest("vif5.0");
        _dom0.AddGuest("web");
        var before = Picture();

        var outcome = _dom0.Network.BringUp(Dom0.Plan(1, 1, "vif5.0", Mac, "web"));

        Assert.Equal("vif5.0 cannot be named web: another interface has that name.", outcome.Refusal);
        Assert.Equal(before, Picture());
    }

    [Fact]
    public void An_interface_that_is_not_there_is_refused_and_nothing_is_done()
    {
        var before = Picture();

        var outcome = _dom0.Network.BringUp(Dom0.Plan(1, 1, "vif9.0", Mac));

        Assert.Equal("vif9.0: there is no such interface.", outcome.Refusal);
        Assert.Equal(before, Picture());
    }

    [Fact]
    public void Without_our_table_a_vif_does_not_come_up()
    {
        _dom0.AddGuest("vif5.0");
        Nft("delete", "table", "inet", "xennet");
        var before = Ip("addr");

        var outcome = _dom0.Network.BringUp(Dom0.Plan(1, 1, "vif5.0", Mac));

        Assert.Equal("vif5.0: the nft table inet xennet is not there: run 'xennet network start'.", outcome.Refusal);
        Assert.Equal(before, Ip("addr"));
    }

    // A vxlan interface opens its UDP port when it is switched on, which fails when another has it: by then it has been
    // renamed, and filter, settings and address are in place.
    [Fact]
    public void What_was_done_before_a_step_that_fails_is_undone()
    {
        Ip("link", "add", "vif5.0", "type", "vxlan", "id", "5", "dstport", "7000", "dev", "uplink0");
        using var holder = Dom0.Listen(_dom0.Namespace, 7000);
        var before = Picture();

        var outcome = _dom0.Network.BringUp(Dom0.Plan(1, 1, "vif5.0", Mac, "web"));

        Assert.Equal("web: step Up failed: Address already in use.", outcome.Refusal);
        Assert.Equal(before, Picture());
    }

    [Fact]
    public void An_mtu_that_the_link_refuses_leaves_it_as_it_was()
    {
        _dom0.AddGuest("vif5.0");
        var before = Picture();

        var outcome = _dom0.Network.BringUp(Dom0.Plan(1, 1, "vif5.0", Mac) with { Mtu = 70000 });

        Assert.Equal("vif5.0: step Settings failed: Invalid argument (mtu greater than device maximum)", outcome.Refusal);
        Assert.Equal(before, Picture());
    }

    // As netback does for a guest that cannot take frames in pieces: it goes down to 1500 and refuses more.
    [Fact]
    public void A_vif_whose_link_takes_its_mtu_no_longer_is_mended_in_all_else()
    {
        Ip("link", "set", "uplink0", "mtu", "9000");
        Ip("link", "add", "vif5.0", "link", "uplink0", "type", "macvlan");
        var plan = Dom0.Plan(1, 1, "vif5.0", Mac) with { Mtu = 9000 };
        Assert.Equal("", _dom0.Network.BringUp(plan).Refusal);
        Ip("link", "set", "uplink0", "mtu", "1500");
        var before = Picture();
        Ip("addr", "flush", "dev", "vif5.0");
        Ip("link", "set", "vif5.0", "down");

        var outcome = _dom0.Network.BringUp(plan with { IsBound = true });

        Assert.Equal("", outcome.Refusal);
        Assert.Equal(before, Picture());
        Assert.Contains("mtu 1500", Ip("link", "show", "vif5.0"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_restarted_guest_takes_the_route_over_from_its_old_vif()
    {
        _dom0.AddGuest("vif5.0");
        _dom0.AddGuest("vif7.0");
        var old = Dom0.Plan(1, 1, "vif5.0", Mac);
        var oldUp = _dom0.Network.BringUp(old);

        var young = _dom0.Network.BringUp(Dom0.Plan(1, 1, "vif7.0", Mac));
        var late = _dom0.Network.TakeDown(old, oldUp.LinkIndex);

        Assert.True(young.IsDone, young.Refusal);
        Assert.True(late.IsDone, late.Refusal);
        Assert.StartsWith("10.0.1.1 dev vif7.0 ", Ip("route", "show", "10.0.1.1"), StringComparison.Ordinal);
        Assert.Contains("elements = { \"vif7.0\" . 10.0.1.0 . 00:16:3e:00:00:01 }", Nft("list", "set", "inet", "xennet", "guests"));
    }

    [Fact]
    public void A_machine_that_arrives_waits_behind_the_running_one_and_then_takes_over()
    {
        _dom0.AddGuest("vif5.0");
        _dom0.AddGuest("vif7.0");
        Assert.True(_dom0.Network.BringUp(Dom0.Plan(1, 1, "vif5.0", Mac)).IsDone);

        Assert.True(_dom0.Network.BringUp(
            Dom0.Plan(1, 1, "vif7.0", Mac, metric: XenNet.Core.Network.VifPlan.IncomingMetric)).IsDone);
        var waiting = Ip("route", "get", "10.0.1.1");
        var arrived = _dom0.Network.BringUp(Dom0.Plan(1, 1, "vif7.0", Mac));

        Assert.Contains("dev vif5.0", waiting);
        Assert.True(arrived.IsDone, arrived.Refusal);
        Assert.StartsWith("10.0.1.1 dev vif7.0 ", Ip("route", "show", "10.0.1.1"), StringComparison.Ordinal);
        Assert.DoesNotContain("metric", Ip("route", "show", "10.0.1.1"));
    }

    [Fact]
    public void What_another_machine_left_on_the_name_is_gone_when_the_next_comes_up()
    {
        _dom0.AddGuest("vif5.0");
        Assert.True(_dom0.Network.BringUp(Dom0.Plan(3, 1, "vif5.0", Mac)).IsDone);

        var outcome = _dom0.Network.BringUp(Dom0.Plan(4, 1, "vif5.0", Mac));

        Assert.True(outcome.IsDone, outcome.Refusal);
        Assert.DoesNotContain("10.0.3.", Picture());
        Assert.Contains("elements = { \"vif5.0\" . 10.0.4.0 . 00:16:3e:00:00:01 }", Nft("list", "set", "inet", "xennet", "guests"));
    }

    [Fact]
    public void Five_hundred_vifs_are_known_to_the_filter_and_read_back()
    {
        for (ushort number = 1; number <= 500; number++)
        {
            var error = _dom0.Network.Filter.Admit(Dom0.Plan(number, 1, $"vif{number}.0", Mac).Known, out var added);
            Assert.True(error.IsDone && added.Count == 3, error.ToString());
        }

        Assert.True(_dom0.Network.Filter.ListSources(out var sources).IsDone);
        Assert.Equal(500, sources.Distinct().Count());
    }

    // As many acknowledgements as the socket has no room for, and more than fit into one request.
    [Theory]
    [InlineData(400)]
    [InlineData(1000)]
    public void Hundreds_of_elements_come_and_go_at_once(int count)
    {
        var filter = _dom0.Network.Filter;
        Nft("add", "table", "bridge", "xennet");
        Nft("add", "set", "bridge", "xennet", "others", "{ type ifname; }");
        var ports = Enumerable.Range(0, count).Select(port => $"port{port}").ToList();

        Assert.Equal("", Errno(filter.SetOthers(ports)));
        Assert.Equal(count, Others());
        Assert.Equal("", Errno(filter.SetOthers(ports[..1])));
        Assert.Equal(1, Others());
        Assert.Equal("", Errno(filter.SetOthers(ports)));
        Assert.Equal("", Errno(filter.Remove(ports.ConvertAll(NftFilter.OtherPort))));
        Assert.Equal(0, Others());

        int Others() => Nft("list", "set", "bridge", "xennet", "others").Split("port").Length - 1;
        static string Errno(NetlinkError error) => error.IsDone ? "" : error.ToString();
    }

    private string Picture() => string.Join('\n',
        Ip("-o", "addr"), string.Join(' ', Ip("-br", "link").Split('\n').Select(line => line.Split(' ')[0])),
        Ip("-br", "link", "show", "up"), Ip("route"),
        Ip("neigh", "show", "nud", "permanent"), Nft("list", "table", "inet", "xennet"));

    private string Setting(string link, string name) =>
        _dom0.Namespace.Exec("sysctl", "-n", $"net/ipv4/conf/{link.Replace('/', '.')}/{name}").Trim();

    private string Ip(params string[] arguments) => _dom0.Namespace.Ip(arguments);

    // Without counters.
    private string Nft(params string[] arguments) => _dom0.Namespace.Exec("nft", ["-s", .. arguments]);
}
