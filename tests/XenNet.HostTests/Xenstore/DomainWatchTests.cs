using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Core.Addressing;
using XenNet.Server.Xenstore;
using XenNet.Wire.Xenstore;

namespace XenNet.HostTests.Xenstore;

public sealed class DomainWatchTests(XenstoreRig rig) : IClassFixture<XenstoreRig>, IDisposable
{
    private const int First = 7001;
    private const int Second = 7002;
    private const int Third = 7003;

    private static readonly MachineNumber Machine = new(1);

    private readonly XenstoreConnection _store = rig.Connect();
    private readonly BlockingCollection<(int Domain, string Name)> _told = [];

    public void Dispose()
    {
        _ = _store.Remove($"/local/domain/{First}");
        _ = _store.Remove($"/local/domain/{Second}");
        _ = _store.Remove($"/local/domain/{Third}");
        _ = _store.Remove($"/local/domain/0/backend/vif/{First}");
        _store.Dispose();
        _told.Dispose();
    }

    [Fact]
    public void A_name_is_told_at_once_and_at_each_change_of_a_domain_that_is_followed()
    {
        Name(First, "ce");
        Name(Second, "web");
        using var watch = Watch(rig.SocketPath);

        watch.Follow(new(First, Machine), 0);
        Assert.Equal((First, "ce"), Next());
        Name(Second, "db");
        Name(First, "ce-2");
        Assert.Equal((First, "ce-2"), Next());
        watch.Follow(new(Second, Machine), 0);
        Assert.Equal((Second, "db"), Next());
    }

    [Fact]
    public void A_domain_that_is_left_or_gone_or_has_no_name_is_told_no_more()
    {
        Name(First, "ce");
        Name(Second, "web");
        using var watch = Watch(rig.SocketPath);
        watch.Follow(new(First, Machine), 0);
        watch.Follow(new(Second, Machine), 0);
        Assert.Equal([(First, "ce"), (Second, "web")], new[] { Next(), Next() }.Order());

        watch.Leave(First, 0);
        Name(Third, "db");
        watch.Follow(new(Third, Machine), 0);
        // By now the other has been left.
        Assert.Equal((Third, "db"), Next());
        Assert.Equal(XenstoreError.None, _store.Remove($"/local/domain/{Second}"));
        Name(Second, "");
        Name(First, "told to nobody");
        Name(Second, "new");

        Assert.Equal((Second, "new"), Next());
    }

    [Fact]
    public void What_is_below_the_name_or_beside_it_is_not_looked_at()
    {
        Name(First, "ce");
        using var watch = Watch(rig.SocketPath);
        watch.Follow(new(First, Machine), 0);
        Assert.Equal((First, "ce"), Next());

        Assert.Equal(XenstoreError.None, _store.Write($"/local/domain/{First}/name/below", "x"));
        Assert.Equal(XenstoreError.None, _store.Write($"/local/domain/{First}/data/name", "x"));
        Name(First, "web");

        Assert.Equal((First, "web"), Next());
    }

    [Fact]
    public void A_device_whose_nodes_go_is_told_once_and_one_that_had_none_never()
    {
        Name(First, "ce");
        var device = $"/local/domain/0/backend/vif/{First}/3";
        Assert.Equal(XenstoreError.None, _store.Write(device + "/frontend", "x"));
        using var watch = Watch(rig.SocketPath);
        watch.Follow(new(First, Machine), 3);
        watch.Follow(new(First, Machine), 4);
        Assert.Equal((First, "ce"), Next());

        Assert.Equal(XenstoreError.None, _store.Write(device + "/state", "5"));
        Assert.Equal(XenstoreError.None, _store.Remove($"/local/domain/0/backend/vif/{First}"));
        Assert.Equal((First, "device 3 is gone"), Next());
        Name(First, "web");

        Assert.Equal((First, "web"), Next());
    }

