using XenNet.HostTests.Manuals;

namespace XenNet.HostTests.Crash;

/// <summary>What the commands of docs/operations.md that bring a registry back come to.</summary>
[Collection(nameof(WithThePackage)), Trait("Category", "Package")]
public sealed class OperationsGuideTests(InstalledPackage installed) : IDisposable
{
    private const string Page = "docs/operations.md";

    private readonly ManualDom0 _dom0 = new(installed);

    public void Dispose() => _dom0.Dispose();

    [Fact]
    public void A_copy_is_made_gone_back_to_and_all_begun_anew_by_the_commands_of_the_guide()
    {
        _dom0.Run("ce", 5);
        var ce = _dom0.Guest("ce");
        ce.TakeAddress();

        Assert.Contains("ok\n1|ce\n", Do("A copy of your own"));

        _dom0.Host.Xen("machine", "add", "since");
        Assert.Contains("ce", Do("Going back to a copy"));
        Assert.Equal(["ce 1"], Machines());
        Assert.True(ce.Pings(ce.Dom0End));
        // Number 2 is somebody's who may still run.
        _dom0.Host.Xen("machine", "add", "later");
        Assert.Equal(["ce 1", "later 3"], Machines());

        Assert.Equal(0, _dom0.Do("xl destroy ce").Code);
        Do("Beginning anew");
        Assert.Empty(Machines());
    }

    private string Do(string heading) => string.Concat(_dom0.Do(Page, heading).Select(done => done.Outcome.Output));

    private IEnumerable<string> Machines() => _dom0.Host.List("machine").Select(machine =>
        $"{machine.GetProperty("name").GetString()} {machine.GetProperty("number").GetInt32()}");
}
