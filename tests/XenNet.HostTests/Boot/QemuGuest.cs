using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Boot;

/// <summary>
/// A guest under qemu, emulated in software, whose network card is a tap device joined to a vif's guest end by a bridge. Its
/// serial console is what it prints.
/// </summary>
internal sealed class QemuGuest : IDisposable
{
    // Emulation on a machine that does other things as well; most are done in a few seconds.
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly RunningProgram _qemu;

    private QemuGuest(RunningProgram qemu) => _qemu = qemu;

    /// <summary>All that its console has printed.</summary>
    internal string Console => _qemu.Text;

    /// <summary>SeaBIOS, and iPXE from the network card's own ROM.</summary>
    internal static QemuGuest WithBios(XenHost host, GuestInterface vif) => Start(host, vif, ["-m", "64", "-boot", "n"], "");

    /// <summary>The same as Xen has it: qemu runs in Dom0 and holds the tap, for which libxl runs the hook again.</summary>
    internal static QemuGuest WithBiosOnTap(XenHost host, GuestInterface vif)
    {
        var tap = vif.Vif + "-emu";
        host.Dom0.Ip("tuntap", "add", tap, "mode", "tap");
        Assert.Equal(
            new Outcome(0, "", ""), vif.HookIn([.. vif.Environment(), "INTERFACE=" + tap], "add", "type_if=tap"));
        return Start(host, host.Dom0.Name, tap, vif, ["-m", "64", "-boot", "n"], "");
    }

    /// <summary>OVMF with its own drivers, which boots by PXE over IPv4 first.</summary>
    internal static QemuGuest WithUefiPxe(XenHost host, GuestInterface vif) => Start(host, vif,
        [.. Ovmf(host, vif), "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"], ",romfile=");

    /// <summary>OVMF with its own drivers, which boots by HTTP over IPv4 first.</summary>
    internal static QemuGuest WithUefiHttp(XenHost host, GuestInterface vif) => Start(host, vif,
        [
            .. Ovmf(host, vif),
            "-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n",
            "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n",
            "-fw_cfg", "name=opt/org.tianocore/IPv6Support,string=no",
        ],
        ",romfile=");

    /// <summary>Waits for a line on the console.</summary>
    internal void Await(string line) => _qemu.Await(line, Patience);

    public void Dispose() => _qemu.Dispose();

    private static string[] Ovmf(XenHost host, GuestInterface vif)
    {
        var variables = $"{host.Folder}/ovmf-{vif.Vif}.fd";
        File.Copy("/usr/share/OVMF/OVMF_VARS_4M.fd", variables, overwrite: true);
        return
        [
            "-m", "192",
            "-drive", "if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
            "-drive", $"if=pflash,format=raw,unit=1,file={variables}",
        ];
    }

    private static QemuGuest Start(XenHost host, GuestInterface vif, string[] machine, string device)
    {
        var guest = vif.Guest;
        // The guest behind the tap has the hardware address; the bridge's own port must not.
        guest.Ip("link", "set", vif.Device, "address", "02:00:00:00:00:01");
        guest.Ip("link", "add", "br0", "type", "bridge");
        guest.Ip("link", "set", vif.Device, "master", "br0");
        guest.Ip("tuntap", "add", "tap0", "mode", "tap");
        guest.Ip("link", "set", "tap0", "master", "br0", "up");
        guest.Ip("link", "set", vif.Device, "up");
        guest.Ip("link", "set", "br0", "up");
        return Start(host, guest.Name, "tap0", vif, machine, device);
    }

    private static QemuGuest Start(
        XenHost host, string netns, string tap, GuestInterface vif, string[] machine, string device) =>
        new(new RunningProgram(host.PidFile("qemu-" + vif.Vif), "ip",
            [
                "netns", "exec", netns, "qemu-system-x86_64", "-accel", "tcg", "-nodefaults", "-display", "none",
                "-no-reboot", "-serial", "stdio", .. machine,
                "-netdev", $"tap,id=net,ifname={tap},script=no,downscript=no",
                "-device", $"virtio-net-pci,netdev=net,mac={vif.Mac}{device}",
            ]));
}
