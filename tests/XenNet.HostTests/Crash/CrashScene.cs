using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Crash;

internal enum StepKind
{
    Start,
    Stop,
    Rename,
    Forget,
}

/// <summary>A guest that is known; with a vif while it is up.</summary>
internal sealed record CrashGuest(string Name, int Number, GuestInterface? Vif, string? Bridge)
{
    public string Address(int y) => $"10.{Number >> 8}.{Number & 255}.{y}";
}

/// <summary>Something that is asked for and may be interrupted.</summary>
internal sealed record CrashStep(
    string Name, StepKind Kind, GuestInterface Vif, string? Bridge, string? NewName,
    Func<Func<string, GuestInterface, int>, int> Act)
{
    /// <summary>What the caller was told.</summary>
    public int Code { get; private set; } = -1;

    /// <param name="hook">Runs the hook and gives its exit code.</param>
    public void Run(Func<string, GuestInterface, int> hook) => Code = Act(hook);

    public override string ToString() => $"{Kind} {Name} {NewName} {Vif.Vif} {Bridge}: exit {Code}";
}

/// <summary>
/// A Dom0 with routed guests and guests on a bridge, what is known of them, and what the world must be like after steps that
/// were interrupted: what was told is true, and the rest was done or not done.
/// </summary>
internal sealed class CrashScene : IDisposable
{
    internal const string Bridge = "xenbr0";

    /// <summary>The exit code of what SIGKILL has ended.</summary>
    internal const int Killed = 128 + 9;

    private readonly BridgedHost _bridged = new();
    private readonly Dictionary<string, CrashGuest> _guests = new(StringComparer.Ordinal);
    private int _domain;
    private int _name;

    internal XenHost Host => _bridged.Host;

    internal IReadOnlyCollection<CrashGuest> Guests => _guests.Values;

    public void Dispose() => _bridged.Dispose();

    internal string NewName() => "m" + XenHost.Text(++_name);

    internal CrashStep Start(string name, bool isBridged)
    {
        var bridge = isBridged ? Bridge : null;
        var vif = Host.AddVif(++_domain, 0, name, "bridge=" + (bridge ?? "none"));
        return new CrashStep(name, StepKind.Start, vif, bridge, null, hook => hook("online", vif));
    }

    internal static CrashStep Stop(CrashGuest guest) => new(
        guest.Name, StepKind.Stop, guest.Vif!, guest.Bridge, null, hook => hook("offline", guest.Vif!));

    internal CrashStep Rename(CrashGuest guest)
    {
        var name = NewName();
        return new CrashStep(guest.Name, StepKind.Rename, guest.Vif!, guest.Bridge, name,
            _ => Host.Xennet("machine", "rename", guest.Name, name).Code);
    }

    internal CrashStep Forget(CrashGuest guest) => new(guest.Name, StepKind.Forget, guest.Vif!, guest.Bridge, null,
        _ => Host.Xennet("machine", "forget", guest.Name, "--release").Code);

    internal void Check(params List<CrashStep> steps)
    {
        // In this order: what is bound is known.
        var bound = Host.List("vif").ToDictionary(
            vif => vif.GetProperty("vif").GetString()!, vif => vif.GetProperty("number").GetInt32());
        var numbers = Numbers();
        Assert.Equal(numbers.Count, numbers.Values.Distinct().Count());
        foreach (var step in steps)
        {
            _guests.Remove(step.Name, out var before);
            if (After(step, before, numbers, bound) is { } guest)
            {
                _guests.Add(guest.Name, guest);
            }
        }

        // A killed hook's start may have gone on behind it. Its offline has waited for that: by now the machine is there, or never.
        var settled = Numbers();
        foreach (var step in steps.Where(step => step is { Kind: StepKind.Start, Code: Killed } && !_guests.ContainsKey(step.Name)))
        {
            if (settled.TryGetValue(step.Name, out var number))
            {
                _guests.Add(step.Name, new CrashGuest(step.Name, number, null, step.Bridge));
            }
        }

        Assert.Equal(_guests.Values.Select(guest => $"{guest.Name} {guest.Number}").Order(),
            settled.Select(machine => $"{machine.Key} {machine.Value}").Order());
        Assert.Equal(settled.Count, settled.Values.Distinct().Count());
        CheckNetwork();
    }

