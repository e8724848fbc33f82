using XenNet.HostTests.Manuals;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>The Debian package in a clean root, as <c>tests/package.sh</c> shows it.</summary>
[Collection(nameof(WithThePackage)), Trait("Category", "Package")]
public sealed class PackageTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(4);

    [Fact]
    public void The_package_is_installed_upgraded_removed_and_purged_while_a_guest_is_served()
    {
        var (code, output, complaint) = Command.TryFor(
            Within, "env", ["XENNET_BINARY=" + XenHost.Program, "bash", RigScript.Repository + "/tests/package.sh"]);

        Assert.Equal((0, ""), (code, complaint));
        Assert.Equal(12, output.Split('\n').Count(line => line.StartsWith("ok: ", StringComparison.Ordinal)));
    }
}
