using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Registry;

/// <summary>
/// The registry's rules: requests are decided against what is published plus what this draft has decided already
/// (<see cref="DraftedRegistry"/>). The writer makes <see cref="Changes"/> durable and then calls <see cref="Publish"/>; a
/// draft that is dropped has changed nothing.
/// </summary>
public sealed class RegistryDraft
{
    private readonly RegistryState _state;
    private readonly DraftedRegistry _after;

    internal RegistryDraft(RegistryState state) => (_state, _after) = (state, new DraftedRegistry(state));

    /// <summary>The steps so far, in order.</summary>
    public IReadOnlyList<RegistryChange> Changes => _after.Changes;

    /// <summary>True while there is nothing to store and to publish.</summary>
    public bool IsEmpty => _after.IsAsBefore;

    /// <summary>The revision that the store holds once the draft is in it: one more when names or addresses changed.</summary>
    public uint Revision => _after.Revision;

    /// <summary>What the zone holds besides machines is another, or may be: secondaries must see a new serial.</summary>
    public void RaiseRevision() => _after.ChangeNames();

    /// <summary>Notes the boot of Dom0 that the bindings are of.</summary>
    public void NoteDom0Boot(string id)
    {
        if (_state.Boot != id)
        {
            _after.Note(new BootNoted(id));
        }
    }

    /// <summary>The revision is to be that one at the least: what comes from another registry goes on from there.</summary>
    public void RaiseRevision(uint least) => _after.RaiseRevision(least);

    /// <summary>Numbers that are kept back, the one forgotten longest ago first.</summary>
    public IReadOnlyList<MachineNumber> KeptBack() => [.. _state.Numbers.Forgotten];

    /// <summary>
    /// Keeps back a number that no machine has, behind all that are already. False when nothing is to be done.
    /// </summary>
    public bool KeepBack(MachineNumber number)
    {
        var change = new NumberKeptBack(number);
        if (number.IsDom0 || !_state.View.Scheme.Fits(number) || _state.Numbers.IsUsed(number)
            || Find(number) is not null || Changes.Contains(change))
        {
            return false;
        }

        _after.Note(change);
        return true;
    }

    /// <summary>Notes that the MAC was given out.</summary>
    public void Issue(MacAddress mac) => _after.Note(new MacIssued(mac));

    /// <summary>True when the MAC was given out, or became a machine's, in this draft.</summary>
    public bool Has(MacAddress mac) => Changes.Any(change => change switch
    {
        MacIssued issued => issued.Mac == mac,
        MachinePut { Machine: var machine } => Has(machine, mac),
        MacNoted { Machine: var machine } => Has(machine, mac),
        _ => false,
    });

    /// <summary>The machine of that name: as it is known, or new with the number asked for or the next one.</summary>
    public MachineAnswer Ensure(string name, MachineNumber? number)
    {
        if (MachineNameCheck.Refuse(name, out var label) is { } refusal)
        {
            return refusal;
        }

        if (_after.Find(label) is { } known)
        {
            return known.Name != name ? Conflict(
                    $"machine '{name}': its label {label} is machine '{known.Name}' already; give one of them another name")
                : number is { } wanted && wanted != known.Number ? Conflict(
                    $"machine '{name}' has number {known.Number}, not {wanted}: a number is for life")
                : known;
        }

        if (_after.FindByAlias(label) is { } holder)
        {
            return Conflict($"machine '{name}': its label {label} is another name of machine '{holder.Name}'; choose another");
        }

        return number is { } asked ? AddAs(name, label, asked) : AddNext(name, label);
    }

    /// <summary>Notes that the machine has that interface, and the MAC when one is given.</summary>
    public Machine NoteInterface(Machine machine, InterfaceNumber y, MacAddress mac) =>
        NoteInterface(machine, y, mac, machine.BridgeOf(y));

    /// <summary>The same, and where the interface is: on that bridge, or routed.</summary>
    public Machine NoteInterface(Machine machine, InterfaceNumber y, MacAddress mac, string? bridge)
    {
        var noted = machine.WithInterface(y, mac, bridge);
        if (!ReferenceEquals(noted, machine))
        {
            _after.Put(noted, zoneChanged: !machine.Has(y) || machine.BridgeOf(y) != bridge);
        }

        return noted;
    }

    /// <summary>Notes what the machine boots from; null when the rules say.</summary>
    public Machine NoteBoot(Machine machine, string? boot)
    {
        if (machine.Boot == boot)
        {
            return machine;
        }

        var noted = machine.Booting(boot);
        _after.Put(noted, zoneChanged: false);
        return noted;
    }

