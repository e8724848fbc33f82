using XenNet.Core.Addressing;
using XenNet.Server.Xenstore;

namespace XenNet.Tests.Xenstore;

/// <summary>Whose nodes in xenstore are watched, across connections.</summary>
public sealed class FollowedDevicesTests
{
    private static readonly MachineNumber Machine = new(7);

    private readonly FollowedDevices _devices = new();

    [Fact]
    public void What_is_followed_before_the_connection_is_set_once_and_its_domains_name_with_the_first_device()
    {
        Assert.True(_devices.TryAdd(new(5, 0), Machine));
        Assert.True(_devices.TryAdd(new(5, 126), Machine));
        Assert.False(_devices.TryAdd(new(5, 0), Machine));

        _devices.Connected();

        Assert.Equal("5/0 with name, 5/126", Set());
        Assert.Equal("", Set());
    }

    [Fact]
    public void A_name_is_watched_as_long_as_one_device_of_its_domain_is()
    {
        _devices.Connected();
        _devices.TryAdd(new(5, 0), Machine);
        _devices.TryAdd(new(5, 1), Machine);
        Set();

        Assert.True(_devices.TryRemove(new(5, 0)));
        Assert.Equal("5/0", TakenAway());
        Assert.True(_devices.TryRemove(new(5, 1)));
        Assert.Equal("5/1 with name", TakenAway());
        Assert.False(_devices.TryRemove(new(5, 1)));
        Assert.Null(_devices.Find(5));
    }

    [Fact]
    public void One_that_leaves_before_its_watch_is_set_gets_none_and_one_that_comes_back_gets_a_new_one()
    {
        _devices.Connected();
        _devices.TryAdd(new(5, 0), Machine);
        _devices.TryRemove(new(5, 0));
        Assert.Equal("5/0 with name", TakenAway());
        Assert.Equal("", Set());

        _devices.TryAdd(new(5, 0), Machine);
        Assert.Equal("5/0 with name", Set());
        _devices.TryRemove(new(5, 0));
        _devices.TryAdd(new(5, 0), Machine);
        Assert.Equal("5/0 with name", TakenAway());
        Assert.Equal("5/0 with name", Set());
    }

    [Fact]
    public void Another_connection_sets_all_anew_and_does_not_know_what_was_there()
    {
        _devices.Connected();
        _devices.TryAdd(new(5, 0), Machine);
        Set();
        Assert.Equal((new WatchedDomain(5, Machine), false), _devices.Note(new(5, 0), isThere: true));
        Assert.Equal((new WatchedDomain(5, Machine), true), _devices.Note(new(5, 0), isThere: true));

        _devices.Disconnected();
        _devices.Connected();

        Assert.Equal("5/0 with name", Set());
        Assert.Equal((new WatchedDomain(5, Machine), false), _devices.Note(new(5, 0), isThere: false));
        Assert.Null(_devices.Note(new(5, 1), isThere: true));
    }

    [Fact]
    public void Without_a_connection_vifs_that_come_and_go_leave_nothing()
    {
        _devices.Connected();
        _devices.Disconnected();
        for (var domain = 1; domain <= 1000; domain++)
        {
            _devices.TryAdd(new(domain, 0), Machine);
            _devices.TryRemove(new(domain, 0));
        }

        Assert.Equal(("", ""), (TakenAway(), Set()));
    }

    [Theory]
    [InlineData("/local/domain/5/name", "5/0 name")]
    [InlineData("backend/vif/5/126/frontend", "5/126")]
    [InlineData("/local/domain//name", "none")]
    [InlineData("/local/domain/name", "none")]
    [InlineData("/local/domain/5/6/name", "none")]
    [InlineData("/local/domain/-5/name", "none")]
    [InlineData("backend/vif/5/frontend", "none")]
    [InlineData("backend/vif//5/frontend", "none")]
    [InlineData("backend/vif/5/99999999999/frontend", "none")]
    [InlineData("@introduceDomain", "none")]
    public void Only_the_nodes_that_are_watched_are_read(string path, string expected)
    {
        var read = WatchedDevice.TryRead(path, out var device, out var isName)
            ? $"{device.Domain}/{device.Id}{(isName ? " name" : "")}"
            : "none";

        Assert.Equal(expected, read);
        if (read != "none")
        {
            Assert.Equal(path, isName ? device.NamePath : device.NodePath);
        }
    }

    private string Set()
    {
        var set = new List<string>();
        while (_devices.TryTakeCome(out var device, out var isFirst))
        {
            set.Add($"{device.Domain}/{device.Id}{(isFirst ? " with name" : "")}");
        }

        return string.Join(", ", set);
    }

    private string TakenAway()
    {
        var gone = new List<string>();
        while (_devices.TryTakeLeft(out var device, out var isLast))
        {
            gone.Add($"{device.Domain}/{device.Id}{(isLast ? " with name" : "")}");
        }

        return string.Join(", ", gone);
    }
}
