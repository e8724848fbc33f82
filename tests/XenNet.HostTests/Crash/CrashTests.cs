using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using XenNet.HostTests.EndToEnd;
using Xunit.Abstractions;

namespace XenNet.HostTests.Crash;

/// <summary>
/// kill -9 of the daemon, or of a hook, while guests on and off bridges start, stop, are renamed and forgotten: at random
/// moments, and before each system call that changes anything. After each the world must be one that the calls' outcomes allow.
/// </summary>
/// <remarks><c>tests/crash.sh N</c> runs it with N kills and prints <c>RESULT kills=N broken=0</c>.</remarks>
[Trait("Category", "Crash")]
public sealed partial class CrashTests(ITestOutputHelper output) : IDisposable
{
    private const int StepsAtOnce = 3;
    private const int KillWithinMilliseconds = 80;

    private readonly CrashScene _scene = new();

    // Of sixty calls the ordinary run takes one, and not always the same.
    private readonly int _stride = Setting("XENNET_CRASH_STRIDE", 60);

    private XenHost Host => _scene.Host;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void Whatever_is_killed_what_was_told_is_true_after_the_restart()
    {
        var kills = Setting("XENNET_CRASH_KILLS", 8);
        var seed = Setting("XENNET_CRASH_SEED", 20261123);
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var killed = 0;
        try
        {
            for (; killed < kills; killed++)
            {
                var steps = Choose(random);
                RunAndKill(steps, random);
                _scene.Check(steps);
            }
        }
        finally
        {
            output.WriteLine($"RESULT kills={killed} broken={(killed < kills ? 1 : 0)}");
        }
    }

    [Fact]
    public void The_daemon_is_killed_before_each_system_call_of_a_step() => ForEach(
        [(StepKind.Start, false), (StepKind.Start, true), (StepKind.Stop, false), (StepKind.Stop, true),
            (StepKind.Rename, false), (StepKind.Forget, false), (StepKind.Forget, true)],
        (step, at) =>
        {
            var isKilled = RunAndKillAt(step, at);
            // Who renames or forgets is told that it is not known what has become of it. A hook asks the next daemon.
            Assert.Equal(isKilled && step.Kind is StepKind.Rename or StepKind.Forget ? step.Code : 0, step.Code);
            _scene.Check([step]);
            return isKilled;
        });

    [Fact]
    public void The_hook_is_killed_before_each_system_call_of_a_step() => ForEach(
        [(StepKind.Start, false), (StepKind.Start, true), (StepKind.Stop, false)],
        (step, at) =>
        {
            var isKilled = false;
            step.Run((verb, vif) =>
            {
                var outcome = Outcome.Of(Host.Dom0.TryExec(
                    "env", ["-i", .. vif.Environment(), Killer(), XenHost.Text(at), Host.HookLink, verb, "type_if=vif"]));
                isKilled = Took(outcome.Output);
                return outcome.Code;
            });
            Assert.Equal(isKilled ? CrashScene.Killed : 0, step.Code);
            _scene.Check([step]);
            return isKilled;
        },
        // Of the hook's few calls more than one of sixty.
        (_stride + 9) / 10);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_daemon_is_killed_before_each_system_call_of_its_own_start(bool isFirst)
    {
        if (!isFirst)
        {
            Finish(Prepare(StepKind.Stop, isBridged: false));
            Finish(_scene.Start(_scene.NewName(), isBridged: true));
        }

        AtEach("start of the daemon", at =>
        {
            Host.Kill();
            if (isFirst)
            {
                Directory.Delete(Host.StateDirectory, recursive: true);
            }

            Host.Launch(Killer(), XenHost.Text(at));
            var isKilled = false;
            try
            {
                Host.NextNotice();
            }
            catch (InvalidOperationException)
            {
                isKilled = Took(Host.Daemon.Text);
                Assert.True(isKilled, Host.Daemon.Text);
            }

            // It counts on, also when the start is over.
            Host.Kill();
            AwaitSilence();
            Host.Start();
            _scene.CheckNetwork();
            if (isFirst)
            {
                Assert.Empty(Host.List("machine"));
                Assert.True(File.Exists(Host.StateDirectory + "/registry.backup.db"));
            }

            return isKilled;
        }, _stride);
    }

    // What killat has started dies with it, a moment later.
    private void AwaitSilence() => Assert.True(SpinWait.SpinUntil(() => !Answers(), TimeSpan.FromSeconds(10)));

