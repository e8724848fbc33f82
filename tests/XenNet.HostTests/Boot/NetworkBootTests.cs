using System.Diagnostics;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Boot;

/// <summary>Guests that real firmware boots from the published program, each from another file.</summary>
public sealed class NetworkBootTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("xnt-boot-").FullName;
    private readonly XenHost _host;

    public NetworkBootTests()
    {
        // Some blocks of TFTP each, the last one short.
        Write("bios.0", BootImages.Bios("booted: bios", 10_000));
        Write("chained.0", BootImages.Bios("booted: chained by iPXE", 10_000));
        Write("chosen.0", BootImages.Bios("booted: chosen from the menu", 10_000));
        Write("x64.efi", BootImages.Efi("booted: uefi", 70_000));
        Write("script.ipxe", "#!ipxe\nchain http://${next-server}/chained.0\n"u8.ToArray());
        _host = new XenHost($"""
            [boot]
            root = "{_root}"
            default = "plain"
            menu-timeout = 1
            [[boot.target]]
            name = "plain"
            bios = "bios.0"
            efi-x64 = "x64.efi"
            [[boot.target]]
            machines = ["scripted"]
            bios = "bios.0"
            ipxe = "script.ipxe"
            [[boot.target]]
            name = "chosen"
            bios = "chosen.0"
            [[boot.menu]]
            text = "Chosen"
            target = "chosen"
            machines = ["asked"]
            """);
    }

    public void Dispose()
    {
        _host.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void A_bios_and_a_uefi_guest_boot_by_pxe_each_from_the_file_for_its_firmware()
    {
        using var bios = QemuGuest.WithBios(_host, Up(5, "old"));
        using var uefi = QemuGuest.WithUefiPxe(_host, Up(6, "new"));

        bios.Await("booted: bios");
        uefi.Await("booted: uefi");

        AwaitStage("vif5.0", "fetched", "bios.0");
        AwaitStage("vif6.0", "fetched", "x64.efi");
        Assert.Matches(@"vif5\.0 .* fetched bios\.0\n", _host.Xen("vif", "list"));
    }

    [Fact]
    public void A_uefi_guest_boots_by_http()
    {
        using var guest = QemuGuest.WithUefiHttp(_host, Up(5, "new"));

        guest.Await("booted: uefi");

        AwaitStage("vif5.0", "fetched", "/x64.efi");
    }

    [Fact]
    public void Ipxe_is_told_its_script_and_fetches_what_that_names_and_a_menu_is_answered_on_port_4011()
    {
        using var scripted = QemuGuest.WithBios(_host, Up(5, "scripted"));
        using var asked = QemuGuest.WithBios(_host, Up(6, "asked"));

        scripted.Await("booted: chained by iPXE");
        asked.Await("booted: chosen from the menu");

        AwaitStage("vif5.0", "fetched", "/chained.0");
        AwaitStage("vif6.0", "fetched", "chosen.0");
    }

    [Fact]
    public void What_is_set_for_a_machine_counts_at_once_and_a_file_that_is_not_there_is_seen_in_its_stage()
    {
        var vif = Up(5, "old");
        Assert.Equal("old is machine 1: 10.0.1.1\n", _host.Xen("machine", "set", "old", "boot=gone/pxelinux.0"));
        using var guest = QemuGuest.WithBios(_host, vif);

        AwaitStage("vif5.0", "failed", "gone/pxelinux.0: ");

        Assert.Contains("gone/pxelinux.0 in " + _root, _host.Xen("check", "--config", _host.ConfigurationFile), StringComparison.Ordinal);
        Assert.Contains("\"boot\":\"gone/pxelinux.0\"",
            _host.Xen("machine", "show", "old", "--json").Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void An_hvm_guest_boots_through_its_tap()
    {
        var vif = _host.AddVif(5, 0, "old", "type=vif_ioemu");
        Assert.Equal(new Outcome(0, "", ""), vif.Online());
        using var guest = QemuGuest.WithBiosOnTap(_host, vif);

        guest.Await("booted: bios");

        AwaitStage("vif5.0-emu", "fetched", "bios.0");
    }

    [Fact]
    public void A_loader_in_Dom0_fetches_a_kernel_in_the_guests_name_and_the_domain_has_the_same_address_after_it()
    {
        Write("pv.conf", "kernel=pv/linux\nramdisk=pv/initrd\nargs=console=hvc0\n"u8.ToArray());
        Directory.CreateDirectory(_root + "/pv");
        var (kernel, ramdisk) = (new byte[100_000], new byte[70_000]);
        new Random(1).NextBytes(kernel);
        new Random(2).NextBytes(ramdisk);
        Write("pv/linux", kernel);
        Write("pv/initrd", ramdisk);
        const string Mac = "00:16:3e:00:05:00";
        _host.Xen("machine", "add", "pv");
        _host.Xen("machine", "set", "pv", "boot=pv.conf");
        var (folder, bin) = (_host.Folder + "/loader", _host.Folder + "/bin");
        Directory.CreateDirectory(bin);
        File.CreateSymbolicLink(bin + "/xennet", XenHost.Program);

        var (code, printed, complaint) = _host.Dom0.TryExec("env", $"PATH={bin}:/usr/sbin:/usr/bin:/sbin:/bin",
            "XENNET_SOCKET=" + _host.ControlSocket, RigScript.Repository + "/samples/boot/pv-loader.sh",
            "--output-directory=" + folder, "pv", Mac);

        Assert.True(code == 0, complaint);
        Assert.Equal($"linux (kernel {folder}/pv/kernel)(ramdisk {folder}/pv/ramdisk)(args \"console=hvc0\")\n", printed);
        Assert.Equal(kernel, File.ReadAllBytes(folder + "/pv/kernel"));
        Assert.Equal(ramdisk, File.ReadAllBytes(folder + "/pv/ramdisk"));
        Assert.Equal("[]\n", _host.Xen("vif", "list", "--json"));
        Assert.Equal("10.0.1.1", _host.StartVif(5, 0, "pv", "mac=" + Mac).Address);
    }

    private void Write(string name, byte[] octets) => File.WriteAllBytes(Path.Combine(_root, name), octets);

    private GuestInterface Up(int domain, string name)
    {
        var vif = _host.AddVif(domain, 0, name);
        Assert.Equal(new Outcome(0, "", ""), vif.Online());
        return vif;
    }

    // The last word of the guest may be on its way still when it runs already.
    private void AwaitStage(string vif, string stage, string detail)
    {
        var since = Stopwatch.StartNew();
        while (StageOf(vif) is var seen && (seen.Stage != stage || seen.Detail?.StartsWith(detail, StringComparison.Ordinal) != true))
        {
            Assert.True(since.Elapsed < QemuGuest.Patience, $"{vif} is {seen}, not {stage} {detail}\n{_host.Daemon.Text}");
        }
    }

    private (string? Stage, string? Detail) StageOf(string vif)
    {
        var listed = _host.List("vif").Single(one => one.GetProperty("vif").GetString() == vif);
        return (listed.GetProperty("bootStage").GetString(),
            listed.TryGetProperty("bootDetail", out var detail) ? detail.GetString() : null);
    }
}
