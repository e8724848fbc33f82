using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Manuals;

/// <summary>The package as its build makes it, and a Debian on which it is installed as docs/install.md says.</summary>
public sealed class InstalledPackage : IDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(4);

    private readonly ManualDom0 _dom0;

    public InstalledPackage()
    {
        // As the page has it for the machine with the sources.
        foreach (var command in ManualPage.CommandsOf(ManualPage.Read(InstallTests.Page).Blocks().First(block => block.IsElsewhere)))
        {
            var (code, _, complaint) = Command.TryFor(
                Within, "env", "-C", RigScript.Repository, "XENNET_BINARY=" + XenHost.Program, "bash", "-c", command.Text);
            Assert.True(code == 0, $"{command.Text}: {complaint}");
        }

        _dom0 = new ManualDom0();
        foreach (var command in (string[])[
            $"apt install {ManualDom0.Sources}/artifacts/deb/xennet_0.1.0_amd64.deb",
            """echo 'vif.default.script="vif-nat-dns"' >> /etc/xen/xl.conf"""])
        {
            var outcome = _dom0.Do(command);
            Assert.True(outcome.Code == 0, outcome.ToString());
        }

        Layer = _dom0.Stop();
    }

    /// <summary>A machine that starts from it serves.</summary>
    internal Machine Layer { get; }

    public void Dispose() => _dom0.Dispose();
}

/// <summary>Those that begin with the installed package, one after the other.</summary>
[CollectionDefinition(nameof(WithThePackage))]
public sealed class WithThePackage : ICollectionFixture<InstalledPackage>;