    /// <summary>The vif is up. Another machine's binding on a link of that name is stale and goes.</summary>
    public Machine Bind(Machine machine, Binding binding)
    {
        if (_after.FindBinding(binding.Vif) is { } before && before.Number != machine.Number
            && Find(before.Number) is { } former)
        {
            _after.Hold(former.WithoutBinding(binding.Vif));
        }

        return _after.Put(NoteArrival(machine, binding).WithBinding(binding), binding);
    }

    /// <summary>
    /// The vif is down. Null when nothing was bound there, or when it belongs to another domain by now: a late
    /// <c>offline</c> never takes the new domain's binding.
    /// </summary>
    /// <param name="vif">The link's name.</param>
    /// <param name="domainId">The domain that went; null for whichever is bound.</param>
    public Binding? Release(string vif, int? domainId)
    {
        if (_after.FindBinding(vif) is not { } binding || (domainId is { } domain && binding.DomainId != domain))
        {
            return null;
        }

        if (Find(binding.Number) is { } machine)
        {
            _after.Hold(machine.WithoutBinding(vif));
        }

        _after.Drop(vif);
        return binding;
    }

    /// <summary>Notes what the machine's domain is called in xenstore.</summary>
    public Machine NoteDomainName(Machine machine, int domainId, string name)
    {
        foreach (var binding in machine.Bindings)
        {
            var noted = name == machine.Name ? null : name;
            if (binding.DomainId == domainId && binding.DomainName != noted)
            {
                var after = binding with { DomainName = noted };
                machine = _after.Put(machine.WithNoted(binding, after), after);
            }
        }

        return machine;
    }

    /// <summary>
    /// Gives a machine another name; the number, the addresses and the bindings stay. What its domains are called is noted,
    /// so that only a change of that is one.
    /// </summary>
    /// <param name="name">As it is called.</param>
    /// <param name="newName">As it will be.</param>
    /// <param name="answersUntil">How long it answers to the old name, too; null for no longer.</param>
    public MachineAnswer Rename(string name, string newName, DateTimeOffset? answersUntil = null)
    {
        if (Known(name, out var machine) is { } refusal)
        {
            return refusal;
        }

        if (MachineNameCheck.Refuse(newName, out var label) is { } badLabel)
        {
            return badLabel;
        }

        if (_after.Find(label) is { } holder && holder.Number != machine!.Number)
        {
            return Conflict($"machine '{newName}': its label {label} is machine '{holder.Name}' already");
        }

        if (_after.FindByAlias(label) is { } other && other.Number != machine!.Number)
        {
            return Conflict($"machine '{newName}': its label {label} is another name of machine '{other.Name}'");
        }

        var renamed = machine!.Renamed(label, newName);
        _after.Drop(machine.Label);
        _after.Put(renamed, zoneChanged: true);
        var extras = machine.Extras.Without(label);
        renamed = _after.PutExtras(renamed, answersUntil is null || machine.Label == label
            ? extras
            : extras.With(new ExtraName(machine.Label, answersUntil)));
        foreach (var binding in machine.Bindings.Where(binding => binding is { DomainId: not null, DomainName: null }))
        {
            var after = binding with { DomainName = machine.Name };
            renamed = _after.Put(renamed.WithNoted(binding, after), after);
        }

        return renamed;
    }

    /// <summary>Notes what an operator says of a machine: one line, empty for none.</summary>
    public MachineAnswer SetNotes(string name, string notes) =>
        Known(name, out var machine) is { } refusal ? refusal
        : notes.Length > MachineExtras.NotesLengthMost || notes.AsSpan().ContainsAnyInRange('\0', '\x1f')
            ? new RegistryRefusal(RefusalKind.Invalid, string.Create(CultureInfo.InvariantCulture,
                $"machine '{name}': notes are one line of at most {MachineExtras.NotesLengthMost} characters"))
        : _after.PutExtras(machine!, machine!.Extras with { Notes = notes });

    /// <summary>Gives a machine these other names, in place of those that an operator gave it before.</summary>
    public MachineAnswer SetAliases(string name, IReadOnlyCollection<string> aliases)
    {
        if (Known(name, out var machine) is { } refusal)
        {
            return refusal;
        }

        if (aliases.Count > MachineExtras.NamesMost)
        {
            return new RegistryRefusal(RefusalKind.Invalid, string.Create(CultureInfo.InvariantCulture,
                $"machine '{name}': it can have {MachineExtras.NamesMost} other names at the most"));
        }

        var extras = machine!.Extras with { Names = machine.Extras.Names.RemoveAll(other => other.Until is null) };
        foreach (var alias in aliases)
        {
            if (!ExtraName.TryParse(alias, out var extra))
            {
                return new RegistryRefusal(RefusalKind.Invalid,
                    $"'{MachineNameCheck.Printable(alias)}' is no name that a machine can have besides its own: one label of a-z, 0-9 and '-', not "
                    + "reserved, and :ethN behind it when it means another interface than the first");
            }

            var (label, y) = (extra.Value.Label, extra.Value.Interface);
            if ((_after.Find(label) ?? _after.FindByAlias(label)) is { } holder && (holder.Number != machine.Number || holder.Label == label))
            {
                return Conflict($"machine '{name}': {label} is a name of machine '{holder.Name}' already");
            }

            if (!machine.Has(y))
            {
                return Conflict($"machine '{name}': it has no {y.ToDevice()} that {label} could mean");
            }

            extras = extras.With(extra.Value);
        }

        return _after.PutExtras(machine, extras);
    }

