using System.Diagnostics;
using System.Net.Sockets;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Hook;

/// <summary>The hook and a daemon that is not there, comes late, or hangs.</summary>
public sealed class HookPatienceTests : IDisposable
{
    private readonly XenHost _host = new("", serving: false);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Without_a_daemon_it_gives_up_after_five_seconds_and_says_what_to_do()
    {
        var ce = _host.AddVif(5, 0, "ce");
        var watch = Stopwatch.StartNew();

        var line = ce.Online().FailedWith();

        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(4.5), TimeSpan.FromSeconds(8));
        Assert.Equal($"xennet hook: vif5.0: no daemon answers at {_host.ControlSocket}: "
            + "start it (systemctl start xennet), then start the guest again", line);
        Assert.Equal("error", ce.HotplugStatus);
        Assert.Equal(line["xennet hook: ".Length..], ce.HotplugError);
    }

    [Fact]
    public void A_daemon_that_comes_within_them_is_found()
    {
        var ce = _host.AddVif(5, 0, "ce");
        using var hook = ce.BeginOnline();

        _host.Start();

        Assert.Equal(0, hook.AwaitEnd());
        Assert.Equal("connected", ce.HotplugStatus);
    }

    [Fact]
    public void One_that_ends_while_it_is_asked_is_asked_again_when_it_is_back()
    {
        var ce = _host.AddVif(5, 0, "ce");
        using var ending = Listen();
        using var hook = ce.BeginOnline();

        EndAsked(ending);
        ending.Dispose();
        _host.Start();

        Assert.Equal(0, hook.AwaitEnd());
        Assert.Equal("connected", ce.HotplugStatus);
    }

    [Fact]
    public void A_daemon_that_hangs_does_not_keep_it_beyond_thirty_seconds()
    {
        _host.Start();
        var ce = _host.AddVif(5, 0, "ce");
        _host.Daemon.Signal("STOP");
        var watch = Stopwatch.StartNew();

        // Command's own patience is no longer than the hook's.
        using var hook = new RunningProgram(_host.PidFile("hook"), "ip", ["netns", "exec", _host.Dom0.Name,
            "env", "-i", .. ce.Environment(), _host.HookLink, "online", "type_if=vif"]);
        hook.Await("did not answer in time", TimeSpan.FromSeconds(38));

        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(38));
        Assert.Equal(1, hook.AwaitEnd());
        Assert.Equal("error", ce.HotplugStatus);
        Assert.Equal($"vif5.0: the daemon at {_host.ControlSocket} did not answer in time: "
            + "look at its log (journalctl -u xennet)",
            ce.HotplugError);
    }

    // Where the daemon listens.
    private Socket Listen()
    {
        Directory.CreateDirectory(_host.RunDirectory);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_host.ControlSocket));
        socket.Listen();
        return socket;
    }

    // As the kernel does it for a daemon that is killed when it has read the question, up to the end of its body.
    private static void EndAsked(Socket listener)
    {
        using var caller = listener.Accept();
        var question = new byte[4096];
        for (var length = 0; length == 0 || question[length - 1] != '}';)
        {
            length += caller.Receive(question.AsSpan(length));
        }
    }
}