    private Dictionary<string, int> Numbers() => Host.List("machine").ToDictionary(
        machine => machine.GetProperty("name").GetString()!, machine => machine.GetProperty("number").GetInt32());

    // What has become of a step's guest, if its outcome allows that; a start that failed is undone as libxl undoes it.
    private static CrashGuest? After(
        CrashStep step, CrashGuest? before, Dictionary<string, int> numbers, Dictionary<string, int> bound)
    {
        var (vif, isDone) = (step.Vif, step.Code == 0);
        var isUp = bound.TryGetValue(vif.Vif, out var boundTo);
        var what = $"{step} of {before}: {string.Join(' ', numbers)}; bound: {string.Join(' ', bound)}";
        var name = step.NewName is { } renamed && numbers.ContainsKey(renamed) ? renamed : step.Name;
        var isKnown = numbers.TryGetValue(name, out var number);
        Assert.True(step.NewName is null || !(numbers.ContainsKey(step.Name) && name == step.NewName), what);
        Assert.True(before is null || !isKnown || number == before.Number, what);
        Assert.True(isKnown || (before is null && !isDone) || step.Kind == StepKind.Forget, what);
        Assert.True(!isUp || boundTo == number, what);
        // Whoever reads it starts the guest, also when the hook has not told its end.
        Assert.True(step.Kind != StepKind.Start || vif.HotplugStatus != "connected" || isUp, what);
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

        return isKnown ? new CrashGuest(name, number, runsOn ? vif : null, step.Bridge) : null;
    }

    internal void CheckNetwork()
    {
        var up = _guests.Values.Where(guest => guest.Vif is not null).ToList();
        var routed = up.Where(guest => guest.Bridge is null).ToList();
        var bridged = up.Where(guest => guest.Bridge is not null).ToList();
        Assert.Equal(up.Select(guest => guest.Vif!.Vif).Order(), NftJson.Elements(Host.Dom0, "vifs").Order());
        Assert.Equal(bridged.Select(guest => guest.Vif!.Vif).Order(), NftJson.Elements(Host.Dom0, "ports").Order());
        Assert.Equal(bridged.Select(guest => guest.Vif!.Vif).Append("phys0").Order(), Ports().Order());
        Assert.Equal(routed.Select(guest => $"{guest.Vif!.Vif} {guest.Address(129)}").Order(), Dom0Ends().Order());
        Assert.Equal(up.Select(guest => $"{guest.Bridge ?? guest.Vif!.Vif} {guest.Address(1)}").Order(), HostRoutes().Order());
        Assert.Equal(up.Select(guest => $"{guest.Bridge ?? guest.Vif!.Vif} {guest.Address(1)}").Order(),
            Neighbours("nud", "permanent").Order());
        Assert.Equal(routed.Select(guest => $"{Bridge} {guest.Address(1)}").Concat(up.Select(guest => $"xenbr1 {guest.Address(1)}"))
            .Order(), Neighbours("proxy").Order());
        Assert.Equal(string.Join('\n', _guests.Values.Select(guest => guest.Address(1))),
            Host.Dig([.. _guests.Keys.Select(name => name + ".testbed")]));
    }

    private IEnumerable<string> Ports() =>
        from line in Host.Dom0.Ip("-o", "link", "show", "master", Bridge).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        select line.Split(' ')[1].Split('@')[0];

    private IEnumerable<string> Neighbours(params string[] which) =>
        from line in Host.Dom0.Ip(["-4", "neigh", "show", .. which]).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let words = line.Split(' ')
        select $"{words[2]} {words[0]}";

    private IEnumerable<string> Dom0Ends() =>
        from line in Host.Dom0.Ip("-4", "-o", "addr", "show").Split('\n')
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where words.Length > 3 && words[1].StartsWith("vif", StringComparison.Ordinal)
        select $"{words[1]} {words[3].Split('/')[0]}";

    private IEnumerable<string> HostRoutes() =>
        from line in Host.Dom0.Ip("-4", "route", "show").Split('\n')
        let words = line.Split(' ')
        where words[0].StartsWith("10.", StringComparison.Ordinal) && !words[0].Contains('/', StringComparison.Ordinal)
        select $"{words[2]} {words[0]}";
}
