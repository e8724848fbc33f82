using System.Text.RegularExpressions;
using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Crash;

/// <summary>What becomes of guests when the disk under the registry is full, read-only, or gives back other octets.</summary>
public sealed partial class DiskTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new("", serving: false);

    private RunningProgram? _failing;

    public DiskTests()
    {
        Directory.CreateDirectory(_host.StateDirectory);
        Command.Run("mount", "-t", "tmpfs", "-o", "size=1m", "xnt-state", _host.StateDirectory);
        _host.Start();
    }

    public void Dispose()
    {
        _failing?.Dispose();
        _host.Dispose();
    }

    [Theory]
    [InlineData("full", true)]
    [InlineData("full", false)]
    [InlineData("read-only", true)]
    [InlineData("failing", false)]
    public void Guests_that_run_are_served_on_a_disk_that_takes_nothing_and_all_is_well_when_it_does(string how, bool isRestarted)
    {
        var ce = _host.StartVif(5, 0, "ce");
        var web = _host.AddVif(6, 0, "web");
        if (isRestarted)
        {
            _host.Kill();
        }

        Spoil(how);
        if (isRestarted)
        {
            _host.Start();
        }

        var reason = how switch { "full" => "full", "failing" => "the disk does not take", _ => "cannot be written" };
        var line = web.Online().FailedWith();
        Assert.Contains(reason, line);
        Assert.Equal(("error", line["xennet hook: ".Length..]), (web.HotplugStatus, web.HotplugError));
        Assert.Contains(reason, _host.Xen("status"));
        Assert.Equal(["ce"], _host.List("machine").Select(machine => machine.GetProperty("name").GetString()));
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        Assert.True(ce.Pings(XenHost.Gateway));
        ce.TakeLease();

        Mend(how);

        Assert.Equal(Done, web.Online());
        Assert.Equal("10.0.2.1", _host.Dig("web.testbed"));
        Assert.DoesNotContain(reason, _host.Xen("status"));
        _host.Kill();
        _host.Start();
        Assert.Equal(2, _host.List("vif").Length);
    }

    [Fact]
    public void A_guest_that_ends_while_the_disk_is_full_disturbs_nobody_and_is_released_once_there_is_room()
    {
        var ce = _host.StartVif(5, 0, "ce");
        var web = _host.StartVif(6, 0, "web");
        Spoil("full");

        ce.Remove();
        Assert.Contains("the disk is full", _host.Daemon.Await("vif5.0 could not be put in order (its link is gone)"));

        Assert.Equal("10.0.2.1", XenHost.Dig(web.Guest, "@10.0.2.129", "web.testbed"));
        Assert.Equal(1, _host.Xennet("reconcile").Code);
        Mend("full");
        _host.Daemon.Await("vif5.0 is down: its link is gone");
        Assert.Equal("vif6.0", _host.List("vif").Single().GetProperty("vif").GetString());
        Assert.Equal("All is as it should be.\n", _host.Xen("reconcile"));
    }

    [Fact]
    public void A_registry_that_was_damaged_costs_no_guest_its_address()
    {
        var ce = _host.StartVif(5, 0, "ce");
        _host.Xen("machine", "add", "db");
        _host.Kill();
        File.WriteAllText(_host.StateDirectory + "/registry.db", new string('x', 8192));
        File.Delete(_host.StateDirectory + "/registry.db-wal");

        _host.Start();

        Assert.Contains("registry.backup.db, which lacks nothing", _host.Daemon.Text);
        Assert.True(ce.Pings(ce.Dom0End));
        Assert.Equal(Done, _host.AddVif(7, 0, "young").Online());
        Assert.Equal(["ce 1", "db 2", "young 3"], _host.List("machine").Select(machine =>
            $"{machine.GetProperty("name").GetString()} {machine.GetProperty("number").GetInt32()}"));
    }

    [Fact]
    public void A_registry_without_anything_sound_is_refused_in_one_line_that_says_what_to_do()
    {
        _host.Stop();
        foreach (var name in (string[])["registry.db", "registry.backup.db"])
        {
            File.WriteAllText($"{_host.StateDirectory}/{name}", new string('x', 8192));
        }

        var line = _host.Xennet("serve", "--config", _host.ConfigurationFile).WithoutLog().FailedWith();

        Assert.Contains($"put a copy that you made at {_host.StateDirectory}/registry.restore.db", line);
    }

    [Fact]
    public void A_copy_that_is_older_than_guests_that_run_takes_nothing_from_them()
    {
        Assert.Equal(Done, _host.AddVif(5, 0, "ce").Online());
        Command.Run("sqlite3", _host.StateDirectory + "/registry.db", $".backup '{_host.Folder}/copy.db'");
        var web = _host.StartVif(6, 0, "web");
        _host.Xen("machine", "add", "idle");
        var before = _host.Picture();
        _host.Stop();
        File.Move(_host.Folder + "/copy.db", _host.StateDirectory + "/registry.restore.db");

        _host.Start();

        Assert.Equal(before, _host.Picture());
        Assert.True(web.Pings(web.Dom0End));
        Assert.Equal(web.Address, _host.Dig("web.testbed"));
        Assert.Equal(["ce 1", "web 2"], _host.List("machine").Select(machine =>
            $"{machine.GetProperty("name").GetString()} {machine.GetProperty("number").GetInt32()}"));
    }

    // What a power cut leaves is what was synced.
    [Fact]
    public void No_address_is_told_to_kernel_or_hook_before_the_disk_has_it()
    {
        var ce = _host.AddVif(5, 0, "ce");
        using (var trace = new RunningProgram(_host.PidFile("strace"), "strace", "-f", "-yy", "-s", "0", "-p", _host.Daemon.Id,
            "-e", "trace=pwrite64,fdatasync,sendto,sendmsg,bind"))
        {
            trace.Await("attached");
            Assert.Equal(Done, ce.Online());
            trace.Signal("INT");
            trace.AwaitEnd();
            CheckOrder(trace.Text.Split('\n'));
        }
    }

    // kill -9 they survive, and no vif survives a power cut.
    [Fact]
    public void A_known_machine_starts_and_ends_without_a_wait_for_the_disk_also_with_another_MAC()
    {
        var before = _host.StartVif(5, 0, "ce");
        var after = _host.AddVif(6, 0, "ce");
        using (var trace = new RunningProgram(
            _host.PidFile("strace"), "strace", "-f", "-p", _host.Daemon.Id, "-e", "trace=fsync,fdatasync,sync_file_range"))
        {
            trace.Await("attached");
            Assert.Equal((Done, Done), (before.Offline(), after.Online()));
            _host.Kill();
            trace.AwaitEnd();
            Assert.DoesNotContain("sync", trace.Text);
        }

        _host.Start();

        var vif = Assert.Single(_host.List("vif"));
        Assert.Equal((after.Vif, after.Mac), (vif.GetProperty("vif").GetString(), vif.GetProperty("mac").GetString()));
        Assert.Contains(after.Mac, _host.Xen("machine", "show", "ce"));
        Assert.NotEqual(before.Mac, after.Mac);
    }

    // One file's log holds both, in their order.
    [Fact]
    public void What_must_be_on_the_disk_takes_along_what_did_not_wait_for_it_each_time_anew()
    {
        var ce = _host.StartVif(5, 0, "ce");
        using var trace = new RunningProgram(
            _host.PidFile("strace"), "strace", "-f", "-y", "-p", _host.Daemon.Id, "-e", "trace=fsync,fdatasync");
        trace.Await("attached");

        for (var round = 1; round <= 3; round++)
        {
            Assert.Equal((Done, Done), (ce.Offline(), ce.Online()));
            _host.Xen("machine", "add", $"vm{round}");
            trace.Await("registry.db-wal>");
            trace.Await("registry.backup.db-wal>");
        }
    }

    [Fact]
    public void A_new_registry_is_on_the_disk_with_the_directories_that_lead_to_it()
    {
        _host.Stop();
        var state = _host.Folder + "/new/state";
        Directory.CreateDirectory(_host.Folder + "/new");
        File.WriteAllText(_host.ConfigurationFile, $"""
            state-dir = "{state}"
            run-dir = "{_host.RunDirectory}"
            """);

        // Aside (-D), so that it is the daemon that is ended with the test.
        _host.Launch("strace", "-D", "-f", "-y", "-s", "0", "-o", _host.Folder + "/trace", "-e", "trace=fsync,fdatasync,rename,listen");
        _host.NextNotice();

        var calls = File.ReadAllLines(_host.Folder + "/trace").ToList();
        Assert.Contains(calls, call => call.Contains($"fsync(", StringComparison.Ordinal)
            && call.Contains($"<{_host.Folder}/new>", StringComparison.Ordinal));
        var last = calls.FindLastIndex(call => call.Contains($"<{state}>", StringComparison.Ordinal)
            && call.Contains("fsync(", StringComparison.Ordinal));
        Assert.InRange(last, calls.FindIndex(call => call.Contains("rename(", StringComparison.Ordinal)) + 1,
            calls.FindLastIndex(call => call.Contains("listen(", StringComparison.Ordinal)) - 1);
    }

    [GeneratedRegex(@"(\w+)\(\d+<([^>]*(?:->[^>]*)?)>|<\.\.\. (\w+) resumed>")]
    private static partial Regex Call();

    [GeneratedRegex(@"^(?:\[pid +)?(\d+)")]
    private static partial Regex Thread();

    private void CheckOrder(string[] lines)
    {
        var unsynced = new HashSet<string>(StringComparer.Ordinal);
        var syncing = new Dictionary<string, string>(StringComparer.Ordinal);
        var (commits, told) = (0, 0);
        foreach (var line in lines)
        {
            var (call, thread) = (Call().Match(line), Thread().Match(line).Groups[1].Value);
            var (name, file) = (call.Groups[1].Value + call.Groups[3].Value, call.Groups[2].Value);
            var isOurs = file.StartsWith(_host.StateDirectory, StringComparison.Ordinal);
            if (name == "pwrite64" && isOurs)
            {
                unsynced.Add(file);
            }
            else if (name == "fdatasync" && line.Contains("unfinished", StringComparison.Ordinal))
            {
                syncing[thread] = file;
            }
            else if (name == "fdatasync")
            {
                commits += unsynced.Remove(call.Groups[3].Success ? syncing[thread] : file) ? 1 : 0;
            }
            else if (name is "sendto" or "sendmsg" or "bind" && !call.Groups[3].Success)
            {
                told++;
                // The number in the registry and in its backup; the binding waits for no disk, as no vif outlives the kernel.
                Assert.True(commits >= 2 || unsynced.Count == 0, line);
            }
        }

        Assert.True(commits >= 2 && told >= 5, $"{commits} commits, {told} told:\n{string.Join('\n', lines)}");
    }

    private void Spoil(string how)
    {
        switch (how)
        {
            case "full":
                // dd ends with an error when the disk is full, which is what it is for.
                Command.Try("dd", "if=/dev/zero", "of=" + _host.StateDirectory + "/filler", "bs=4096");
                break;
            case "failing":
                // As the kernel answers after it has made a broken file system read-only.
                _failing = new RunningProgram(_host.PidFile("strace"), "strace", "-f", "-p", _host.Daemon.Id,
                    "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=EROFS");
                _failing.Await("attached");
                break;
            default:
                Command.Run("mount", "-o", "remount,ro", _host.StateDirectory);
                break;
        }
    }

    private void Mend(string how)
    {
        switch (how)
        {
            case "full":
                File.Delete(_host.StateDirectory + "/filler");
                break;
            case "failing":
                _failing!.Signal("INT");
                _failing.AwaitEnd();
                break;
            default:
                Command.Run("mount", "-o", "remount,rw", _host.StateDirectory);
                // "ip netns exec" gives the daemon mounts of its own.
                Command.Run("nsenter", "-t", _host.Daemon.Id, "-m", "mount", "-o", "remount,rw", _host.StateDirectory);
                break;
        }
    }
}