    private bool Answers()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Host.ControlSocket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"killed before (\w+)\(")]
    private static partial Regex KilledBefore();

    private bool Took(string text)
    {
        var match = KilledBefore().Match(text);
        if (match.Success)
        {
            output.WriteLine("  " + match.Value);
        }

        return match.Success;
    }

    private void ForEach(
        (StepKind Kind, bool IsBridged)[] steps, Func<CrashStep, int, bool> isKilledAt, int? stride = null)
    {
        foreach (var (kind, isBridged) in steps)
        {
            AtEach($"{kind}, {(isBridged ? "bridged" : "routed")}", at => isKilledAt(Prepare(kind, isBridged), at), stride ?? _stride);
        }
    }

    // A daemon that is killed is back while the step waits for it.
    private bool RunAndKillAt(CrashStep step, int at)
    {
        using var killer = new RunningProgram(Host.PidFile("killat"), Killer(), XenHost.Text(at), "-p", Host.Daemon.Id);
        killer.Await("attached");
        var run = Task.Factory.StartNew(() => step.Run((verb, vif) => vif.Hook(verb, "type_if=vif").Code),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // It has ended when it killed.
        if (Task.WaitAny(run, killer.Ended) == 0)
        {
            Namespaces.Command.Try("kill", "-TERM", killer.Id);
        }

        killer.Ended.Wait();
        var isKilled = Took(killer.Text);
        if (isKilled)
        {
            Host.Daemon.AwaitEnd();
            Host.Start();
        }

        run.Wait();
        return isKilled;
    }

    // From the first call on, until the step ends before it would be killed.
    private void AtEach(string what, Func<int, bool> isKilledAt, int stride)
    {
        var at = 1 + (stride == 1 ? 0 : Environment.ProcessId % stride);
        output.WriteLine($"{what}: from call {at} on, every {stride}.");
        var kills = 0;
        for (; isKilledAt(at); at += stride)
        {
            kills++;
        }

        output.WriteLine($"RESULT kills={kills} broken=0");
    }

    private CrashStep Prepare(StepKind kind, bool isBridged)
    {
        var fresh = _scene.Start(_scene.NewName(), isBridged);
        if (kind == StepKind.Start)
        {
            return fresh;
        }

        Finish(fresh);
        var guest = _scene.Guests.Single(guest => guest.Name == fresh.Name);
        return kind switch
        {
            StepKind.Stop => CrashScene.Stop(guest),
            StepKind.Rename => _scene.Rename(guest),
            _ => _scene.Forget(guest),
        };
    }

    private void Finish(CrashStep step)
    {
        step.Run((verb, vif) => vif.Hook(verb, "type_if=vif").Code);
        Assert.Equal(0, step.Code);
        _scene.Check([step]);
    }

    // tests/rig/killat.c, built for this test.
    private string Killer()
    {
        var killer = Host.Folder + "/killat";
        if (!File.Exists(killer))
        {
            Namespaces.Command.Run("gcc", "-O2", "-Wall", "-o", killer, Path.Combine(RigScript.Repository, "tests/rig/killat.c"));
        }

        return killer;
    }

    // Each is about a guest of its own, so that what each may have led to is known without the order of the others.
    private List<CrashStep> Choose(Random random)
    {
        var steps = new List<CrashStep>();
        foreach (var guest in _scene.Guests.OrderBy(_ => random.Next()).Take(StepsAtOnce - 1).ToList())
        {
            steps.Add(guest.Vif is null
                ? _scene.Start(guest.Name, random.Next(2) == 0)
                : random.Next(4) switch
                {
                    0 => _scene.Rename(guest),
                    1 => _scene.Forget(guest),
                    _ => CrashScene.Stop(guest),
                });
        }

        while (steps.Count < StepsAtOnce)
        {
            steps.Add(_scene.Start(_scene.NewName(), random.Next(2) == 0));
        }

        return steps;
    }

    private void RunAndKill(List<CrashStep> steps, Random random)
    {
        var delay = random.Next(KillWithinMilliseconds);
        var hooks = new List<RunningProgram>();
        var killsHook = random.Next(3) == 0;
        using var begun = new CountdownEvent(steps.Count);
        XenHost.Together(
        [
            .. steps.Select<CrashStep, Action>(step => () =>
            {
                begun.Signal();
                step.Run(Hook);
            }),
            () =>
            {
                begun.Wait();
                // The moment is the experiment, and nothing to wait for.
                Task.Delay(delay).Wait();
                RunningProgram? hook;
                lock (hooks)
                {
                    hook = killsHook ? hooks.Find(running => !running.Ended.IsCompleted) : null;
                }

                if (hook is not null)
                {
                    Namespaces.Command.Try("kill", "-KILL", hook.Id);
                }
                else
                {
                    Host.Kill();
                    Host.Start();
                }
            },
        ]);
        // Of those that were not killed themselves.
        Assert.All(steps.Where(step => step.Kind is StepKind.Start or StepKind.Stop),
            step => Assert.True(step.Code is 0 or CrashScene.Killed, step.ToString()));

        int Hook(string verb, GuestInterface vif)
        {
            using var hook = new RunningProgram(Host.PidFile("hook-" + vif.Vif), "ip", ["netns", "exec", Host.Dom0.Name,
                "env", "-i", .. vif.Environment(), Host.HookLink, verb, "type_if=vif"]);
            lock (hooks)
            {
                hooks.Add(hook);
            }

            var code = hook.AwaitEnd();
            lock (hooks)
            {
                hooks.Remove(hook);
            }

            return code;
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
