using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Lifecycle;

/// <summary>What operators do to machines.</summary>
/// <param name="newName">A name that no domain has.</param>
/// <param name="end">The toolstack's end of a domain.</param>
internal sealed class LifecycleOperators(LifecycleHost host, Random random, Func<string> newName, Action<ModelDomain> end)
{
    internal const int MachinesMost = 20;

    private LifecycleModel Model => host.Model;

    public string? AddOrRename()
    {
        var name = newName();
        if (random.Chance(40) && random.Pick(Model.Machines) is { } machine)
        {
            var (old, before) = (machine.Name, DateTime.UtcNow);
            // Both are told at once.
            var isDone = Model.Rename(machine, name, before);
            host.Xennet(isDone, "machine", "rename", old, name);
            return $"machine {old} is renamed {name}: {isDone}";
        }

        if (Model.Machines.Count >= MachinesMost)
        {
            return null;
        }

        int? number = random.Chance(30) ? random.Next(1, 40) : random.Chance(20) ? random.Next(4090, 4100) : null;
        var isAdded = Model.Ensure(name, number) is not null;
        host.Xennet(isAdded, ["machine", "add", name, .. number is { } asked ? (string[])["--number", XenHost.Text(asked)] : []]);
        return $"machine {name} is added with {number}: {isAdded}";
    }

    public string? Forget()
    {
        if (random.Pick(Model.Machines) is not { } machine)
        {
            return null;
        }

        var isReleased = random.Chance(50);
        var domains = machine.Up.Select(vif => vif.Device?.Domain).OfType<ModelDomain>().Distinct().ToList();
        var isDone = Model.Forget(machine, isReleased);
        host.Xennet(isDone, ["machine", "forget", machine.Name, .. isReleased ? (string[])["--release"] : []]);
        if (isDone && random.Chance(70))
        {
            domains.Where(domain => domain.Serves is null).ToList().ForEach(end);
        }

        return $"machine {machine.Name} is forgotten{(isReleased ? " and released" : "")}: {isDone}";
    }

    public string? Note()
    {
        if (random.Pick(Model.Machines) is not { } machine)
        {
            return null;
        }

        if (random.Chance(40))
        {
            machine.Notes = random.Chance(70) ? "note " + XenHost.Text(random.Next(1000)) : "";
            host.Xennet(true, "machine", "set", machine.Name, "notes=" + machine.Notes);
            return $"machine {machine.Name}: {machine.Notes}";
        }

        var aliases = Enumerable.Range(0, random.Next(3)).Select(_ => LifecycleModel.LabelOf(newName())).Distinct().ToList();
        var isDone = Model.SetAliases(machine, aliases);
        host.Xennet(isDone, "machine", "set", machine.Name, "aliases=" + string.Join(',', aliases));
        return $"machine {machine.Name} is also {string.Join(',', aliases)}: {isDone}";
    }
}
