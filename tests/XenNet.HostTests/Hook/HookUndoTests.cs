using System.Net;
using System.Net.Sockets;
using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Hook;

/// <summary>What fails in the middle is undone, and works when the reason is gone.</summary>
public sealed class HookUndoTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new("", serving: false);

    public HookUndoTests()
    {
        Directory.CreateDirectory(_host.StateDirectory);
        Command.Run("mount", "-t", "tmpfs", "-o", "size=1m", "xnt-state", _host.StateDirectory);
        _host.Start();
    }

    private string Filler => _host.StateDirectory + "/filler";

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("vifname=web")]
    public void A_binding_that_the_full_disk_does_not_take_leaves_the_network_as_it_was(string? vifName)
    {
        // The number is durable already, so that the disk is needed only when the vif stands.
        _host.Xen("machine", "add", "ce");
        var ce = _host.AddVif(5, 0, "ce", vifName is null ? [] : [vifName]);
        var before = _host.Picture();
        FillDisk();

        var line = ce.Online().FailedWith();

        Assert.Contains($"{_host.StateDirectory}/registry.db: the disk is full, so nothing was written", line);
        Assert.Equal("error", ce.HotplugStatus);
        Assert.Equal(line["xennet hook: ".Length..], ce.HotplugError);
        Assert.Equal(before, _host.Picture());
        File.Delete(Filler);
        Assert.Equal(Done, ce.Online());
        Assert.Equal("connected", ce.HotplugStatus);
    }

    [Fact]
    public void A_machine_that_the_full_disk_does_not_take_is_not_known_and_its_number_not_spent()
    {
        var ce = _host.AddVif(5, 0, "ce");
        var before = _host.Picture();
        FillDisk();

        Assert.Contains("the disk is full", ce.Online().FailedWith());

        Assert.Equal(before, _host.Picture());
        Assert.Empty(_host.List("machine"));
        Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "ce.testbed"));
        File.Delete(Filler);
        Assert.Equal(Done, ce.Online());
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
    }

    [Fact]
    public void Offline_on_a_full_disk_fails_in_one_line_and_works_later()
    {
        var ce = _host.StartVif(5, 0, "ce");
        FillDisk();

        Assert.Contains("the disk is full", ce.Offline().FailedWith());

        Assert.True(ce.Pings("10.0.1.129"));
        File.Delete(Filler);
        Assert.Equal(Done, ce.Offline());
        Assert.Empty(_host.List("vif"));
    }

    [Fact]
    public void A_vif_whose_dom0_end_cannot_answer_dns_is_taken_down_again()
    {
        const int freeBind = 15;
        using var holder = _host.Dom0.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SetRawSocketOption(0, freeBind, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(IPAddress.Parse("10.0.1.129"), 53));
            socket.Listen();
            return socket;
        });
        var ce = _host.AddVif(5, 0, "ce");
        var before = _host.Picture();

        var line = ce.Online().FailedWith();

        Assert.Contains("DNS cannot use TCP port 53 on 10.0.1.129: ", line);
        Assert.Equal("error", ce.HotplugStatus);
        Assert.Equal(before, _host.Picture());
        holder.Dispose();
        Assert.Equal(Done, ce.Online());
    }

    [Fact]
    public void A_vif_that_xenstore_does_not_take_connected_for_is_taken_down_again()
    {
        var ce = _host.AddVif(5, 0, "ce");
        var before = _host.Picture();

        // The nodes go while the daemon works: it is held until they are gone.
        _host.Daemon.Signal("STOP");
        using var hook = ce.BeginOnline();
        _host.Rig("xs", "rm", ce.Backend);
        var store = _host.Xenstore();
        _host.Daemon.Signal("CONT");

        hook.Await("xennet hook: vif5.0: hotplug-status cannot be written to xenstore: NoEntry");
        Assert.Equal(1, hook.AwaitEnd());
        Assert.Equal(before, _host.Picture());
        Assert.Equal(store, _host.Xenstore());
    }

    private void FillDisk()
    {
        // dd ends with an error when the disk is full, which is what it is for.
        Command.Try("dd", "if=/dev/zero", "of=" + Filler, "bs=4096");
    }
}
