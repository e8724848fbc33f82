using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Hook;

/// <summary>HVM guests: libxl calls the hook once more for the tap behind which qemu emulates the device.</summary>
public sealed class HookTapTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void The_tap_has_the_vifs_addresses_and_comes_before_it()
    {
        var ce = _host.StartVif(5, 0, "ce", "type=vif_ioemu");
        var tap = AddTap(ce);
        var store = _host.Xenstore();

        Assert.Equal(Done, tap.Add());

        Assert.Equal(store, _host.Xenstore());
        Assert.Equal(
            ["10.0.1.1 dev vif5.0 proto static scope link src 10.0.1.129 metric 2",
                "10.0.1.1 dev vif5.0-emu proto static scope link src 10.0.1.129 metric 1"],
            Routes());
        Assert.Contains("10.0.1.129/32", _host.Dom0.Ip("-4", "addr", "show", "vif5.0-emu"), StringComparison.Ordinal);
        Assert.Equal(["vif5.0", "vif5.0-emu"], NftJson.Elements(_host.Dom0, "vifs"));
        Assert.Equal(["vif5.0 10.0.1.0", "vif5.0-emu 10.0.1.0"], NftJson.Sources(_host.Dom0));
        Assert.Equal("vif5.0", _host.List("machine").Single().GetProperty("interfaces")[0].GetProperty("vif").GetString());
    }

    [Fact]
    public void A_guest_gets_its_address_and_names_by_the_emulated_device_and_then_by_its_own()
    {
        var ce = _host.AddVif(5, 0, "ce", "type=vif_ioemu");
        Assert.Equal(Done, ce.Online());
        var tap = AddTap(ce);
        Assert.Equal(Done, tap.Add());

        // The firmware and the installer see the emulated device alone.
        ce.Guest.Ip("link", "set", "eth0", "down");
        TakeLease(ce, "emu0");
        Assert.True(ce.Pings("10.0.1.129"));
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        Assert.Equal(0, _host.Dom0.TryExec("ping", "-n", "-c", "1", "-W", "2", "10.0.1.1").Code);

        // Its own drivers unplug that: qemu closes the tap, and nobody calls a hook.
        _host.Dom0.Ip("link", "del", "vif5.0-emu");
        _host.Daemon.Await("vif5.0-emu is down: its link is gone");
        ce.Guest.Ip("link", "set", "eth0", "up");
        TakeLease(ce, "eth0");
        Assert.True(ce.Pings("10.0.1.129"));
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        Assert.Equal(["vif5.0"], _host.List("vif").Select(vif => vif.GetProperty("vif").GetString()));
    }

    [Fact]
    public void Remove_takes_the_tap_and_offline_the_vif_in_whichever_order()
    {
        var ce = _host.StartVif(5, 0, "ce", "type=vif_ioemu");
        var web = _host.StartVif(6, 0, "web", "type=vif_ioemu");
        var (first, second) = (AddTap(ce), AddTap(web));
        Assert.Equal(Done, first.Add());
        Assert.Equal(Done, second.Add());

        Assert.Equal(Done, ce.Offline());
        Assert.Equal(["vif5.0-emu", "vif6.0", "vif6.0-emu"], Vifs());
        Assert.Equal(Done, first.Remove());
        Assert.Equal(Done, first.Remove());
        Assert.Equal(Done, second.Remove());
        Assert.Equal(["vif6.0"], Vifs());
        Assert.Equal(Done, web.Offline());

        Assert.Empty(_host.List("vif"));
        Assert.Empty(NftJson.Sources(_host.Dom0));
    }

    [Fact]
    public void A_vifname_is_the_taps_too_with_emu_behind_it()
    {
        var ce = _host.StartVif(5, 0, "ce", "type=vif_ioemu", "vifname=web");
        var tap = AddTap(ce);

        Assert.Equal(Done, tap.Add());

        Assert.Equal(["web", "web-emu"], Vifs());
        Assert.Equal(Done, tap.Add());
        Assert.Equal(Done, tap.Remove());
        Assert.Equal(["web"], Vifs());
    }

    [Fact]
    public void The_tap_is_found_by_its_name_alone()
    {
        var ce = _host.StartVif(5, 0, "ce", "type=vif_ioemu");
        AddTap(ce);

        var outcome = ce.HookIn([.. ce.Places(), "INTERFACE=vif5.0-emu", "vif=vif5.0"], "add", "type_if=tap");

        Assert.Equal(Done, outcome);
        Assert.Equal(["vif5.0", "vif5.0-emu"], Vifs());
    }

    [Fact]
    public void A_tap_that_cannot_be_is_refused_and_libxl_can_read_why()
    {
        var ce = _host.StartVif(5, 0, "ce", "type=vif_ioemu");

        var line = ce.HookIn([.. ce.Environment(), "INTERFACE=vif5.0-emu"], "add", "type_if=tap").FailedWith();

        Assert.Equal("xennet hook: vif5.0-emu: vif5.0-emu of machine 'ce': no such interface on this host", line);
        Assert.Equal(line["xennet hook: ".Length..], ce.HotplugError);
        Assert.Equal(["vif5.0"], Vifs());
    }

    [Fact]
    public void From_a_tap_comes_what_the_machine_has_and_nothing_else()
    {
        var ce = _host.StartVif(5, 0, "ce", "type=vif_ioemu");
        var tap = AddTap(ce);
        Assert.Equal(Done, tap.Add());
        ce.Guest.Ip("addr", "del", "10.0.1.1/32", "dev", "eth0");
        ce.Guest.Ip("addr", "add", "10.0.1.1/32", "dev", "emu0");
        ce.Guest.Ip("addr", "add", "10.0.9.1/32", "dev", "emu0");
        ce.Guest.Ip("route", "add", "10.0.1.129", "dev", "emu0");

        Assert.True(ce.Pings("10.0.1.129", "-I", "10.0.1.1"));
        Assert.False(ce.Pings("10.0.1.129", "-I", "10.0.9.1"));
    }

    [Fact]
    public void Vif_and_tap_are_served_again_after_kill_9()
    {
        var ce = _host.StartVif(5, 0, "ce", "type=vif_ioemu");
        Assert.Equal(Done, AddTap(ce).Add());
        var before = _host.Picture();

        _host.Kill();
        _host.Start();

        Assert.Equal(before, _host.Picture());
        Assert.Equal("All is as it should be.\n", _host.Xen("reconcile"));
    }

    [Fact]
    public void The_vif_of_a_stub_domain_is_its_guests_and_comes_before_the_guests_own()
    {
        var stub = _host.AddVif(6, 0, "ce-dm", "mac=00:16:3e:00:05:00");
        _host.Rig("xs", "write", "/local/domain/5/name", "ce");
        _host.Rig("xs", "write", "/local/domain/5/image/device-model-domid", "6");

        Assert.Equal(Done, stub.Online());
        var ce = _host.AddVif(5, 0, "ce", "type=vif_ioemu");
        Assert.Equal(Done, ce.Online());

        Assert.Equal("connected", stub.HotplugStatus);
        Assert.Single(_host.List("machine"));
        Assert.Equal(
            ["10.0.1.1 dev vif5.0 proto static scope link src 10.0.1.129 metric 2",
                "10.0.1.1 dev vif6.0 proto static scope link src 10.0.1.129 metric 1"],
            Routes());
        _host.Rig("xs", "write", "/local/domain/6/name", "web-dm");
        _host.Rig("xs", "write", "/local/domain/5/name", "web");
        _host.Daemon.Await("Machine ce is called web now");
        Assert.Equal(Done, stub.Offline());
        Assert.Equal(["vif5.0"], Vifs());
        Assert.Single(_host.List("machine"));
    }

    [Fact]
    public void On_a_bridge_the_guest_is_behind_its_tap_until_that_goes()
    {
        using var bridged = new BridgedHost();
        var ce = bridged.Start(5, 0, "ce", "xenbr0", "type=vif_ioemu");
        Assert.Equal(Done, new Tap(bridged.Host, ce).Add());
        Assert.Equal("vif5.0-emu", PortOf(bridged.Host, ce));
        ce.Guest.Ip("link", "set", "eth0", "down");
        TakeLease(ce, "emu0");
        Assert.True(ce.Pings("10.0.0.129"));

        bridged.Host.Dom0.Ip("link", "del", "vif5.0-emu");
        bridged.Host.Daemon.Await("vif5.0-emu is down: its link is gone");

        Assert.Equal("vif5.0", PortOf(bridged.Host, ce));
        ce.Guest.Ip("link", "set", "eth0", "up");
        TakeLease(ce, "eth0");
        Assert.True(ce.Pings("10.0.0.129"));
        Assert.Equal("ce.testbed.", XenHost.Dig(ce.Guest, "@10.0.0.129", "-x", "10.0.1.1"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("7")]
    public void A_domain_that_is_only_called_like_a_stub_domain_is_a_machine_of_its_own(string? deviceModel)
    {
        _host.StartVif(5, 0, "ce");
        if (deviceModel is not null)
        {
            _host.Rig("xs", "write", "/local/domain/5/image/device-model-domid", deviceModel);
        }

        Assert.Equal(Done, _host.AddVif(6, 0, "ce-dm").Online());

        Assert.Equal(["ce", "ce-dm"], _host.List("machine").Select(machine => machine.GetProperty("name").GetString()));
        Assert.Equal("10.0.2.1", _host.Dig("ce-dm.testbed"));
    }

    // The one port behind which the bridge has the guest for good.
    private static string PortOf(XenHost host, GuestInterface guest) =>
        host.Dom0.Exec("bridge", "fdb", "show", "br", "xenbr0").Split('\n')
            .Single(line => line.StartsWith(guest.Mac, StringComparison.Ordinal) && line.Contains("static", StringComparison.Ordinal))
            .Split(' ')[2];

    private string[] Vifs() => [.. _host.List("vif").Select(vif => vif.GetProperty("vif").GetString()!).Order(StringComparer.Ordinal)];

    private string[] Routes() => [.. _host.Dom0.Ip("route", "show", "10.0.1.1").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(route => route.Replace(" linkdown", "", StringComparison.Ordinal).Trim()).Order(StringComparer.Ordinal)];

    private void TakeLease(GuestInterface guest, string device)
    {
        guest.Guest.Ip("addr", "flush", "dev", device);
        var script = $"{_host.Folder}/lease-{device}";
        File.WriteAllText(script, """
            #!/bin/sh
            [ "$1" != bound ] || {
                ip addr replace "$ip/$mask" dev "$interface"
                ip route replace default via "$router" dev "$interface"
            }

            """);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        guest.Guest.Exec("udhcpc", "-f", "-q", "-n", "-i", device, "-t", "3", "-T", "2", "-s", script);
    }

    private Tap AddTap(GuestInterface guest) => new(_host, guest);

    // qemu's tap, and the emulated device that the guest has by it.
    private sealed class Tap
    {
        private readonly GuestInterface _guest;
        private readonly string _name;

        public Tap(XenHost host, GuestInterface guest)
        {
            (_guest, _name) = (guest, guest.Vif + "-emu");
            host.Dom0.Join(_name, guest.Guest, "emu0");
            guest.Guest.Ip("link", "set", "emu0", "address", guest.Mac);
            guest.Guest.Ip("link", "set", "emu0", "up");
        }

        public Outcome Add() => Hook("add");

        public Outcome Remove() => Hook("remove");

        private Outcome Hook(string command) =>
            _guest.HookIn([.. _guest.Environment(), "INTERFACE=" + _name], command, "type_if=tap");
    }
}
