using System.Net.Sockets;
using System.Text.Json;

namespace XenNet.HostTests.EndToEnd;

/// <summary><c>xennet watch</c> beside a guest that starts, and over a restart of the daemon.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void What_happens_is_a_line_each_as_it_happens()
    {
        using var watch = Watch();
        var ce = _host.AddVif(5, 0, "ce");
        while (!watch.Text.Contains("reload   unchanged", StringComparison.Ordinal)) _host.Xen("reload");

        Assert.Equal(0, ce.Online().Code);
        watch.Await("registry ce on vif5.0: bound, number 1");
        watch.Await("hook     ce on vif5.0: online done");
        ce.TakeLease();
        watch.Await("dhcp     ce on vif5.0: discover from 00:16:3e:00:05:00: offer, 10.0.1.1");
        watch.Await("dhcp     ce on vif5.0: request from 00:16:3e:00:05:00: ack, 10.0.1.1");
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        watch.Await("dns      ce on vif5.0: 10.0.1.1 asked ce.testbed A by udp: answered, NOERROR, 1 answers");
        _host.Xen("reload");
        watch.Await("reload   unchanged");
        watch.Signal("INT");
        Assert.Equal(0, watch.AwaitEnd());
    }

    [Fact]
    public void A_filter_leaves_out_the_rest_and_json_is_a_line_each()
    {
        using var watch = Watch("registry", "--name", "d*", "--json");
        AwaitFollower(watch, "d-first");
        _host.Xen("machine", "add", "ce");
        _host.Xen("machine", "add", "db");

        var line = JsonDocument.Parse(watch.Await("\"machine\":\"db\"")).RootElement;

        Assert.Equal(("registry", "added", "db"), (
            line.GetProperty("kind").GetString(), line.GetProperty("change").GetString(), line.GetProperty("machine").GetString()));
        Assert.DoesNotContain("\"ce\"", watch.Text);
    }

    [Fact]
    public void When_the_daemon_restarts_it_is_said_and_followed_again()
    {
        using var watch = Watch("registry");
        AwaitFollower(watch);

        Assert.Equal(0, _host.Stop());
        watch.Await("the daemon has gone; waiting for it to come back");
        _host.Start();
        watch.Await("the daemon is back; what happened meanwhile is not told");
        _host.Xen("machine", "add", "after");
        watch.Await("registry after: added");

        _host.Kill();
        watch.Await("the daemon has gone");
        _host.Start();
        watch.Await("the daemon is back");
        watch.Signal("TERM");
        Assert.Equal(0, watch.AwaitEnd());
    }

    // systemd's socket stays when the daemon is stopped: whoever connects has it started again.
    [Fact]
    public void While_the_daemon_is_stopped_it_does_not_connect()
    {
        using var watch = Watch("registry");
        AwaitFollower(watch);
        Assert.Equal(0, _host.Stop());
        watch.Await("the daemon has gone; waiting for it to come back");

        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            File.Delete(_host.ControlSocket);
            socket.Bind(new UnixDomainSocketEndPoint(_host.ControlSocket));
            socket.Listen();
            // Twice as long as it waits between two looks.
            Assert.False(socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectRead));
        }

        _host.Start();
        watch.Await("the daemon is back");
    }

    [Fact]
    public void Where_the_daemons_mark_cannot_be_seen_it_ends_with_the_daemon()
    {
        File.CreateSymbolicLink(_host.Folder + "/forwarded.sock", _host.ControlSocket);
        using var watch = new RunningProgram(_host.PidFile("forwarded"), "ip", ["netns", "exec", _host.Dom0.Name,
            XenHost.Program, "watch", "--socket", _host.Folder + "/forwarded.sock", "registry"]);
        AwaitFollower(watch);

        Assert.Equal(0, _host.Stop());

        watch.Await("xennet: the daemon has gone");
        Assert.Equal(1, watch.AwaitEnd());
    }

    [Fact]
    public void An_upstream_that_goes_and_comes_back_is_a_line_each()
    {
        File.AppendAllText(_host.ConfigurationFile, $"[dns]\nupstreams = [\"{XenHost.Gateway}\"]\n");
        using var watch = Watch("upstream", "reload");
        while (!watch.Text.Contains("reload ", StringComparison.Ordinal)) _host.Xen("reload");

        Ask("upstream 192.0.2.1:53: down, does not answer");
        using var outside = new OutsideNameServer(_host);
        Ask("upstream 192.0.2.1:53: up");
        _host.Daemon.Await("Name server 192.0.2.1:53 answers again.");

        // Each time another name: what failed a moment ago is not asked for again at once.
        void Ask(string untilSaid)
        {
            for (var name = 0; !watch.Text.Contains(untilSaid, StringComparison.Ordinal); name++)
            {
                Assert.True(name < 200, watch.Text);
                _host.Dom0.TryExec("dig", "+tries=1", "+time=1", "@127.0.0.1", XenHost.Text(name) + ".example.org");
            }
        }
    }

    [Fact]
    public void Without_a_daemon_at_the_start_it_does_not_wait()
    {
        _host.Stop();

        Assert.StartsWith("xennet: no daemon answers at ", _host.Xennet("watch").FailedWith());
    }

    private RunningProgram Watch(params string[] arguments) => new(_host.PidFile("watch"), "ip",
        ["netns", "exec", _host.Dom0.Name, "env", "XENNET_SOCKET=" + _host.ControlSocket, XenHost.Program, "watch", .. arguments]);

    // It follows as soon as it tells of something; until then it may not be there yet.
    private void AwaitFollower(RunningProgram watch, string prefix = "first")
    {
        for (var at = 0; !watch.Text.Contains(prefix, StringComparison.Ordinal); at++)
        {
            Assert.True(at < 200, watch.Text);
            _host.Xen("machine", "add", $"{prefix}{at}");
            _host.Xen("machine", "forget", $"{prefix}{at}", "--release");
        }
    }
}
