using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>What an operator in trouble is told: what is wrong, where, and what to do.</summary>
public sealed class TroubleTests : IDisposable
{
    private const string Another = "--reuid=65534";

    private readonly XenHost _host = new($"""
        [dns]
        upstreams = ["{XenHost.Gateway}"]
        """, serving: false);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Without_the_right_to_the_port_serve_says_which_port_and_which_right()
    {
        const string Caps = "-all,+net_admin,+net_raw";
        Directory.CreateDirectory(_host.StateDirectory);
        Directory.CreateDirectory(_host.RunDirectory);
        Command.Run("chown", "-R", "65534:65534", _host.StateDirectory, _host.RunDirectory);
        // A namespace begins with the host's own least port.
        _host.Dom0.Exec("sysctl", "-q", "-w", "net.ipv4.ip_unprivileged_port_start=1024");
        _host.Launch("setpriv", Another, "--regid=65534", "--clear-groups", "--bounding-set=" + Caps, "--inh-caps=" + Caps,
            "--ambient-caps=" + Caps);

        _host.Daemon.Await(
            "xennet serve: UDP port 53 cannot be used on all addresses: permission denied: it needs to be root, or CAP_NET_BIND_SERVICE");
        Assert.Equal(1, _host.Daemon.AwaitEnd());
    }

    [Fact]
    public void Why_it_does_not_start_is_in_systemctl_status_too()
    {
        File.AppendAllText(_host.ConfigurationFile, "listen = [\"203.0.113.9:53\"]\n");
        _host.Launch();
        Assert.Equal(
            "STATUS=TCP port 53 cannot be used on 203.0.113.9: this host has no such address: correct dns.listen, or set the address up first",
            _host.NextNotice());
        Assert.Equal(1, _host.Daemon.AwaitEnd());

        File.AppendAllText(_host.ConfigurationFile, "lisen = []\n");
        _host.Launch();
        Assert.Equal("STATUS=the configuration is wrong: xennet check lists what and where", _host.NextNotice());
        Assert.Equal(2, _host.Daemon.AwaitEnd());
    }

    [Fact]
    public void Another_user_is_told_to_be_root_and_not_to_start_the_daemon()
    {
        _host.Start();

        var denied = As(Another, "status");
        Assert.Equal(
            new Outcome(1, "", $"xennet: permission denied at {_host.ControlSocket}: it is root's; run this as root\n"), denied);

        var check = As(Another, "check", "--config", _host.ConfigurationFile);
        Assert.Equal(0, check.Code);
        Assert.Contains($"The daemon was not asked: permission denied at {_host.ControlSocket}", check.Output, StringComparison.Ordinal);

        var network = As(Another, "network", "status");
        Assert.Equal(1, network.Code);
        Assert.Contains("- nftables cannot be read: Operation not permitted.\n    run this as root\n", network.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("network start", network.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_upstream_that_is_dead_and_one_that_refuses_all_are_what_status_says_should_be_seen_to()
    {
        _host.Start();
        Assert.DoesNotContain("!", _host.Xen("status"), StringComparison.Ordinal);

        for (var query = 0; query < 2; query++) Assert.Equal(1, _host.Xennet("query", $"dead{query}.example.org").Code);
        Assert.Contains(
            $"! name server {XenHost.Gateway}:53 does not answer: names outside that are not in the cache get SERVFAIL; "
            + $"ip route get {XenHost.Gateway} tells", _host.Xen("status"), StringComparison.Ordinal);
        Assert.Contains(
            $"  because: name server {XenHost.Gateway}:53 does not answer\n", _host.Xen("explain", "dead9.example.org"), StringComparison.Ordinal);

        // Without a server of its own dnsmasq says REFUSED.
        using var refusing = new RunningProgram(_host.PidFile("dnsmasq"), "ip", ["netns", "exec", _host.Outside.Name,
            "dnsmasq", "-k", "-d", "-C", "/dev/null", "-R", "-h", "-p", "53"]);
        refusing.Await("started");
        while (!_host.Xen("status").Contains("answered the last", StringComparison.Ordinal))
            Assert.Equal(1, _host.Xennet("query", "refused.example.org").Code);
        Assert.Contains("queries with an error", _host.Xen("status"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_is_silent_is_looked_for_at_its_address_its_console_and_filters()
    {
        _host.Start();
        _host.StartVif(5, 0, "ce");

        Assert.Contains(
            "→ a guest with a static address is silent, and is let through with the address above alone; else look at its console, "
            + "at xennet network status for a filter in the way, and at xennet trace vif5.0\n", _host.Xen("explain", "vif5.0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_uplink_is_said_in_the_log()
    {
        _host.Start();
        using var other = NetworkNamespace.Create("other");
        _host.Dom0.Join("second0", other, "eth0");
        _host.Dom0.Ip("addr", "add", "203.0.113.2/24", "dev", "second0");
        _host.Dom0.Ip("link", "set", "second0", "up");
        other.Ip("link", "set", "eth0", "up");

        _host.Dom0.Ip("route", "replace", "default", "via", "203.0.113.1");

        _host.Daemon.Await("The uplink is second0 now; it was uplink0.");
    }

    private Outcome As(string user, params string[] arguments) => Outcome.Of(_host.Dom0.TryExec(
        "env", ["-u", "JOURNAL_STREAM", "XENNET_SOCKET=" + _host.ControlSocket, "setpriv", user, "--regid=65534", "--clear-groups",
            XenHost.Program, .. arguments]));
}
