namespace XenNet.Cli;

/// <summary>How words look on a terminal.</summary>
internal enum Ink
{
    /// <summary>As they are.</summary>
    Plain,

    /// <summary>A heading.</summary>
    Strong,

    /// <summary>All is well.</summary>
    Good,

    /// <summary>Somebody should look.</summary>
    Warning,

    /// <summary>Something does not work.</summary>
    Bad,

    /// <summary>Beside the point.</summary>
    Faint,
}

/// <summary>What output appears on.</summary>
/// <param name="IsTerminal">False for a file or a pipe, which gets all of it, and plain.</param>
/// <param name="HasColours">False also where <c>NO_COLOR</c> is set, or the terminal has none.</param>
/// <param name="Columns">Characters of a line.</param>
/// <param name="Lines">Lines that are seen at once.</param>
internal readonly record struct Screen(bool IsTerminal, bool HasColours, int Columns, int Lines)
{
    /// <summary>The least that is reckoned with.</summary>
    public const int ColumnsLeast = 80;

    /// <summary>The least that is reckoned with.</summary>
    public const int LinesLeast = 24;

    /// <summary>No terminal.</summary>
    public static Screen None { get; } = new(false, false, int.MaxValue, int.MaxValue);

    /// <summary>The terminal of standard output, if it is one.</summary>
    public static Screen OfOutput(IReadOnlyDictionary<string, string> environment)
    {
        if (Console.IsOutputRedirected) return None;
        var (columns, lines) = (ColumnsLeast, LinesLeast);
        try
        {
            (columns, lines) = (Console.WindowWidth, Console.WindowHeight);
        }
        catch (IOException)
        {
            // A terminal that does not tell its size.
        }

        return new Screen(true, MayColour(environment), Math.Max(columns, ColumnsLeast), Math.Max(lines, LinesLeast));
    }

    /// <summary>False where colours are not wanted (no-color.org), or not known.</summary>
    public static bool MayColour(IReadOnlyDictionary<string, string> environment) =>
        (!environment.TryGetValue("NO_COLOR", out var none) || none == "")
        && environment.TryGetValue("TERM", out var terminal) && terminal is not ("" or "dumb");

    /// <summary>The text in its colour, where there are colours.</summary>
    public string Paint(string text, Ink ink) => !HasColours || ink == Ink.Plain || text == "" ? text : ink switch
    {
        Ink.Strong => $"\u001b[1m{text}\u001b[0m",
        Ink.Good => $"\u001b[32m{text}\u001b[0m",
        Ink.Warning => $"\u001b[33m{text}\u001b[0m",
        Ink.Bad => $"\u001b[31m{text}\u001b[0m",
        _ => $"\u001b[2m{text}\u001b[0m",
    };

    /// <summary>The text as far as a line has room; that it goes on is seen.</summary>
    public string Fit(string text) => !IsTerminal || text.Length <= Columns ? text : text[..(Columns - 1)] + "…";
}
