using System.CommandLine;

namespace XenNet.Cli;

/// <summary>Which columns of a list are wanted, in which order, and whether their names are.</summary>
/// <param name="Names">As given; null for all.</param>
/// <param name="WithoutHeader">True to leave the names out.</param>
internal sealed record ColumnChoice(IReadOnlyList<string>? Names, bool WithoutHeader)
{
    private const string ColumnsName = "--columns";
    private const string NoHeaderName = "--no-header";

    /// <summary>Gives a list its options.</summary>
    /// <param name="command">The list.</param>
    /// <param name="header">The columns that it has.</param>
    public static void AddTo(Command command, string[] header)
    {
        var columns = new Option<string?>(ColumnsName)
        {
            HelpName = "NAMES",
            Description = $"Only these columns, in this order: of {string.Join(',', Lower(header))}.",
        };
        columns.CompletionSources.Add([.. Lower(header)]);
        command.Add(columns);
        command.Add(new Option<bool>(NoHeaderName)
        {
            Description = "Leave out the line with the columns' names.",
            Arity = ArgumentArity.Zero,
        });
    }

    /// <summary>What a call says.</summary>
    /// <param name="parsed">The call.</param>
    /// <param name="speaker">The command, for what is wrong.</param>
    /// <param name="header">The columns that there are.</param>
    /// <exception cref="CommandException">There is no such column.</exception>
    public static ColumnChoice Of(ParseResult parsed, string speaker, string[] header)
    {
        var names = parsed.GetValue<string?>(ColumnsName)?
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var unknown = names?.FirstOrDefault(name => !header.Contains(name, StringComparer.OrdinalIgnoreCase));
        return unknown is null && names is not []
            ? new ColumnChoice(names, parsed.GetValue<bool>(NoHeaderName))
            : throw CommandException.WrongUsage(
                $"'{TextTable.OneLine(unknown ?? "")}' is no column; there are {string.Join(", ", Lower(header))}", speaker);
    }

    /// <summary>Where the wanted columns are among all.</summary>
    public int[] Places(string[] header) => Names is null
        ? [.. Enumerable.Range(0, header.Length)]
        : [.. Names.Select(name => Array.FindIndex(header, known => name.Equals(known, StringComparison.OrdinalIgnoreCase)))];

    private static IEnumerable<string> Lower(string[] header) => header.Select(name => name.ToLowerInvariant());
}
