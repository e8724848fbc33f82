using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Import;

/// <summary>What the lines have come to so far, beside what the registry has.</summary>
internal sealed class ImportDraft
{
    private readonly Dictionary<MachineNumber, MachineDraft> _byNumber = [];
    private readonly Dictionary<MachineLabel, MachineDraft> _byLabel = [];
    private readonly Dictionary<MacAddress, MacOwner> _byMac = [];

    public ImportDraft(IEnumerable<ImportedMachine> registered)
    {
        foreach (var machine in registered)
        {
            if (MachineLabel.Map(machine.Name, out var label) != LabelRefusal.None) continue;
            var draft = new MachineDraft(machine.Name, label, machine.Number!.Value, InterfaceNumber.First,
                ImportPlace.Registry);
            _byNumber[draft.Number] = _byLabel[label] = draft;
            foreach (var known in machine.Interfaces)
            {
                draft.Interfaces[known.Interface.Value] = new InterfaceDraft(known.Mac, ImportPlace.Registry);
                if (known.Mac != MacAddress.None) _byMac[known.Mac] = new(draft, known.Interface, ImportPlace.Registry);
            }
        }
    }

    public ImportAccount Account { get; } = new();

    public MachineDraft? Find(MachineNumber number) => _byNumber.GetValueOrDefault(number);

    public MachineDraft? Find(MachineLabel label) => _byLabel.GetValueOrDefault(label);

    public MachineDraft Add(
        string name, MachineLabel label, MachineNumber number, InterfaceNumber first, ImportPlace place)
    {
        var machine = new MachineDraft(name, label, number, first, place);
        _byNumber.Add(number, machine);
        _byLabel.Add(label, machine);
        return machine;
    }

    /// <summary>Null when the MAC is now that interface's, else why it cannot be.</summary>
    public string? PutMac(MachineDraft machine, InterfaceNumber y, MacAddress mac, ImportPlace place)
    {
        if (_byMac.TryGetValue(mac, out var owner) && (owner.Machine != machine || owner.Interface != y))
            return $"{mac} is the MAC of {Shown(owner.Machine, owner.Interface)} already ({owner.Place})";
        var had = machine.Interfaces.GetValueOrDefault(y.Value);
        if (had.Mac != MacAddress.None && had.Mac != mac)
        {
            // A file is newer than the registry, but two lines that differ are a mistake in one of them.
            if (had.Place != ImportPlace.Registry)
                return $"{Shown(machine, y)} has the MAC {had.Mac} already ({had.Place})";
            _byMac.Remove(had.Mac);
        }

        machine.Interfaces[y.Value] = new InterfaceDraft(mac, place);
        machine.IsNamed = true;
        _byMac[mac] = new(machine, y, place);
        return null;
    }

    public ImportPlan ToPlan() => new()
    {
        Machines = Account.IsRefused ? [] : [.. Named().Select(ToMachine)],
        Report = Account.ToReport(),
    };

    private IEnumerable<MachineDraft> Named() =>
        _byNumber.Values.Where(machine => machine.IsNamed).OrderBy(machine => machine.Number.Value);

    private readonly record struct MacOwner(MachineDraft Machine, InterfaceNumber Interface, ImportPlace Place);

    private static string Shown(MachineDraft machine, InterfaceNumber y) => $"eth{y.DeviceId} of {machine.Name}";

    private static ImportedMachine ToMachine(MachineDraft draft)
    {
        var interfaces = ImmutableArray.CreateBuilder<KnownInterface>(draft.Interfaces.Count);
        foreach (var (value, known) in draft.Interfaces)
        {
            InterfaceNumber.TryCreate(value, out var y);
            interfaces.Add(new KnownInterface(y, known.Mac));
        }

        return new ImportedMachine(draft.Name, draft.Number, interfaces.MoveToImmutable());
    }
}

/// <summary>An interface while lines are read: its MAC if known, and the line that said so.</summary>
internal readonly record struct InterfaceDraft(MacAddress Mac, ImportPlace Place);

/// <summary>A machine while lines are read.</summary>
internal sealed class MachineDraft(
    string name, MachineLabel label, MachineNumber number, InterfaceNumber first, ImportPlace place)
{
    public string Name { get; } = name;

    public MachineLabel Label { get; } = label;

    public MachineNumber Number { get; } = number;

    /// <summary>
    /// The interface of the first line that names it: what the bare name means to a resolver that reads the file.
    /// </summary>
    public InterfaceNumber First { get; } = first;

    /// <summary>The first line that names it.</summary>
    public ImportPlace Place { get; } = place;

    public SortedDictionary<int, InterfaceDraft> Interfaces { get; } = [];

    /// <summary>True when a line speaks of it, false when only the registry does.</summary>
    public bool IsNamed { get; set; } = place != ImportPlace.Registry;
}
