using System.Net;
using System.Net.Sockets;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>The daemon stops, dies and comes back while guests run; they notice nothing.</summary>
public sealed class RestartTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Guests_run_on_and_are_served_again_after_a_stop_and_after_kill_9(bool isAsked)
    {
        var ce = _host.StartVif(5, 0, "ce", "vifname=ce-net");
        var web = _host.StartVif(6, 0, "web");
        var second = _host.AddVif(6, 1, "web");
        Assert.Equal(Done, second.Online());
        var before = _host.Picture();

        if (isAsked)
        {
            Assert.Equal(0, _host.Stop());
            Assert.Equal("STOPPING=1", _host.NextNotice());
            Assert.False(File.Exists(_host.ControlSocket));
        }
        else
        {
            _host.Kill();
            Assert.True(File.Exists(_host.ControlSocket));
        }

        Assert.True(ce.Pings(web.Address));
        Assert.True(ce.Pings(XenHost.Gateway));
        _host.Start();

        Assert.Equal(before, _host.Picture());
        Assert.True(ce.Pings(web.Address));
        Assert.Equal("10.0.2.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "web.testbed"));
        Assert.Equal("10.0.2.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "+tcp", "web.testbed"));
        Assert.Equal(Done, ce.Offline());
        Assert.Equal(Done, web.Offline());
        Assert.Equal(Done, second.Offline());
        Assert.Empty(_host.List("vif"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_guest_renews_its_lease_after_the_restart(bool isAsked)
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(Done, ce.Online());
        using var client = ce.RunDhcpClient();
        client.Await("lease of 10.0.1.1 obtained");

        if (isAsked)
        {
            _host.Stop();
        }
        else
        {
            _host.Kill();
        }

        _host.Start();
        client.Signal("USR1");

        client.Await("lease of 10.0.1.1 obtained");
        Assert.True(ce.Pings("10.0.1.129"));
    }

    [Fact]
    public void A_vif_that_went_away_meanwhile_is_released_and_the_others_stay()
    {
        var ce = _host.StartVif(5, 0, "ce");
        var web = _host.StartVif(6, 0, "web");
        _host.Kill();
        ce.Remove();

        _host.Start();

        Assert.Contains("vif5.0 is down: its link is gone", _host.Daemon.Text);
        Assert.Equal(["vif6.0"], _host.List("vif").Select(vif => vif.GetProperty("vif").GetString()));
        Assert.Equal(["vif6.0 10.0.2.0"], NftJson.Sources(_host.Dom0));
        Assert.Equal(["vif6.0"], NftJson.Elements(_host.Dom0, "vifs"));
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
        Assert.True(web.Pings(web.Dom0End));
    }

    [Fact]
    public void A_vif_that_goes_away_while_a_start_compares_is_not_missed()
    {
        _host.StartVif(5, 0, "ce");
        _host.StartVif(6, 0, "web");
        _host.Kill();
        _host.Dom0.Ip("route", "del", "10.0.2.1");
        var xenstored = File.ReadAllText(_host.PidFile("xenstored")).Split([' ', '\n'])[0];
        Command.Run("kill", "-STOP", xenstored);
        try
        {
            _host.Launch();
            // The kernel has been looked at, and xenstored is waited for.
            _host.Daemon.Await("vif6.0 is put in order: the route to 10.0.2.1 is missing");
            _host.Dom0.Ip("link", "del", "vif5.0");
        }
        finally
        {
            Command.Run("kill", "-CONT", xenstored);
        }

        Assert.Equal("READY=1", _host.NextNotice());
        _host.Daemon.Await("vif5.0 is down: its link is gone");
        Assert.Equal(["vif6.0"], _host.List("vif").Select(vif => vif.GetProperty("vif").GetString()));
    }

    [Fact]
    public void Another_link_of_the_same_name_is_not_taken_for_the_one_that_was_left()
    {
        var ce = _host.StartVif(5, 0, "ce", "vifname=guest");
        _host.Kill();
        ce.Remove();
        _host.Dom0.Ip("link", "del", "guest");
        var stranger = _host.AddVif(6, 0, "stranger");
        _host.Dom0.Ip("link", "set", "vif6.0", "name", "guest");
        _host.Dom0.Ip("addr", "add", "10.0.1.129/32", "dev", "guest");
        _host.Dom0.Ip("link", "set", "guest", "up");

        _host.Start();

        Assert.Empty(_host.List("vif"));
        Assert.Empty(NftJson.Sources(_host.Dom0));
        Assert.Empty(NftJson.Elements(_host.Dom0, "vifs"));
        Assert.NotEqual("", stranger.Mac);
    }

    [Fact]
    public void A_machine_that_is_arriving_still_waits_behind_the_one_that_runs()
    {
        var here = _host.StartVif(5, 0, "ce");
        var arriving = _host.AddVif(6, 0, "ce--incoming", "mac=" + here.Mac);
        Assert.Equal(Done, arriving.Online());
        var before = _host.Picture();

        _host.Kill();
        _host.Start();

        Assert.Equal(before, _host.Picture());
        Assert.True(here.Pings(here.Dom0End));
        Assert.Equal(Done, here.Offline());
        here.Remove();
        arriving.TakeAddress();
        Assert.True(arriving.Pings(here.Dom0End));
    }

    [Fact]
    public void A_guest_that_was_restarting_keeps_its_new_vif()
    {
        var old = _host.StartVif(5, 0, "ce");
        var young = _host.StartVif(6, 0, "ce", "mac=" + old.Mac);

        _host.Kill();
        _host.Start();

        Assert.StartsWith("10.0.1.1 dev vif6.0 ", _host.Dom0.Ip("route", "get", "10.0.1.1"),
            StringComparison.Ordinal);
        Assert.True(young.Pings(young.Dom0End));
        Assert.Equal(Done, old.Offline());
        Assert.True(young.Pings(young.Dom0End));
    }

    [Fact]
    public void Guests_that_start_when_it_dies_are_bound_and_connected_once_it_is_back()
    {
        var vifs = Enumerable.Range(1, 16).Select(domain => _host.AddVif(domain, 0, $"m{domain}")).ToList();
        var outcomes = new Outcome[vifs.Count];
        using var first = new ManualResetEventSlim();

        XenHost.Together(
        [
            .. vifs.Select<GuestInterface, Action>((vif, at) => () =>
            {
                outcomes[at] = vif.Online();
                first.Set();
            }),
            () =>
            {
                first.Wait();
                _host.Kill();
                _host.Start();
            },
        ]);

        Assert.All(outcomes, outcome => Assert.Equal(Done, outcome));
        foreach (var vif in vifs)
        {
            Assert.Equal("connected", vif.HotplugStatus);
            vif.TakeAddress();
            Assert.True(vif.Pings(vif.Dom0End));
        }

        Assert.Equal(vifs.Count, _host.List("machine").Select(machine => machine.GetProperty("number").GetInt32())
            .Distinct().Count());
    }

    [Fact]
    public void A_program_that_took_a_port_of_one_dom0_end_meanwhile_costs_that_guest_its_tcp_and_nobody_else_anything()
    {
        var ce = _host.StartVif(5, 0, "ce");
        var web = _host.StartVif(6, 0, "web");
        _host.Stop();
        using var holder = _host.Dom0.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(ce.Dom0End), 53));
            socket.Listen();
            return socket;
        });

        _host.Start();

        Assert.Contains($"DNS cannot use TCP port 53 on {ce.Dom0End}", _host.Daemon.Await("vif5.0 could not be put in order"));
        Assert.Equal(web.Address, XenHost.Dig(ce.Guest, "@" + ce.Dom0End, "web.testbed"));
        Assert.Equal(ce.Address, XenHost.Dig(web.Guest, "@" + web.Dom0End, "+tcp", "ce.testbed"));
        Assert.Equal(1, _host.Xennet("reconcile").Code);
        holder.Dispose();
        Assert.Contains("its Dom0 end does not answer over TCP", _host.Xen("reconcile"));
        Assert.Equal(web.Address, XenHost.Dig(ce.Guest, "@" + ce.Dom0End, "+tcp", "web.testbed"));
    }

    [Fact]
    public void A_guest_that_started_while_the_daemon_was_down_has_waited_for_it()
    {
        var ce = _host.StartVif(5, 0, "ce");
        var web = _host.AddVif(6, 0, "web");
        _host.Kill();
        using var hook = web.BeginOnline();

        _host.Start();

        Assert.Equal(0, hook.AwaitEnd());
        web.TakeAddress();
        Assert.True(ce.Pings(web.Address));
    }

    [Fact]
    public void The_control_socket_of_a_dead_daemon_is_replaced_and_is_roots_alone()
    {
        _host.Kill();
        Assert.True(File.Exists(_host.ControlSocket));

        _host.Start();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_host.ControlSocket));
        Assert.Equal(0, _host.Xennet("status").Code);
    }

    [Theory]
    [InlineData("the same", "the same", 0, "control.sock: another xennet answers there")]
    [InlineData("the same", "its own", 0, "another xennet uses this state directory")]
    [InlineData("its own", "the same", 0, "control.sock: another xennet answers there")]
    [InlineData("its own", "its own", 53, "port 53")]
    public void A_second_daemon_ends_with_one_line_and_disturbs_nobody(string state, string run, int port,
        string reason)
    {
        var ce = _host.StartVif(5, 0, "ce");
        var before = _host.Picture();
        var handles = Handles();
        var second = _host.Folder + "/second.toml";
        File.WriteAllText(second, $"""
            state-dir = "{_host.StateDirectory}{(state == "the same" ? "" : "-2")}"
            run-dir = "{_host.RunDirectory}{(run == "the same" ? "" : "-2")}"
            dns.port = {port}
            """);

        var line = _host.Xennet("serve", "--config", second).WithoutLog().FailedWith();

        Assert.StartsWith("xennet serve: ", line, StringComparison.Ordinal);
        Assert.Contains(reason, line);
        Assert.Equal(before, _host.Picture());
        Assert.True(ce.Pings(XenHost.Gateway));
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        Assert.Equal(handles, Handles());
    }

    [Theory]
    [InlineData("state-dir = \"/proc/nothing\"", 1, "/proc/nothing")]
    [InlineData("run-dir = \"/proc/nothing\"", 1, "/proc/nothing")]
    [InlineData("network.prefix = \"10.0.0.0/16\"", 2,
        "machine 'far' has number 300, and network.prefix 10.0.0.0/16 ends at 255")]
    [InlineData("network.uplink = \"vif7.0\"", 1, "also means the uplink vif7.0")]
    public void A_start_that_cannot_be_is_one_line(string setting, int code, string reason)
    {
        _host.Xen("machine", "add", "far", "--number", "300");
        _host.AddVif(7, 0, "seven");
        _host.Stop();
        var key = setting.Split(' ')[0];
        var wrong = _host.Folder + "/wrong.toml";
        File.WriteAllLines(wrong, File.ReadAllLines(_host.ConfigurationFile)
            .Where(line => !line.StartsWith(key, StringComparison.Ordinal)).Append(setting));

        var line = _host.Xennet("serve", "--config", wrong).WithoutLog().FailedWith(code);

        Assert.StartsWith("xennet serve: ", line, StringComparison.Ordinal);
        Assert.Contains(reason, line);
    }

    [Fact]
    public void A_port_of_dhcp_that_is_taken_is_said()
    {
        _host.Stop();
        using var holder = Network.Dom0.Listen(_host.Dom0, 67);

        var line = _host.Xennet("serve", "--config", _host.ConfigurationFile).WithoutLog().FailedWith();

        Assert.Contains("udp port 67", line);
    }

    [Fact]
    public void What_is_no_socket_where_the_control_socket_should_be_is_not_removed()
    {
        _host.Stop();
        File.WriteAllText(_host.ControlSocket, "precious");

        var line = _host.Xennet("serve", "--config", _host.ConfigurationFile).WithoutLog().FailedWith();

        Assert.Contains(_host.ControlSocket, line);
        Assert.Equal("precious", File.ReadAllText(_host.ControlSocket));
    }

    [Fact]
    public async Task The_control_socket_speaks_plain_http()
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_host.ControlSocket), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        var body = await http.GetStringAsync(new Uri("http://xennet/v1/machines"));

        Assert.Equal("[]", body);
    }

    // A rule that is made anew, even for a moment, has another one.
    private string Handles() => NftText.Lasting(_host.Dom0.Exec("nft", "-s", "-a", "list", "ruleset"));
}
