using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary><c>xennet trace</c> of a guest that starts, read by tcpdump.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly XenHost _host;
    private readonly string _bootRoot = Directory.CreateTempSubdirectory("xennet-trace-").FullName;

    public TraceTests()
    {
        File.WriteAllText(_bootRoot + "/kernel", new string('k', 5000));
        _host = new XenHost($"[boot]\nroot = \"{_bootRoot}\"");
    }

    public void Dispose()
    {
        _host.Dispose();
        Directory.Delete(_bootRoot, recursive: true);
    }

    [Fact]
    public void A_guests_dhcp_dns_and_tftp_are_in_the_file_and_nothing_else()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(0, ce.Online().Code);
        var file = _host.Folder + "/ce.pcap";
        using var trace = Trace("vif5.0", "--write", file);
        trace.Await("tracing vif5.0");

        ce.TakeLease();
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "+tcp", "ce.testbed"));
        ce.Guest.Exec("atftp", "--get", "-r", "kernel", "-l", _host.Folder + "/got", "10.0.1.129");
        Assert.True(ce.Pings("10.0.1.129"));
        AwaitFrame(file, "udp port 69");
        AwaitFrame(file, "greater 500 and udp and not port 53 and not port 67");
        trace.Signal("INT");

        Assert.Equal(0, trace.AwaitEnd());
        Assert.Matches(@"[0-9]+ frames, [0-9]+ octets in ", trace.Text);
        var read = Read(file, "");
        Assert.Contains("BOOTP/DHCP, Request from 00:16:3e:00:05:00", read);
        Assert.Contains("10.0.1.129.67 > 10.0.1.1.68: BOOTP/DHCP, Reply", read);
        Assert.Contains("A? ce.testbed", read);
        Assert.Contains("TFTP, length", read);
        Assert.NotEqual("", Read(file, "tcp port 53"));
        Assert.Equal("", Read(file, "icmp or arp"));
        // What tcpdump does not understand it says so.
        Assert.DoesNotContain("[|", read);
    }

    [Fact]
    public void A_trace_ends_by_itself_at_its_time_and_with_its_vif_and_the_file_is_whole()
    {
        var ce = _host.StartVif(5, 0, "ce");
        var (timed, gone) = (_host.Folder + "/timed.pcap", _host.Folder + "/gone.pcap");
        using var first = Trace("vif5.0", "--write", timed, "--seconds", "1");
        using var second = Trace("vif5.0", "--write", gone);
        second.Await("tracing vif5.0");

        Assert.Equal(0, first.AwaitEnd());
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        AwaitFrame(gone, "udp port 53");
        Assert.Equal(0, ce.Offline().Code);
        ce.Remove();

        Assert.Equal(0, second.AwaitEnd());
        Assert.Equal("", Read(timed, ""));
        Assert.Contains("A? ce.testbed", Read(gone, ""));
    }

    [Fact]
    public void What_is_no_guests_link_is_not_traced_and_no_file_is_overwritten()
    {
        _host.StartVif(5, 0, "ce");
        var file = _host.Folder + "/there.pcap";

        Assert.Equal("xennet: 'uplink0' is no vif that is there", _host.Xennet("trace", "uplink0", "--write", file).FailedWith());
        Assert.Equal("xennet: 'vif9.0' is no vif that is there", _host.Xennet("trace", "vif9.0", "--write", file).FailedWith());
        Assert.False(File.Exists(file));

        File.WriteAllText(file, "mine");
        Assert.Contains("is there already", _host.Xennet("trace", "vif5.0", "--write", file).FailedWith());
        Assert.Equal("mine", File.ReadAllText(file));
    }

    private RunningProgram Trace(params string[] arguments) => new(
        _host.PidFile($"trace-{arguments[^1].GetHashCode(StringComparison.Ordinal):x}"), "ip",
        ["netns", "exec", _host.Dom0.Name, "env", "XENNET_SOCKET=" + _host.ControlSocket, XenHost.Program, "trace", .. arguments]);

    private static string Read(string file, string filter) =>
        Command.Run("tcpdump", ["-n", "-r", file, .. filter == "" ? [] : (string[])[filter]]);

    // The file grows while the trace runs.
    private static void AwaitFrame(string file, string filter)
    {
        Assert.True(
            SpinWait.SpinUntil(() => File.Exists(file) && Read(file, filter) != "", RunningProgram.Patience),
            $"no frame of '{filter}' came into {file}");
    }
}
