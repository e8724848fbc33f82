using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Manuals;

/// <summary>docs/install.md, section by section, each on a Debian of its own with systemd and apt.</summary>
[Collection(nameof(WithThePackage)), Trait("Category", "Package")]
public sealed class InstallTests(InstalledPackage installed) : IDisposable
{
    internal const string Page = "docs/install.md";

    private ManualDom0? _dom0;

    private ManualDom0 Dom0 => _dom0!;

    public void Dispose() => _dom0?.Dispose();

    [Fact]
    public void The_package_is_installed_and_serves()
    {
        Begin();

        Assert.Contains("Active: active (running)", Do("The package"));
        Assert.Equal("active\nactive\nactive\n", Dom0.Do("systemctl is-active xennet xennet.socket xennet-xenstore.socket").Output);
        Assert.Equal(("enabled\n", 0), (Dom0.Do("systemctl is-enabled xennet").Output, Dom0.Do("xennet check").Code));
    }

    [Fact]
    public void A_program_on_port_53_is_named_by_the_log_and_made_way()
    {
        Begin();
        Assert.Equal(0, Dom0.Do("systemctl enable --now dnsmasq").Code);
        Dom0.Do("apt install ./xennet_0.1.0_amd64.deb");

        Assert.Contains("dnsmasq", Do("A port that is taken"));
        Assert.Equal("active\n", Dom0.Do("systemctl is-active xennet").Output);
    }

    [Fact]
    public void Put_there_by_hand_it_serves_as_the_packages_user()
    {
        Begin();

        Do("By hand");

        Assert.Equal("active\n", Dom0.Do("systemctl is-active xennet").Output);
        Assert.Equal("xennet\n", Dom0.Do("stat -c %U /proc/$(pidof xennet)").Output);
    }

    [Fact]
    public void An_upgrade_takes_registry_and_guests_over()
    {
        Begin(installed);
        Dom0.Run("ce", 5);
        var ce = Dom0.Guest("ce");
        ce.TakeLease();

        Assert.Contains("1 known, 1 vifs up", Do("Upgrade"));

        Assert.Contains("Version: 0.2.0", Dom0.Do("dpkg -s xennet").Output);
        Assert.True(ce.Pings("10.0.1.129"));
        Assert.Equal("10.0.1.1\n", Dom0.Do("dig +short @127.0.0.1 ce.testbed").Output);
    }

    [Fact]
    public void Removed_and_purged_it_leaves_nothing_but_the_guests_way()
    {
        Begin(installed);
        Dom0.Run("ce", 5);
        var ce = Dom0.Guest("ce");
        ce.TakeLease();

        Do("Remove");

        Assert.Equal("", Dom0.Do("find /etc /usr /var /run -name '*xennet*' -not -path '/var/lib/dpkg/*' -not -path '/var/log/*' "
            + "-not -path '/usr/src/*' -not -path '/run/systemd/*' -not -path '/var/cache/apt/*'").Output);
        Assert.True(ce.Pings("10.0.1.129"));
    }

    // The packages lie where they were copied to.
    private void Begin(InstalledPackage? layer = null)
    {
        _dom0 = new ManualDom0(layer);
        var old = Directory.GetFiles(Path.Combine(RigScript.Repository, "artifacts/deb"), "xennet_0.1.0_*.deb").Single();
        File.Copy(old, Dom0.At("/root/xennet_0.1.0_amd64.deb"));
        // The next release, which differs in nothing else.
        var next = Dom0.Host.Folder + "/next";
        Command.Run("dpkg-deb", "-R", old, next);
        Command.Run("sed", "-i", "s/^Version: .*/Version: 0.2.0/", next + "/DEBIAN/control");
        Command.Run("dpkg-deb", "--root-owner-group", "-Znone", "-b", next, Dom0.At("/root/xennet_0.2.0_amd64.deb"));
    }

    private string Do(string heading) => string.Concat(Dom0.Do(Page, heading).Select(done => done.Outcome.Output));
}
