using XenNet.Core.Addressing;

namespace XenNet.Core.Registry;

/// <summary>
/// The registry as it is with what a draft has decided, and the steps that lead there. Nothing of it is seen by readers before
/// <see cref="Publish"/>.
/// </summary>
internal sealed class DraftedRegistry(RegistryState state)
{
    private readonly List<RegistryChange> _changes = [];

    // Null for what is there no more.
    private readonly Dictionary<MachineNumber, Machine?> _machines = [];
    private readonly Dictionary<MachineLabel, Machine?> _labels = [];
    private readonly Dictionary<string, Binding?> _bindings = new(StringComparer.Ordinal);
    private readonly Dictionary<MachineLabel, MachineNumber?> _aliases = [];
    private bool _namesChanged;
    private uint _revisionLeast;

    /// <summary>The steps so far, in order.</summary>
    public IReadOnlyList<RegistryChange> Changes => _changes;

    /// <summary>True while there is nothing to store and to publish.</summary>
    public bool IsAsBefore => _changes.Count == 0 && !_namesChanged && _revisionLeast <= state.View.Revision;

    /// <summary>One more than before when names or addresses changed.</summary>
    public uint Revision => Math.Max(state.View.Revision + (_namesChanged ? 1u : 0u), _revisionLeast);

    /// <summary>Names or addresses are others.</summary>
    public void ChangeNames() => _namesChanged = true;

    /// <summary>The revision is that one at the least.</summary>
    public void RaiseRevision(uint least) => _revisionLeast = Math.Max(_revisionLeast, least);

    /// <summary>One more step; what it makes of a machine is held besides.</summary>
    public void Note(RegistryChange change) => _changes.Add(change);

    /// <summary>The machine of that number.</summary>
    public Machine? Find(MachineNumber number) =>
        _machines.TryGetValue(number, out var held) ? held : state.View.Find(number);

    /// <summary>The machine of that label.</summary>
    public Machine? Find(MachineLabel label) =>
        _labels.TryGetValue(label, out var held) ? held : state.View.Find(label.Octets);

    /// <summary>The machine that an operator gave that name; a former name is anybody's to take.</summary>
    public Machine? FindByAlias(MachineLabel label)
    {
        var holder = _aliases.TryGetValue(label, out var number)
            ? number is { } given ? Find(given) : null
            : state.View.FindByExtraName(label.Octets) is { } published ? Find(published.Number) : null;
        return holder?.Extras.Aliases.Any(alias => alias.Label == label) == true ? holder : null;
    }

    /// <summary>The binding on that link.</summary>
    public Binding? FindBinding(string vif) =>
        _bindings.TryGetValue(vif, out var held) ? held : state.View.FindBinding(vif);

    /// <summary>The machine is so; what else of it changed is a step of its own.</summary>
    public void Hold(Machine machine)
    {
        _machines[machine.Number] = machine;
        _labels[machine.Label] = machine;
    }

    /// <summary>The machine is so.</summary>
    public void Put(Machine machine, bool zoneChanged)
    {
        Hold(machine);
        _namesChanged |= zoneChanged;
        _changes.Add(new MachinePut(machine));
    }

    /// <summary>The machine has that binding.</summary>
    public Machine Put(Machine bound, Binding binding)
    {
        Hold(bound);
        _changes.Add(new BindingPut(binding, IsFirst: FindBinding(binding.Vif) is null));
        _bindings[binding.Vif] = binding;
        return bound;
    }

    /// <summary>The machine has those notes and names.</summary>
    public Machine PutExtras(Machine machine, MachineExtras extras)
    {
        var before = machine.Extras;
        if (before.Notes == extras.Notes && before.Names.SequenceEqual(extras.Names))
        {
            return machine;
        }

        var changed = machine.With(extras);
        Hold(changed);
        _namesChanged |= !before.Names.SequenceEqual(extras.Names);
        _changes.Add(new ExtrasPut(changed));
        foreach (var name in before.Names)
        {
            _aliases[name.Label] = null;
        }

        foreach (var alias in extras.Aliases)
        {
            _aliases[alias.Label] = machine.Number;
        }

        return changed;
    }

    /// <summary>Nothing is bound on that link.</summary>
    public void Drop(string vif)
    {
        _bindings[vif] = null;
        _changes.Add(new BindingReleased(vif));
    }

    /// <summary>No machine has that label.</summary>
    public void Drop(MachineLabel label) => _labels[label] = null;

    /// <summary>The machine is forgotten.</summary>
    /// <param name="machine">Without bindings.</param>
    /// <param name="numberReleased">True when its number counts as never used.</param>
    public void Drop(Machine machine, bool numberReleased)
    {
        Drop(machine.Label);
        _machines[machine.Number] = null;
        _namesChanged = true;
        _changes.Add(new MachineForgotten(machine, numberReleased));
    }

    /// <summary>Makes it visible. Only after the store has it.</summary>
    public void Publish()
    {
        foreach (var change in _changes)
        {
            switch (change)
            {
                case MachinePut put:
                    state.Numbers.Take(put.Machine.Number);
                    break;
                case BootNoted boot:
                    state.Boot = boot.Id;
                    break;
                case MachineForgotten { NumberReleased: true } forgotten:
                    state.Numbers.Release(forgotten.Machine.Number);
                    break;
                case MachineForgotten forgotten:
                    state.Numbers.KeepBack(forgotten.Machine.Number);
                    break;
                case NumberKeptBack kept:
                    state.Numbers.KeepBack(kept.Number);
                    break;
            }
        }

        var (before, after) = (state.View.Revision, Revision);
        foreach (var (number, machine) in _machines)
        {
            if (machine is not null)
            {
                state.View.Publish(machine, before);
            }
            else if (state.View.Find(number) is { } gone)
            {
                state.View.Withdraw(gone, before);
            }
        }

        // Last: whoever reads a revision finds all that belongs to it, or a secondary would miss some for ever.
        state.View.Publish(after);
    }
}
