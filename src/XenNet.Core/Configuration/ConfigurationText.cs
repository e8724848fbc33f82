using System.Globalization;
using Tomlyn.Syntax;

namespace XenNet.Core.Configuration;

/// <summary>
/// Texts of a file as they may be shown in an error: one line, short, nothing that moves a terminal's cursor.
/// </summary>
internal static class ConfigurationText
{
    private const int ExcerptLengthMost = 60;

    public static string Excerpt(ValueSyntax value) => value switch
    {
        StringValueSyntax text => $"\"{OneLine(text.Value ?? "")}\"",
        ArraySyntax => "a list",
        InlineTableSyntax => "a table",
        IntegerValueSyntax number => OneLine(number.Token?.Text ?? ""),
        BooleanValueSyntax flag => flag.Value ? "true" : "false",
        FloatValueSyntax number => OneLine(number.Token?.Text ?? ""),
        DateTimeValueSyntax time => OneLine(time.Token?.Text ?? ""),
        _ => OneLine(value.ToString()),
    };

    /// <summary>A value as it is written, without comments and line ends between the entries of a list.</summary>
    public static string Written(ValueSyntax value) => value switch
    {
        ArraySyntax list => $"[{string.Join(", ", list.Items.Select(item => item.Value is { } entry ? Written(entry) : ""))}]",
        InlineTableSyntax table => $"{{ {string.Join(", ", table.Items.Select(item => item.KeyValue is { Key: { } key, Value: { } entry }
            ? $"{Path(key)} = {Written(entry)}" : ""))} }}",
        StringValueSyntax text => $"\"{OneLine(text.Value ?? "", int.MaxValue)}\"",
        _ => Excerpt(value),
    };

    public static string OneLine(string text, int lengthMost = ExcerptLengthMost)
    {
        var cut = text.Length <= lengthMost ? text : text[..(lengthMost - 1)] + "…";
        return string.Concat(cut.Select(character => IsShown(character) ? character : '?'));
    }

    /// <summary>
    /// The parts of a dotted key; a quoted part with a dot or a quote in it stays quoted, so it matches nothing.
    /// </summary>
    public static string Path(KeySyntax key)
    {
        var path = Part(key.Key);
        foreach (var dotted in key.DotKeys) path += "." + Part(dotted.Key);
        return path;
    }

    private static string Part(BareKeyOrStringValueSyntax? part)
    {
        var text = part switch
        {
            BareKeySyntax bare => bare.Key?.Text ?? "",
            StringValueSyntax quoted => quoted.Value ?? "",
            _ => "",
        };
        return text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_') && text != ""
            ? text
            : $"\"{OneLine(text)}\"";
    }

    // Format characters include the ones that turn the writing direction.
    private static bool IsShown(char character) => char.GetUnicodeCategory(character) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