    [Fact]
    public void When_more_is_told_than_can_wait_all_are_looked_at_and_what_changes_meanwhile_is_told_too()
    {
        using var isHeld = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var isLate = false;
        foreach (var domain in (int[])[First, Second, Third]) Name(domain, "ce");
        using var watch = new DomainWatch([rig.SocketPath], (domain, name) =>
        {
            if (name == "held" && !isHeld.IsSet)
            {
                isHeld.Set();
                mayGoOn.Wait();
            }
            else if (domain.Id == Second && isHeld.IsSet && !isLate)
            {
                // All are looked at, and the first of them has been already.
                isLate = true;
                Name(First, "late");
            }

            _told.Add((domain.Id, name));
        }, (_, _, _) => { }, NullLogger<DomainWatch>.Instance);
        foreach (var domain in (int[])[First, Second, Third])
        {
            watch.Follow(new(domain, Machine), 0);
            Assert.Equal((domain, "ce"), Next());
        }

        // By the last of these it waits for nothing but what xenstored tells.
        foreach (var name in (string[])["1", "2", "3", "held"])
        {
            Name(First, name);
            if (name != "held") Assert.Equal((First, name), Next());
        }

        Assert.True(isHeld.Wait(TimeSpan.FromSeconds(20)));

        // Twice as many as wait in a connection; what xenstored has for us comes before its next answer. Each below the name, as
        // it does not tell the same twice. One that counts comes first, for its node to be read.
        Name(Third, "web");
        for (var change = 0; change < 8192; change++)
            Assert.Equal(XenstoreError.None, _store.Write($"/local/domain/{Third}/name/{change}", "x"));
        mayGoOn.Set();

        while (Next().Name != "late")
        {
            // Also as it was before.
        }
    }

    [Fact]
    public void A_device_that_went_while_xenstored_was_away_is_told_as_one_that_was_not_seen()
    {
        var device = $"/local/domain/0/backend/vif/{First}/3";
        Name(First, "ce");
        Assert.Equal(XenstoreError.None, _store.Write(device + "/frontend", "x"));
        var folder = Directory.CreateTempSubdirectory();
        using var watch = Watch(folder.FullName + "/socket", isUnseenTold: true);
        var relay = new SocketRelay(folder.FullName + "/socket", rig.SocketPath);
        watch.Follow(new(First, Machine), 3);
        Assert.Equal((First, "ce"), Next());

        relay.Dispose();
        Assert.Equal(XenstoreError.None, _store.Remove($"/local/domain/0/backend/vif/{First}"));
        using (new SocketRelay(folder.FullName + "/socket", rig.SocketPath))
        {
            watch.Follow(new(Second, Machine), 0);
            while (Next() is var told && told != (First, "device 3 is not there"))
            {
                Assert.NotEqual((First, "device 3 is gone"), told);
            }
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public void When_xenstored_comes_back_the_names_are_told_anew()
    {
        Name(First, "ce");
        var folder = Directory.CreateTempSubdirectory();
        using var watch = Watch(folder.FullName + "/socket");
        var relay = new SocketRelay(folder.FullName + "/socket", rig.SocketPath);
        watch.Follow(new(First, Machine), 0);
        Assert.Equal((First, "ce"), Next());

        relay.Dispose();
        Name(First, "web");
        using (new SocketRelay(folder.FullName + "/socket", rig.SocketPath))
        {
            // It is tried again at once when something changes, and otherwise after a while.
            watch.Follow(new(Second, Machine), 0);
            Assert.Equal((First, "web"), Next());
        }

        folder.Delete(recursive: true);
    }

    private DomainWatch Watch(string socket, bool isUnseenTold = false) => new(
        [socket], (domain, name) => _told.Add((domain.Id, name)),
        (domain, device, wasThere) =>
        {
            if (wasThere || isUnseenTold) _told.Add((domain.Id, $"device {device} is {(wasThere ? "gone" : "not there")}"));
        },
        NullLogger<DomainWatch>.Instance);

    private void Name(int domain, string name) =>
        Assert.Equal(XenstoreError.None, _store.Write($"/local/domain/{domain}/name", name));

    private (int Domain, string Name) Next() =>
        _told.TryTake(out var told, TimeSpan.FromSeconds(20)) ? told : throw new TimeoutException("nothing was told");

    // Stands before xenstored, so that it can seem to end and come back.
    private sealed class SocketRelay : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly ConcurrentBag<Socket> _open = [];
        private readonly string _path;

        public SocketRelay(string path, string target)
        {
            _path = path;
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen();
            _ = Accept(target);
        }

        public void Dispose()
        {
            _listener.Dispose();
            foreach (var socket in _open)
            {
                socket.Dispose();
            }

            File.Delete(_path);
        }

        private async Task Accept(string target)
        {
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptAsync();
                    var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    _open.Add(client);
                    _open.Add(server);
                    await server.ConnectAsync(new UnixDomainSocketEndPoint(target));
                    _ = Copy(client, server);
                    _ = Copy(server, client);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Closed.
            }
        }

        private static async Task Copy(Socket from, Socket to)
        {
            var buffer = new byte[4096];
            try
            {
                while (await from.ReceiveAsync(buffer) is > 0 and var octets)
                {
                    await to.SendAsync(buffer.AsMemory(0, octets));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Closed.
            }
        }
    }
}
