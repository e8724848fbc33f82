using System.Collections.Immutable;

namespace XenNet.Core.Registry;

/// <summary>Another name that a machine answers to.</summary>
/// <param name="Label">In DNS, without the zone.</param>
/// <param name="Until">Null for one that an operator gave; else it is a former name, which goes then.</param>
public readonly record struct ExtraName(MachineLabel Label, DateTimeOffset? Until);

/// <summary>What an operator noted of a machine, and its other names. Few machines have any.</summary>
/// <param name="Notes">One line; empty for none.</param>
/// <param name="Names">By label.</param>
public sealed record MachineExtras(string Notes, ImmutableArray<ExtraName> Names)
{
    /// <summary>The longest notes, in characters.</summary>
    public const int NotesLengthMost = 1000;

    /// <summary>The most names that one machine may be given besides its own.</summary>
    public const int NamesMost = 32;

    /// <summary>Nothing.</summary>
    public static MachineExtras None { get; } = new("", []);

    /// <summary>The names that an operator gave.</summary>
    public IEnumerable<MachineLabel> Aliases => Names.Where(name => name.Until is null).Select(name => name.Label);

    /// <summary>The same with that name in place of one of that label; the oldest former one goes when there are too many.</summary>
    public MachineExtras With(ExtraName name)
    {
        var names = Without(name.Label).Names.Add(name);
        var former = names.Where(other => other.Until is not null).OrderBy(other => other.Until).ToList();
        return this with { Names = former.Count > NamesMost ? names.Remove(former[0]) : names };
    }

    /// <summary>The same without a name of that label.</summary>
    public MachineExtras Without(MachineLabel label) => this with { Names = Names.RemoveAll(other => other.Label == label) };
}
