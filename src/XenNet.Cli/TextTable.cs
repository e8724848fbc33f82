using System.Globalization;

namespace XenNet.Cli;

/// <summary>Columns for people: a header, then rows, each cell as wide as its column needs.</summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(OneLine)]);

    public void WriteTo(TextWriter output)
    {
        var widths = new int[header.Length];
        foreach (var row in _rows)
        {
            for (var column = 0; column < row.Length; column++)
                widths[column] = Math.Max(widths[column], row[column].Length);
        }

        foreach (var row in _rows)
        {
            for (var column = 0; column < row.Length - 1; column++)
                output.Write(row[column].PadRight(widths[column] + 2));
            output.WriteLine(row[^1]);
        }
    }

    /// <summary>The text without what would move a terminal's cursor: names may come from elsewhere.</summary>
    public static string OneLine(string text) => text.All(IsShown)
        ? text
        : string.Concat(text.Select(c => IsShown(c) ? c : '?'));

    private static bool IsShown(char character) => char.GetUnicodeCategory(character) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator);
}
