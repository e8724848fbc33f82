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

    [Fact]
    public void A_full_disk_ends_a_trace_with_a_sentence_and_a_file_that_is_whole()
    {
        var ce = _host.StartVif(5, 0, "ce");
        var disk = _host.Folder + "/disk";
        Directory.CreateDirectory(disk);
        Command.Run("mount", "-t", "tmpfs", "-o", "size=16k", "xnt-trace", disk);
        using var trace = Trace("vif5.0", "--write", disk + "/ce.pcap");
        trace.Await("tracing vif5.0");

        SendQueries(ce, 500);

        trace.Await($"xennet: {disk}/ce.pcap cannot be written any further: No space left on device");
        Assert.Equal(1, trace.AwaitEnd());
        Assert.DoesNotContain("   at ", trace.Text);
        Assert.Contains("A? ce.testbed", Read(disk + "/ce.pcap", ""));
    }

    [Fact]
    public void A_pipe_that_nobody_reads_any_more_ends_a_trace_and_a_watch()
    {
        var ce = _host.StartVif(5, 0, "ce");
        using var trace = Shell("xennet trace vif5.0 --write - | { head -c 24 >/dev/null; exec <&-; echo read; exec cat >/dev/null; }");
        using var watch = Shell("xennet watch dns | { read line; echo read; }");
        trace.Await("read");
        for (var query = 0; !watch.Text.Contains("read", StringComparison.Ordinal); query++)
        {
            Assert.True(query < 200, watch.Text);
            XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed");
        }

        SendQueries(ce, 100);

        trace.Await("xennet: standard output cannot be written any further: Broken pipe");
        Assert.Equal(1, trace.AwaitEnd());
        Assert.Equal(1, watch.AwaitEnd());
        Assert.DoesNotContain("   at ", trace.Text + watch.Text);
    }

    [Fact]
    public void What_comes_faster_than_it_is_taken_is_counted_and_said_and_others_are_answered_meanwhile()
    {
        var ce = _host.StartVif(5, 0, "ce");
        var file = _host.Folder + "/flood.pcap";
        using var trace = Trace("vif5.0", "--write", file);
        trace.Await("tracing vif5.0");
        trace.Signal("STOP");

        SendQueries(ce, 60_000);
        Assert.Contains("vif5.0", _host.Xen("vif", "list"));
        trace.Signal("CONT");
        // Until there is room again also these are lost; when the second one is there, it was told before how much was.
        AwaitQuery("first");
        AwaitQuery("second");
        trace.Signal("INT");

        Assert.Equal(0, trace.AwaitEnd());
        Assert.Matches(@"\n[0-9]+ frames were lost: they came faster than they could be kept\n", trace.Text);
        Assert.DoesNotContain("[|", Read(file, ""));

        void AwaitQuery(string label)
        {
            for (var count = 0; !Read(file, "greater 80").Contains($"A? {label}", StringComparison.Ordinal); count++)
            {
                Assert.True(count < 200, trace.Text);
                XenHost.Dig(ce.Guest, "@10.0.1.129", $"{label}{count}.testbed");
            }
        }
    }

    private static void SendQueries(GuestInterface from, int count) => from.Guest.Exec("python3", "-c", $$"""
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for i in range({{count}}):
            s.sendto(b"\0\1\1\0\0\1\0\0\0\0\0\0\2ce\7testbed\0\0\1\0\1", ("{{from.Dom0End}}", 53))
        """);

    // With pipes as an operator makes them; it ends as the first program of a pipe that does not end well.
    private RunningProgram Shell(string line) => new(
        _host.PidFile($"shell-{line.Length}"), "ip", ["netns", "exec", _host.Dom0.Name, "env", "XENNET_SOCKET=" + _host.ControlSocket,
            "bash", "-c", "set -o pipefail; " + line.Replace("xennet ", XenHost.Program + " ", StringComparison.Ordinal)]);

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
