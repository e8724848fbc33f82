using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Crash;

/// <summary>The daemon dies when all of a vif stands and its binding is not on the disk yet.</summary>
public sealed class UnboundVifTests : IDisposable
{
    private readonly BridgedHost _bridged = new();

    private XenHost Host => _bridged.Host;

    public void Dispose() => _bridged.Dispose();

    [Theory]
    [InlineData("xenbr0")]
    [InlineData("none")]
    public void A_vif_that_stood_and_was_not_bound_leaves_nothing_behind(string bridge)
    {
        // Its number is durable, so that the first thing that is written is the binding.
        Host.Xen("machine", "add", "ce");
        var ce = Host.AddVif(5, 0, "ce", "bridge=" + bridge);
        var before = Ways();
        using (var death = new RunningProgram(Host.PidFile("strace"), "strace", "-f", "-p", Host.Daemon.Id,
            "-P", Host.StateDirectory + "/registry.db-wal", "-e", "trace=pwrite64", "-e", "inject=pwrite64:signal=KILL"))
        {
            death.Await("attached");
            Assert.NotEqual(0, ce.Online().Code);
            death.AwaitEnd();
        }

        Host.Daemon.AwaitEnd();
        Assert.Contains("10.0.1.1", Ways());
        // libxl removes the device whose hook has failed.
        ce.Remove();

        Host.Start();

        Assert.Empty(Host.List("vif"));
        Assert.Equal(before, Ways());
        Assert.Empty(NftJson.Elements(Host.Dom0, "vifs"));
        Assert.Empty(NftJson.Elements(Host.Dom0, "ports"));
        Assert.Equal("[]\n", Host.Xen("reconcile", "--json"));
    }

    // Also where Dom0 answers ARP for others.
    private string Ways() => string.Join('\n',
        Host.Dom0.Ip("-4", "route", "show"),
        Host.Dom0.Ip("-4", "neigh", "show", "nud", "permanent"),
        Host.Dom0.Ip("-4", "neigh", "show", "proxy"));
}
