using System.Net.Sockets;
using XenNet.Server.Xenstore;
using XenNet.Wire.Xenstore;

namespace XenNet.HostTests.Xenstore;

/// <summary>With the xenstored in C, which alone takes values of any length from Dom0.</summary>
public sealed class XenstoreConnectionTests(XenstoreRig rig) : XenstoreConnectionContract(rig), IClassFixture<XenstoreRig>
{
    [Theory]
    [InlineData(4096, XenstoreError.None)]
    [InlineData(4097, XenstoreError.Unsendable)]
    public void A_message_of_4096_octets_fits_and_one_more_is_not_sent(int octets, XenstoreError expected)
    {
        var path = Root + "/long";

        Assert.Equal(expected, Store.Write(path, new string('x', octets - path.Length - 1)));

        Assert.Equal(XenstoreError.None, Store.Read("/tool/rig", out _));
    }
}

/// <summary>With the one in OCaml.</summary>
public sealed class OxenstoredConnectionTests(OxenstoredRig rig) : XenstoreConnectionContract(rig), IClassFixture<OxenstoredRig>;

/// <summary>What xenstored does, whichever it is.</summary>
public abstract class XenstoreConnectionContract(XenstoreRig rig) : IDisposable
{
    private readonly XenstoreConnection _store = rig.Connect();
    private readonly string _root = $"/test/{Guid.NewGuid():N}";

    /// <summary>Connected to it.</summary>
    protected XenstoreConnection Store => _store;

    /// <summary>A place of the test's own.</summary>
    protected string Root => _root;

    public void Dispose()
    {
        _store.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void What_is_written_is_read_without_a_zero_behind_it()
    {
        Assert.Equal(XenstoreError.None, _store.Write(_root + "/hotplug-status", "connected"));

        Assert.Equal(XenstoreError.None, _store.ReadOctets(_root + "/hotplug-status", out var value));
        Assert.Equal("connected"u8.ToArray(), value.ToArray());
        Assert.Equal("connected", rig.Script("xs", "read", _root + "/hotplug-status").Trim());
    }

    [Fact]
    public void A_relative_path_is_dom0s_own()
    {
        Assert.Equal(XenstoreError.None, _store.Write("/local/domain/0/backend/vif/5/0/mac", "00:16:3e:00:00:01"));

        Assert.Equal(XenstoreError.None, _store.Read("backend/vif/5/0/mac", out var mac));
        Assert.Equal("00:16:3e:00:00:01", mac);
    }

    [Theory]
    [InlineData("/test/nothing-here", XenstoreError.NoEntry)]
    [InlineData("/test/vif5.0", XenstoreError.Invalid)]
    [InlineData("/test//twice", XenstoreError.Invalid)]
    [InlineData("/test/end/", XenstoreError.Invalid)]
    [InlineData("/test/\0", XenstoreError.Unsendable)]
    public void A_read_that_is_refused_says_why_and_the_connection_goes_on(string path, XenstoreError reason)
    {
        Assert.Equal(reason, _store.Read(path, out var value));

        Assert.Empty(value);
        Assert.Equal(XenstoreError.None, _store.Read("/tool/rig", out _));
    }

    [Fact]
    public void A_node_with_all_below_it_is_removed_and_names_below_one_are_listed()
    {
        _store.Write(_root + "/a", "1");
        _store.Write(_root + "/b/c", "2");

        Assert.Equal(XenstoreError.None, _store.Directory(_root, out var names));
        Assert.Equal(["a", "b"], names.Order());
        Assert.Equal(XenstoreError.None, _store.Directory(_root + "/a", out var leaf));
        Assert.Empty(leaf);
        Assert.Equal(XenstoreError.None, _store.Remove(_root));
        Assert.Equal(XenstoreError.NoEntry, _store.Read(_root + "/b/c", out _));
        Assert.Equal(XenstoreError.None, _store.Remove(_root));
        Assert.Equal(XenstoreError.NoEntry, _store.Directory(_root, out _));
    }

    [Fact]
    public void A_list_of_names_beyond_one_message_comes_whole()
    {
        const int many = 2000;
        for (var index = 0; index < many; index++)
        {
            Assert.Equal(XenstoreError.None, _store.Write($"{_root}/domain-{index}", ""));
        }

        Assert.Equal(XenstoreError.None, _store.Directory(_root, out var names));

        Assert.Equal(many, names.Distinct().Count());
        Assert.Equal(many, names.Count);
        Assert.Equal(XenstoreError.None, _store.Read("/tool/rig", out _));
    }

    [Fact]
    public void A_domains_path_is_told() =>
        Assert.Equal((XenstoreError.None, "/local/domain/5"), (_store.DomainPath(5, out var path), path));

    [Fact]
    public void Several_nodes_are_read_at_once_each_with_its_own_outcome_and_events_between_them_kept()
    {
        using var other = rig.Connect();
        _store.Write(_root + "/a", "1");
        _store.Write(_root + "/b", "");
        _store.Watch(_root, "mine");
        Assert.Equal(new XenstoreEvent(_root, "mine"), Next());
        other.Write(_root + "/c", "3");

        Assert.Equal(
            [
                (XenstoreError.None, "1"), (XenstoreError.NoEntry, ""), (XenstoreError.Unsendable, ""),
                (XenstoreError.None, ""), (XenstoreError.None, "3"),
            ],
            _store.ReadAll(_root + "/a", _root + "/none", new string('x', 5000), _root + "/b", _root + "/c"));

        Assert.Equal(new XenstoreEvent(_root + "/c", "mine"), Next());
        Assert.Equal((XenstoreError.None, "1"), (_store.Read(_root + "/a", out var value), value));
    }

    [Fact]
    public void A_transaction_is_done_again_when_another_one_interferes()
    {
        using var other = rig.Connect();
        _store.Write(_root, "0");
        var attempts = 0;

        var outcome = _store.Transact(transaction =>
        {
            var error = _store.Read(_root, out var value, transaction);
            if (error != XenstoreError.None)
            {
                return error;
            }

            if (attempts++ == 0)
            {
                other.Write(_root, "7");
            }

            return _store.Write(_root, value + "!", transaction);
        });

        Assert.Equal(XenstoreError.None, outcome);
        Assert.Equal(2, attempts);
        Assert.Equal((XenstoreError.None, "7!"), (_store.Read(_root, out var last), last));
    }

    [Fact]
    public void A_node_is_read_and_others_are_set_at_once_in_a_transaction_or_none_when_it_is_not_there()
    {
        _store.Write(_root + "/front", "x");
        (string, string)[] nodes = [(_root + "/a", "1"), (_root + "/b", new string('y', 2000)), (_root + "/c", new string('z', 2000))];

        Assert.Equal(XenstoreError.None, Set("/front", nodes));
        Assert.Equal(XenstoreError.NoEntry, Set("/none", [(_root + "/d", "4")]));
        Assert.Equal(XenstoreError.Unsendable, Set("/front", [(_root + "/e", "5"), (_root + "/f", new string('y', 5000))]));

        Assert.Equal(
            [(XenstoreError.None, "1"), (XenstoreError.None, nodes[1].Item2), (XenstoreError.None, nodes[2].Item2),
                (XenstoreError.NoEntry, ""), (XenstoreError.NoEntry, "")],
            _store.ReadAll(_root + "/a", _root + "/b", _root + "/c", _root + "/d", _root + "/e"));

        XenstoreError Set(string read, (string, string)[] written) =>
            _store.Transact(transaction => _store.ReadAndWrite(_root + read, written, transaction));
    }

    [Fact]
    public void A_transaction_that_is_given_up_leaves_nothing()
    {
        var outcome = _store.Transact(transaction =>
        {
            _store.Write(_root, "x", transaction);
            return XenstoreError.NoEntry;
        });

        Assert.Equal(XenstoreError.NoEntry, outcome);
        Assert.Equal(XenstoreError.NoEntry, _store.Read(_root, out _));
    }

    [Fact]
    public void A_watch_tells_at_once_and_of_what_changes_below_also_between_request_and_reply()
    {
        using var other = rig.Connect();
        Assert.Equal(XenstoreError.None, _store.Watch(_root, "mine"));
        Assert.Equal(XenstoreError.Exists, _store.Watch(_root, "mine"));
        Assert.Equal(new XenstoreEvent(_root, "mine"), Next());

        // The event is on its way before this connection asks: its reply comes behind it.
        other.Write(_root + "/a", "1");
        Assert.Equal((XenstoreError.None, "1"), (_store.Read(_root + "/a", out var value), value));

        Assert.Equal(new XenstoreEvent(_root + "/a", "mine"), Next());
        Assert.Equal(XenstoreError.None, _store.Unwatch(_root, "mine"));
        other.Write(_root + "/b", "1");
        Assert.Equal(XenstoreError.TimedOut, _store.WaitForEvent(TimeSpan.Zero, out _));
        Assert.Equal(XenstoreError.None, _store.Read("/tool/rig", out _));
    }

    [Fact]
    public void A_domain_that_is_introduced_or_dies_is_told()
    {
        Assert.Equal(XenstoreError.None, _store.Watch("@releaseDomain", "gone"));
        Assert.Equal("gone", Next().Token);
        rig.Script("vif", "77", "0", "ce", "00:16:3e:00:00:77");

        rig.Script("die", "77");

        Assert.Equal(new XenstoreEvent("@releaseDomain", "gone"), Next());
    }

    [Fact]
    public void Endpoints_are_tried_in_order_and_each_says_why_not()
    {
        var missing = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));

