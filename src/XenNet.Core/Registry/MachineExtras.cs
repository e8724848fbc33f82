using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using XenNet.Core.Addressing;

namespace XenNet.Core.Registry;

/// <summary>Another name that a machine answers to.</summary>
/// <param name="Label">In DNS, without the zone.</param>
/// <param name="Until">Null for one that an operator gave; else it is a former name, which goes then.</param>
/// <param name="Interface">Which interface it means by itself, as the machine's own name means the first.</param>
public readonly record struct ExtraName(MachineLabel Label, DateTimeOffset? Until, InterfaceNumber Interface = default)
{
    /// <summary>False unless it is written as <see cref="ToString"/> writes it; capitals are taken for small letters.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ExtraName? name)
    {
        var (label, y) = (text, InterfaceNumber.First);
        if (text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var mark)
            label = InterfaceNumber.TryParseDevice(text.AsSpan(mark + 1), out y) ? text[..mark] : "";
        name = MachineLabel.TryParse(label.ToLowerInvariant(), out var parsed) ? new ExtraName(parsed, null, y) : null;
        return name is not null;
    }

    /// <summary><c>www</c>, or <c>ce-2:eth1</c> when it means another interface than the first.</summary>
    public override string ToString() =>
        Interface == InterfaceNumber.First ? Label.ToString() : $"{Label}:{Interface.ToDevice()}";
}

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
    public IEnumerable<ExtraName> Aliases => Names.Where(name => name.Until is null);

    /// <summary>The same with that name in place of one of that label; the oldest former one goes when there are too many.</summary>
    public MachineExtras With(ExtraName name)
    {
        ImmutableArray<ExtraName> names =
            [.. Without(name.Label).Names.Add(name).OrderBy(other => other.Label.ToString(), StringComparer.Ordinal)];
        var former = names.Where(other => other.Until is not null).OrderBy(other => other.Until).ToList();
        return this with { Names = former.Count > NamesMost ? names.Remove(former[0]) : names };
    }

    /// <summary>The same without a name of that label.</summary>
    public MachineExtras Without(MachineLabel label) => this with { Names = Names.RemoveAll(other => other.Label == label) };
}
