using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;

namespace XenNet.Core.Import;

/// <summary>A host name of a file as the name of a machine.</summary>
/// <param name="Machine">The label that is the machine's, as it was written.</param>
/// <param name="Label">The same for DNS.</param>
/// <param name="Interface">The interface when the name began with <c>eth0.</c>, <c>eth1.</c> …, else null.</param>
/// <param name="Domain">What follows the machine's label; empty when nothing does.</param>
internal readonly record struct ImportName(
    string Machine, MachineLabel Label, InterfaceNumber? Interface, string Domain)
{
    /// <summary>Characters of a name at the most (RFC 1035).</summary>
    private const int LengthMost = 253;

    /// <summary>Null when the name was read, else what is wrong with it.</summary>
    public static string? Read(string text, out ImportName name)
    {
        name = default;
        var bare = text.EndsWith('.') ? text[..^1] : text;
        var labels = bare.Split('.');
        if (bare.Length > LengthMost || !labels.All(IsLabel)) return $"{Shown(text)} is no host name";
        var y = labels.Length > 1 ? InterfaceOf(labels[0]) : null;
        var machine = labels[y is null ? 0 : 1];
        switch (MachineLabel.Map(machine, out var label))
        {
            case LabelRefusal.Reserved:
                return $"{Shown(machine)} has a meaning of its own here, so no machine can be called that";
            case LabelRefusal.Empty:
                return $"{Shown(machine)} leaves nothing for a name in DNS";
            default:
                name = new ImportName(machine, label, y, string.Join('.', labels[(y is null ? 1 : 2)..]));
                return null;
        }
    }

    /// <summary>In quotes, short, and with nothing that moves a terminal's cursor.</summary>
    public static string Shown(string text)
    {
        var cut = text.Length <= 80 ? text : text[..79] + "…";
        return $"\"{string.Concat(cut.Select(character => IsShown(character) ? character : '?'))}\"";
    }

    private static bool IsShown(char character) => char.GetUnicodeCategory(character) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);

    // The underscore is no letter of host names, but Xen's names have it and files copy them.
    private static bool IsLabel(string label) =>
        label.Length is >= 1 and <= MachineLabel.LengthMost
        && label.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    private static InterfaceNumber? InterfaceOf(string label) =>
        InterfaceNumber.TryParseDevice(label, out var y) ? y : null;
}
