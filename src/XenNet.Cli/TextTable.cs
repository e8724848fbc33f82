using System.Globalization;

namespace XenNet.Cli;

/// <summary>A cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Ink">How it looks on a terminal.</param>
internal readonly record struct Cell(string Text, Ink Ink = Ink.Plain)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>Columns for people: a header, then rows, each cell as wide as its column needs.</summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<Cell[]> _rows = [];

    public void Add(params Cell[] cells) => _rows.Add([.. cells.Select(cell => cell with { Text = OneLine(cell.Text) })]);

    /// <summary>Writes all columns with their header, or those that were asked for.</summary>
    public void WriteTo(TextWriter output, Screen screen = default, ColumnChoice? choice = null)
    {
        var places = choice?.Places(header) ?? [.. Enumerable.Range(0, header.Length)];
        var rows = choice is { WithoutHeader: true }
            ? _rows
            : _rows.Prepend([.. header.Select(name => new Cell(name, Ink.Strong))]);
        var chosen = rows.Select(row => places.Select(place => row[place]).ToArray()).ToList();
        var widths = new int[places.Length];
        foreach (var row in chosen)
        {
            for (var column = 0; column < row.Length; column++)
                widths[column] = Math.Max(widths[column], row[column].Text.Length);
        }

        foreach (var row in chosen)
        {
            for (var column = 0; column < row.Length - 1; column++)
            {
                output.Write(screen.Paint(row[column].Text, row[column].Ink));
                output.Write(new string(' ', widths[column] + 2 - row[column].Text.Length));
            }

            output.WriteLine(screen.Paint(row[^1].Text, row[^1].Ink));
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
