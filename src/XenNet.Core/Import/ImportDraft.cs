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
    private readonly Dictionary<MachineLabel, UnnumberedDraft> _unnumbered = [];
    private readonly Dictionary<MacAddress, MachineLabel> _unnumberedMacs = [];
    private readonly Dictionary<string, (MachineDraft, InterfaceNumber)> _aliases =
        new(StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<MachineLabel, (MachineDraft Machine, InterfaceNumber Interface)> _further = [];

    public ImportDraft(IEnumerable<ImportedMachine> registered)
    {
        foreach (var machine in registered)
        {
            if (MachineLabel.Map(machine.Name, out var label) != LabelRefusal.None) continue;
            var draft = new MachineDraft(machine.Name, label, machine.Number, InterfaceNumber.First,
                ImportPlace.Registry);
            _byNumber[machine.Number!.Value] = _byLabel[label] = draft;
            foreach (var known in machine.Interfaces)
            {
                draft.Interfaces[known.Interface.Value] = new InterfaceDraft(known.Mac, ImportPlace.Registry);
                if (known.Mac != MacAddress.None) _byMac[known.Mac] = new(draft, known.Interface, ImportPlace.Registry);
            }

            foreach (var alias in machine.Aliases)
            {
                _further[alias.Label] = (draft, alias.Interface);
                draft.Aliases.Add(alias);
                AddAlias(alias.Label.ToString(), draft, alias.Interface);
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

    /// <summary>
    /// The machine of that label, called as Xen calls it; one that nobody knows yet gets its number from the registry.
    /// </summary>
    public MachineDraft Take(string name, MachineLabel label, ImportPlace place)
    {
        var machine = Find(label) ?? new MachineDraft(name, label, number: null, InterfaceNumber.First, place);
        _byLabel[label] = machine;
        (machine.Name, machine.IsNamed) = (name, true);
        if (_unnumbered.Remove(label, out var known) && known.Mac != MacAddress.None)
        {
            _unnumberedMacs.Remove(known.Mac);
            PutMac(machine, InterfaceNumber.First, known.Mac, known.Place);
        }

        return machine;
    }

    /// <summary>The machine has that interface; its MAC stays as it is known.</summary>
    public static void PutInterface(MachineDraft machine, InterfaceNumber y, ImportPlace place) =>
        machine.Interfaces.TryAdd(y.Value, new InterfaceDraft(MacAddress.None, place));

    /// <summary>Null when the MAC is now that interface's, else why it cannot be.</summary>
    public string? PutMac(MachineDraft machine, InterfaceNumber y, MacAddress mac, ImportPlace place)
    {
        if (_byMac.TryGetValue(mac, out var owner) && (owner.Machine != machine || owner.Interface != y))
            return $"{mac} is the MAC of {Shown(owner.Machine, owner.Interface)} already ({owner.Place})";
        if (_unnumberedMacs.TryGetValue(mac, out var other) && other != machine.Label)
            return $"{mac} is the MAC of eth0 of {other} already ({_unnumbered[other].Place})";
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

    /// <summary>
    /// The label becomes one more name of the machine, which means that interface by itself. False when it is a
    /// machine's own or means something else already, or the machine has as many as it may have.
    /// </summary>
    public bool TryPutAlias(MachineLabel label, MachineDraft machine, InterfaceNumber y)
    {
        if (FindFurther(label) is { } known) return known == (machine, y);
        if (Find(label) is not null || machine.Aliases.Count == MachineExtras.NamesMost) return false;
        _further.Add(label, (machine, y));
        machine.Aliases.Add(new ExtraName(label, null, y));
        return true;
    }

    /// <summary>What a further name of a machine means; null when it is none.</summary>
    public (MachineDraft Machine, InterfaceNumber Interface)? FindFurther(MachineLabel label) =>
        _further.TryGetValue(label, out var found) ? found : null;

    /// <summary>One more name of an interface for lines below; the first line that says so counts.</summary>
    public void AddAlias(string name, MachineDraft machine, InterfaceNumber y) => _aliases.TryAdd(name, (machine, y));

    public (MachineDraft Machine, InterfaceNumber Interface)? FindAlias(string name) =>
        _aliases.TryGetValue(name, out var found) ? found : null;

    /// <summary>
    /// A machine of which no line has an address: it gets the next number. Null when it is known now, else why it
    /// cannot be.
    /// </summary>
    public string? PutUnnumbered(string name, MachineLabel label, MacAddress mac, ImportPlace place)
    {
        if (mac != MacAddress.None && _byMac.TryGetValue(mac, out var owner))
            return $"{mac} is the MAC of {Shown(owner.Machine, owner.Interface)} already ({owner.Place})";
        var has = _unnumbered.TryGetValue(label, out var known) ? known.Mac : MacAddress.None;
        if (has != MacAddress.None && mac != MacAddress.None && has != mac)
            return $"eth0 of {name} has the MAC {known.Mac} already ({known.Place})";
        if (mac != MacAddress.None && !_unnumberedMacs.TryAdd(mac, label) && _unnumberedMacs[mac] != label)
            return $"{mac} is the MAC of eth0 of {_unnumberedMacs[mac]} already";
        _unnumbered[label] = new UnnumberedDraft(name, mac == MacAddress.None ? known.Mac : mac, place);
        return null;
    }

    /// <summary>The machines that lines name, by number; then those that have none yet.</summary>
    public ImmutableArray<ImportedMachine> ToMachines() =>
    [
        .. Named().Select(ToMachine),
        .. _unnumbered.Values.Select(draft => new ImportedMachine(
            draft.Name, null, [new KnownInterface(InterfaceNumber.First, draft.Mac)])),
    ];

    private IEnumerable<MachineDraft> Named() =>
        _byLabel.Values.Where(machine => machine.IsNamed).OrderBy(machine => machine.Number?.Value ?? int.MaxValue);

    private readonly record struct UnnumberedDraft(string Name, MacAddress Mac, ImportPlace Place);

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

        return new ImportedMachine(draft.Name, draft.Number, interfaces.MoveToImmutable())
        {
            Aliases = [.. draft.Aliases.OrderBy(alias => alias.Label.ToString(), StringComparer.Ordinal)],
        };
    }
}

/// <summary>An interface while lines are read: its MAC if known, and the line that said so.</summary>
internal readonly record struct InterfaceDraft(MacAddress Mac, ImportPlace Place);

/// <summary>A machine while lines are read.</summary>
internal sealed class MachineDraft(
    string name, MachineLabel label, MachineNumber? number, InterfaceNumber first, ImportPlace place)
{
    public string Name { get; set; } = name;

    public MachineLabel Label { get; } = label;

    /// <summary>Null for the next that is free.</summary>
    public MachineNumber? Number { get; } = number;

    /// <summary>
    /// The interface of the first line that names it: what the bare name means to a resolver that reads the file.
    /// </summary>
    public InterfaceNumber First { get; } = first;

    /// <summary>The first line that names it.</summary>
    public ImportPlace Place { get; } = place;

    public SortedDictionary<int, InterfaceDraft> Interfaces { get; } = [];

    /// <summary>Further names.</summary>
    public List<ExtraName> Aliases { get; } = [];

    /// <summary>Interfaces whose address a line has given a name.</summary>
    public HashSet<int> Said { get; } = [];

    /// <summary>True when a line speaks of it, false when only the registry does.</summary>
    public bool IsNamed { get; set; } = place != ImportPlace.Registry;
}
