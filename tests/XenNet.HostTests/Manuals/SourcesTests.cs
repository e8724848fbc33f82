using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Manuals;

/// <summary>
/// The manuals' commands that are typed where the sources are built, with as little work as they can be given; each in a network, with
/// processes and places for files of its own, so that it is alone with the names that it gives.
/// </summary>
[Trait("Category", "Package")]
public sealed class SourcesTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(4);

    // Command, what goes before and behind it to make it short, and what it prints in the end.
    private static readonly Dictionary<string, (string Before, string Behind, string Prints)> Typed = new(StringComparer.Ordinal)
    {
        ["bash samples/first-run.sh"] = ("", "", "First run: passed."),
        ["bash benchmarks/peers/dns.sh"] = ("ROUNDS=1 SECONDS_EACH=1 PARTS=local SERVERS=xennet", "", "RESULT dns_xennet_qps="),
        ["bash benchmarks/peers/dns-soak.sh"] = ("", "10", "RESULT dns_soak_growth_kib="),
        ["bash benchmarks/peers/hook.sh"] = ("COUNT=1", "", "RESULT hook_online_ratio="),
        ["bash benchmarks/peers/dhcp.sh"] = (
            "ROUNDS=1 SECONDS_EACH=1 PARTS=rate CLIENTS=40 GUESTS=40 WINDOW=4 KINDS='xennet fixed_vifs'", "", "RESULT dhcp_xennet_rate="),
        ["bash benchmarks/peers/tftp.sh"] = ("ROUNDS=1 SIZE=1 TRANSFERS=2", "", "RESULT tftp_many_rss_kib="),
        ["bash benchmarks/storm.sh"] = ("COUNT=5 EACH=2", "", "RESULT storm_rss_growth_kib="),
        ["BRIDGE=xenbr0 bash benchmarks/storm.sh"] = ("COUNT=5 EACH=2", "", "RESULT storm_rss_growth_kib="),
        ["bash benchmarks/reload.sh"] = ("RELOADS=10 RATE=500 MACHINES=20 GUESTS=2", "", "RESULT reload_max_ms="),
        ["bash benchmarks/restart.sh"] = ("COUNT= SHOWN=10 ROUNDS=1", "", "RESULT restart_shown_10_seconds="),
        ["bash benchmarks/import.sh"] = ("ROUNDS=1 LINES=1000", "", "RESULT import_dry_s="),
        ["bash benchmarks/isolation.sh"] = ("MANY=20 ROUNDS=1 PACKETS=1000", "", "RESULT isolation_cost_ratio_20_by_10="),
        ["dotnet run -c Release --project benchmarks/XenNet.Benchmarks"] = (
            "", "-- --job dry --inProcess --artifacts /var/tmp/benchmarks --filter '*DnsParse.Query'", "executed benchmarks: 1"),
        ["bash tests/confined.sh"] = ("", "FullyQualifiedName~MachineNotesTests", "Passed!"),
        ["bash tests/crash.sh N"] = ("XENNET_CRASH_SEED=1 XENNET_CRASH_STRIDE=100000", "", "RESULT kills=1 broken=0"),
        ["bash tests/lifecycle.sh EVENTS"] = ("XENNET_LIFECYCLE_SEED=1", "", "RESULT events=5 differences=0"),
    };

    // Command, and the file that runs it before or beside these tests, with its words for it.
    private static readonly Dictionary<string, (string File, string Words)> RunBy = new(StringComparer.Ordinal)
    {
        ["bash tests/run.sh"] = (".ci/run", "bash tests/run.sh"),
        ["bash tests/rig/install.sh bench"] = ("benchmarks/peers/common.sh", "tests/rig/install.sh\" bench"),
        ["bash debian/build.sh"] = ("tests/XenNet.HostTests/Manuals/InstalledPackage.cs", "InstallTests.Page"),
        ["ls artifacts/deb"] = ("tests/XenNet.HostTests/Manuals/InstalledPackage.cs", "InstallTests.Page"),
        ["dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin"] = (
            "tests/run.sh", "dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin"),
        ["bash tests/rig/machine.sh"] = ("tests/XenNet.HostTests/EndToEnd/Machine.cs", "tests/rig/machine.sh"),
        ["bash tests/package.sh"] = ("tests/XenNet.HostTests/EndToEnd/PackageTests.cs", "/tests/package.sh"),
        ["bash samples/boot/pv-loader.sh"] = ("tests/XenNet.HostTests/Boot/NetworkBootTests.cs", "/samples/boot/pv-loader.sh"),
        ["bash samples/xen/make-guests.sh DIR"] = ("tests/XenNet.HostTests/EndToEnd/ExportTests.cs", "samples/xen/make-guests.sh"),
    };

    private static readonly string[] InTheManuals = [.. ManualPage.All.Select(ManualPage.Read).SelectMany(page => page.Blocks()
            .Where(block => block.IsElsewhere).SelectMany(ManualPage.CommandsOf).Select(command => command.Text.Split(" #")[0].Trim())
            .Concat(page.InlineCommands().Where(command => command.IsElsewhere)
                .Select(command => command.Text.Split(' ')[0].Contains('/', StringComparison.Ordinal)
                    ? "bash " + command.Text : command.Text)))
        .Distinct().Order(StringComparer.Ordinal)];

    // What a benchmark installs comes from the network, where there is one.
    private static readonly Lazy<int> Peers = new(() =>
        Command.TryFor(Within, "bash", RigScript.Repository + "/tests/rig/install.sh", "bench").Code);

    public static TheoryData<string> Commands => [.. InTheManuals.Where(command => !RunBy.ContainsKey(command))];

    [Theory]
    [MemberData(nameof(Commands))]
    public void What_is_typed_in_the_sources_works(string command)
    {
        Assert.True(Typed.TryGetValue(command, out var little), $"{command}: say how it can be run in little time, or who runs it.");
        Assert.Equal(0, Peers.Value);
        var typed = command.Replace(" EVENTS", " 5", StringComparison.Ordinal).Replace(" N", " 1", StringComparison.Ordinal);
        // What other tests wait for meanwhile comes first.
        var (code, output, complaint) = Command.TryFor(Within, "nice", "-n", "19", "env", $"XENNET_BINARY={XenHost.Program}",
            "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", $"""
            mount --make-rprivate / && mount -t tmpfs run /run && mount -t tmpfs tmp /var/tmp && ip link set lo up || exit 1
            cd '{RigScript.Repository}'
            {little.Before} {typed} {little.Behind}
            """);

        Assert.True(code == 0, $"{command}: exit {code}: {complaint}{output}");
        Assert.Contains(little.Prints, output);
    }

    [Fact]
    public void What_these_tests_run_stands_in_the_manuals_and_what_others_run_stands_there()
    {
        Assert.Empty(Typed.Keys.Concat(RunBy.Keys).Except(InTheManuals));
        Assert.All(RunBy.Values, run => Assert.Contains(run.Words, File.ReadAllText(Path.Combine(RigScript.Repository, run.File))));
    }
}
