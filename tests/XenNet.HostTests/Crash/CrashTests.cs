using System.Globalization;
using XenNet.HostTests.EndToEnd;
using Xunit.Abstractions;

namespace XenNet.HostTests.Crash;

/// <summary>
/// kill -9 of the daemon, or of a hook, at a random moment while guests start, stop, are renamed and forgotten. After each
/// restart the world must be one that the calls' outcomes allow: what was told is true, and the rest was done or not done.
/// </summary>
/// <remarks><c>tests/crash.sh N</c> runs it with N kills and prints <c>RESULT kills=N broken=0</c>.</remarks>
[Trait("Category", "Crash")]
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private const int StepsAtOnce = 3;
    private const int KillWithinMilliseconds = 80;

    private readonly XenHost _host = new();
    private readonly Dictionary<string, Guest> _guests = new(StringComparer.Ordinal);
    private int _domain;
    private int _name;

    public void Dispose() => _host.Dispose();

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
                Check(steps);
            }
        }
        finally
        {
            output.WriteLine($"RESULT kills={killed} broken={(killed < kills ? 1 : 0)}");
        }
    }

    // Each is about a guest of its own, so that what each may have led to is known without the order of the others.
    private List<Step> Choose(Random random)
    {
        var steps = new List<Step>();
        foreach (var guest in _guests.Values.OrderBy(_ => random.Next()).Take(StepsAtOnce - 1).ToList())
        {
            steps.Add(guest.Vif is null
                ? Start(guest.Name)
                : random.Next(4) switch
                {
                    0 => new Step(guest.Name, StepKind.Rename, guest.Vif, NewName(),
                        (step, _) => _host.Xennet("machine", "rename", step.Name, step.NewName!).Code),
                    1 => new Step(guest.Name, StepKind.Forget, guest.Vif, null,
                        (step, _) => _host.Xennet("machine", "forget", step.Name, "--release").Code),
                    _ => new Step(guest.Name, StepKind.Stop, guest.Vif, null, (step, hook) => hook("offline", step.Vif!)),
                });
        }

        while (steps.Count < StepsAtOnce)
        {
            steps.Add(Start(NewName()));
        }

        return steps;
    }

    private Step Start(string name) => new(
        name, StepKind.Start, _host.AddVif(++_domain, 0, name), null, (step, hook) => hook("online", step.Vif!));

    private string NewName() => "m" + XenHost.Text(++_name);

    private void RunAndKill(List<Step> steps, Random random)
    {
        var delay = random.Next(KillWithinMilliseconds);
        var hooks = new List<RunningProgram>();
        var killsHook = random.Next(3) == 0;
        using var begun = new CountdownEvent(steps.Count);
        XenHost.Together(
        [
            .. steps.Select<Step, Action>(step => () =>
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
                    _host.Kill();
                    _host.Start();
                }
            },
        ]);

        int Hook(string verb, GuestInterface vif)
        {
            using var hook = new RunningProgram(_host.PidFile("hook-" + vif.Vif), "ip", ["netns", "exec", _host.Dom0.Name,
                "env", "-i", .. vif.Environment(), _host.HookLink, verb, "type_if=vif"]);
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

    private void Check(List<Step> steps)
    {
        var numbers = _host.List("machine").ToDictionary(
            machine => machine.GetProperty("name").GetString()!, machine => machine.GetProperty("number").GetInt32());
        var bound = _host.List("vif").ToDictionary(
            vif => vif.GetProperty("vif").GetString()!, vif => vif.GetProperty("number").GetInt32());
        Assert.Equal(numbers.Count, numbers.Values.Distinct().Count());
        var allowed = _guests.Values.Where(guest => steps.TrueForAll(step => step.Name != guest.Name)).ToList();
        foreach (var step in steps)
        {
            _guests.Remove(step.Name, out var before);
            if (After(step, before, numbers, bound) is { } guest)
            {
                allowed.Add(guest);
            }
        }

        _guests.Clear();
        allowed.ForEach(guest => _guests.Add(guest.Name, guest));
        Assert.Equal(allowed.Select(guest => $"{guest.Name} {guest.Number}").Order(),
            numbers.Select(machine => $"{machine.Key} {machine.Value}").Order());
        CheckNetwork();
    }

    // What has become of a step's guest, if its outcome allows that; a start that failed is undone as libxl undoes it.
    private static Guest? After(Step step, Guest? before, Dictionary<string, int> numbers, Dictionary<string, int> bound)
    {
        var (vif, isDone) = (step.Vif!, step.Code == 0);
        var isUp = bound.TryGetValue(vif.Vif, out var boundTo);
        var what = $"{step} of {before}: {string.Join(' ', numbers)}; bound: {string.Join(' ', bound)}";
        var name = step.NewName is { } renamed && numbers.ContainsKey(renamed) ? renamed : step.Name;
        var isKnown = numbers.TryGetValue(name, out var number);
        Assert.True(step.NewName is null || !(numbers.ContainsKey(step.Name) && name == step.NewName), what);
        Assert.True(before is null || !isKnown || number == before.Number, what);
        Assert.True(isKnown || (before is null && !isDone) || step.Kind == StepKind.Forget, what);
        Assert.True(!isUp || boundTo == number, what);
        Assert.True(!isDone || step.Kind switch
        {
            StepKind.Start => isUp && vif.HotplugStatus == "connected",
            StepKind.Stop => !isUp,
            StepKind.Forget => !isUp && !isKnown,
            _ => isUp && name == step.NewName,
        }, what);

        var runsOn = isUp && isKnown && (step.Kind == StepKind.Rename || (step.Kind == StepKind.Start && isDone));
        if (!runsOn)
        {
            Assert.Equal(new Outcome(0, "", ""), vif.Offline());
            vif.Remove();
        }

        return isKnown ? new Guest(name, number, runsOn ? vif : null) : null;
    }

    private void CheckNetwork()
    {
        var up = _guests.Values.Where(guest => guest.Vif is not null).ToList();
        Assert.Equal(up.Select(guest => guest.Vif!.Vif).Order(), NftJson.Elements(_host.Dom0, "vifs").Order());
        Assert.Equal(up.Select(guest => $"{guest.Vif!.Vif} {guest.Address(129)}").Order(), Dom0Ends().Order());
        Assert.Equal(up.Select(guest => $"{guest.Vif!.Vif} {guest.Address(1)}").Order(), HostRoutes().Order());
        foreach (var guest in _guests.Values)
        {
            Assert.Equal(guest.Address(1), _host.Dig(guest.Name + ".testbed"));
        }
    }

    private IEnumerable<string> Dom0Ends() =>
        from line in _host.Dom0.Ip("-4", "-o", "addr", "show").Split('\n')
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where words.Length > 3 && words[3].StartsWith("10.", StringComparison.Ordinal)
        select $"{words[1]} {words[3].Split('/')[0]}";

    private IEnumerable<string> HostRoutes() =>
        from line in _host.Dom0.Ip("-4", "route", "show").Split('\n')
        let words = line.Split(' ')
        where words[0].StartsWith("10.", StringComparison.Ordinal)
        select $"{words[2]} {words[0]}";

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private enum StepKind
    {
        Start,
        Stop,
        Rename,
        Forget,
    }

    // A guest that is known; with a vif while it is up.
    private sealed record Guest(string Name, int Number, GuestInterface? Vif)
    {
        public string Address(int y) => $"10.{Number >> 8}.{Number & 255}.{y}";
    }

    private sealed record Step(
        string Name, StepKind Kind, GuestInterface? Vif, string? NewName,
        Func<Step, Func<string, GuestInterface, int>, int> Act)
    {
        public int Code { get; private set; } = -1;

        public void Run(Func<string, GuestInterface, int> hook) => Code = Act(this, hook);

        public override string ToString() => $"{Kind} {Name} {NewName} {Vif?.Vif}: exit {Code}";
    }
}
