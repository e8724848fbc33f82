using System.Diagnostics;
using System.Globalization;
using XenNet.HostTests.EndToEnd;
using Xunit.Abstractions;

namespace XenNet.HostTests.Hook;

/// <summary>Many hooks at once, as libxl runs them: it takes no lock around scripts.</summary>
public sealed class HookConcurrencyTests(ITestOutputHelper output) : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Eight_interfaces_of_one_machine_at_once()
    {
        var vifs = Enumerable.Range(0, 8).Select(device => _host.AddVif(5, device, "ce")).ToList();

        XenHost.Together(vifs.Select<GuestInterface, Action>(vif => () => Assert.Equal(Done, vif.Online())));

        Assert.All(vifs, vif => Assert.Equal("connected", vif.HotplugStatus));
        Assert.Equal(Enumerable.Range(1, 8).Select(y => $"10.0.1.{y}"), Addresses());
        Assert.Equal(8, NftJson.Sources(_host.Dom0).Length);
        XenHost.Together(vifs.Select<GuestInterface, Action>(vif => () => Assert.Equal(Done, vif.Offline())));
        Assert.Empty(Addresses());
        Assert.Empty(NftJson.Sources(_host.Dom0));
    }

    // The daemon is held until all have called, and its disk is as slow as one that spins.
    [Fact]
    public void A_storm_of_sixty_machines_and_eight_vifs_of_one_more_shares_its_commits()
    {
        var vifs = Enumerable.Range(1, 60).Select(domain => _host.AddVif(domain, 0, $"m{domain}"))
            .Concat(Enumerable.Range(0, 8).Select(device => _host.AddVif(61, device, "ce"))).ToList();
        using var disk = new RunningProgram(_host.PidFile("strace"), "strace", "-f", "-y", "-p", _host.Daemon.Id,
            "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_exit=20000");
        disk.Await("attached");
        _host.Daemon.Signal("STOP");

        XenHost.Together(
        [
            .. vifs.Select<GuestInterface, Action>(vif => () => Assert.Equal(Done, vif.Online())),
            () =>
            {
                var deadline = Stopwatch.StartNew();
                while (Waiting() < vifs.Count && deadline.Elapsed < RunningProgram.Patience)
                {
                    // Each look is a program's run, and pause enough.
                }

                _host.Daemon.Signal("CONT");
            },
        ]);

        disk.Signal("INT");
        disk.AwaitEnd();
        var commits = disk.Text.Split('\n').Count(line => line.Contains("fdatasync(", StringComparison.Ordinal)
            && line.Contains("registry.db-wal>", StringComparison.Ordinal));
        // One alone has one, for its number.
        output.WriteLine($"{commits} commits for {vifs.Count} calls");
        Assert.InRange(commits, 1, vifs.Count - 1);
        Assert.All(vifs, vif => Assert.Equal("connected", vif.HotplugStatus));
        Assert.Equal(Enumerable.Range(1, 61).ToList(), _host.List("machine")
            .Select(machine => machine.GetProperty("number").GetInt32()).Order());
        Assert.Equal(vifs.Count, Addresses().Distinct().Count());
        Assert.Equal(vifs.Count, NftJson.Sources(_host.Dom0).Length);
        Assert.Equal(Enumerable.Range(1, 8), _host.List("vif")
            .Where(vif => vif.GetProperty("machine").GetString() == "ce").Select(vif => vif.GetProperty("y").GetInt32()).Order());
        Assert.Equal(vifs.Count, _host.Dom0.Ip("-o", "route", "show").Split('\n').Count(line => line.Contains(" dev vif",
            StringComparison.Ordinal)));
    }

    [Fact]
    public void A_guest_that_restarts_is_up_whichever_of_its_two_calls_comes_first()
    {
        var running = _host.StartVif(1, 0, "ce");
        for (var domain = 2; domain <= 6; domain++)
        {
            var next = _host.AddVif(domain, 0, "ce");

            XenHost.Together(() => Assert.Equal(Done, running.Offline()), () => Assert.Equal(Done, next.Online()));

            next.TakeAddress();
            Assert.Equal(["10.0.1.1"], Addresses());
            Assert.Single(NftJson.Sources(_host.Dom0));
            Assert.True(next.Pings("10.0.1.129"));
            Assert.Equal("10.0.1.1", XenHost.Dig(next.Guest, "@10.0.1.129", "+tcp", "ce.testbed"));
            running.Remove();
            running = next;
        }
    }

    [Fact]
    public void The_hook_starts_no_program_and_forks_nothing()
    {
        var ce = _host.AddVif(5, 0, "ce");
        var trace = _host.Folder + "/trace";

        var outcome = Outcome.Of(_host.Dom0.TryExec("env", ["-i", .. ce.Environment(), "strace", "-f", "-qq", "-o",
            trace,
            "-e", "trace=clone,clone3,fork,vfork,execve,execveat", _host.HookLink, "online", "type_if=vif"]));

        Assert.Equal(Done, outcome);
        var calls = File.ReadAllLines(trace).Where(line => line.Contains('(', StringComparison.Ordinal)).ToList();
        Assert.Contains($"execve(\"{_host.HookLink}\"", Assert.Single(calls, line => line.Contains("exec",
            StringComparison.Ordinal)));
        // Threads share the memory; a fork does not, and a vfork says so.
        Assert.All(calls.Where(line => !line.Contains("exec", StringComparison.Ordinal)), line =>
        {
            Assert.Contains("CLONE_THREAD", line);
            Assert.DoesNotContain("fork(", line);
        });
    }

    // Calls that the daemon has not taken yet.
    private int Waiting() => _host.Dom0.Exec("ss", "-xlH").Split('\n')
        .Where(line => line.Contains(_host.ControlSocket, StringComparison.Ordinal))
        .Select(line => int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture)).Sum();

    private IEnumerable<string> Addresses() => _host.List("vif")
        .Select(vif => vif.GetProperty("address").GetString()!)
        .OrderBy(address => address.Split('.').Aggregate(0L, (sum, part) =>
            sum * 256 + int.Parse(part, CultureInfo.InvariantCulture)));
}