    /// <summary>Takes away former names whose time is over; when the next one's is, or null.</summary>
    public DateTimeOffset? DropFormerNames(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var number in _state.View.HoldersOfExtraNames())
        {
            if (Find(number) is { } machine)
            {
                var kept = machine.Extras.Names.RemoveAll(name => name.Until <= now);
                _after.PutExtras(machine, machine.Extras with { Names = kept });
                var first = kept.Min(name => name.Until);
                next = next is null || first < next ? first ?? next : next;
            }
        }

        return next;
    }

    /// <summary>
    /// Takes a machine out of the registry. Its number is kept back until no other is left. With
    /// <paramref name="release"/> its bindings go too, and the number counts as never used.
    /// </summary>
    public MachineAnswer Forget(string name, bool release)
    {
        if (Known(name, out var machine) is { } refusal)
        {
            return refusal;
        }

        if (!release && machine!.Bindings.Count > 0)
        {
            return Conflict($"machine '{name}' is up on {machine.Bindings[0].Vif}: stop it first, or forget it with --release");
        }

        foreach (var binding in machine!.Bindings)
        {
            _after.Drop(binding.Vif);
        }

        _after.Drop(machine, release);
        return machine;
    }

    /// <summary>The machine of that name, known by its Xen name or its label.</summary>
    public RegistryRefusal? Known(string name, out Machine? machine)
    {
        machine = null;
        if (MachineNameCheck.Refuse(name, out var label) is { } refusal)
        {
            return refusal;
        }

        machine = _after.Find(label) ?? _after.FindByAlias(label);
        return machine is null ? new RegistryRefusal(RefusalKind.Unknown, $"no machine is called '{name}'") : null;
    }

    /// <summary>The machine of that number.</summary>
    public Machine? Find(MachineNumber number) => _after.Find(number);

    /// <summary>Makes what was decided visible. Only after the store has it.</summary>
    public void Publish() => _after.Publish();

    private static bool Has(Machine machine, MacAddress mac) => machine.Interfaces.Any(known => known.Mac == mac);

    // Most often all is known, or only the MAC is another: libxl makes one up for each start of a guest that is given none.
    private Machine NoteArrival(Machine machine, Binding binding)
    {
        if (!machine.Has(binding.Interface) || machine.BridgeOf(binding.Interface) != binding.Bridge)
        {
            return NoteInterface(machine, binding.Interface, binding.Mac, binding.Bridge);
        }

        var noted = machine.WithInterface(binding.Interface, binding.Mac);
        if (!ReferenceEquals(noted, machine))
        {
            _after.Note(new MacNoted(noted, binding.Interface));
        }

        return noted;
    }

    private static RegistryRefusal Conflict(string sentence) => new(RefusalKind.Conflict, sentence);

    private MachineAnswer AddAs(string name, MachineLabel label, MachineNumber number)
    {
        if (number.IsDom0 || !_state.View.Scheme.Fits(number))
        {
            return new RegistryRefusal(RefusalKind.Invalid, string.Create(CultureInfo.InvariantCulture,
                $"machine '{name}': number {number} is not 1 to {_state.Numbers.Most} (prefix {_state.View.Scheme.Prefix})"));
        }

        if (Find(number) is { } holder)
        {
            return Conflict($"machine '{name}': number {number} is machine '{holder.Name}'");
        }

        return _state.Clash(number) is { } source
            ? Conflict($"machine '{name}': number {number} would take {_state.View.Scheme.Network(number)} from {source}")
            : Add(name, label, number);
    }

    private MachineAnswer AddNext(string name, MachineLabel label)
    {
        foreach (var number in _state.Numbers.NeverUsed().Concat(_state.Numbers.Forgotten))
        {
            if (Find(number) is null && _state.Clash(number) is null)
            {
                return Add(name, label, number);
            }
        }

        return new RegistryRefusal(RefusalKind.Exhausted, $"All {_state.Numbers.Most} machine numbers are taken");
    }

    private Machine Add(string name, MachineLabel label, MachineNumber number)
    {
        var machine = new Machine(number, label, name);
        _after.Put(machine, zoneChanged: true);
        return machine;
    }
}