        Assert.True(XenstoreConnection.TryOpen([missing, rig.SocketPath], TimeSpan.FromSeconds(5), out var found, out _));
        found!.Dispose();
        Assert.False(XenstoreConnection.TryOpen([missing, "/nowhere/socket"], TimeSpan.FromSeconds(5), out _, out var refusal));

        Assert.StartsWith("No xenstored: " + missing + ": ", refusal, StringComparison.Ordinal);
        Assert.Contains("; /nowhere/socket: ", refusal);
    }

    [Fact]
    public void A_socket_that_nobody_listens_on_is_refused()
    {
        var path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        using (var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            bound.Bind(new UnixDomainSocketEndPoint(path));
        }

        Assert.False(XenstoreConnection.TryOpen([path], TimeSpan.FromSeconds(5), out _, out var refusal));

        Assert.StartsWith("No xenstored: " + path, refusal, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Fact]
    public void Libxenstores_places_are_tried_in_its_order()
    {
        Assert.Equal(["/a/b"], XenstoreEndpoint.Candidates("/a/b", _ => "/other"));
        Assert.Equal(["/run/x/socket", "/dev/xen/xenbus", "/proc/xen/xenbus"],
            XenstoreEndpoint.Candidates("", name => name == "XENSTORED_RUNDIR" ? "/run/x" : null));
        Assert.Equal("/p", XenstoreEndpoint.Candidates("", name => name == "XENSTORED_PATH" ? "/p" : "/q")[0]);
        Assert.Equal("/var/run/xenstored/socket", XenstoreEndpoint.Candidates("", _ => "")[0]);
    }

    private XenstoreEvent Next()
    {
        Assert.Equal(XenstoreError.None, _store.WaitForEvent(TimeSpan.FromSeconds(10), out var change));
        return change;
    }
}
