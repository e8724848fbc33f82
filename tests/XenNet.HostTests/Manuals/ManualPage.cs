using System.Text.RegularExpressions;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Manuals;

/// <summary>A block of a manual between fences.</summary>
/// <param name="Heading">What it stands under.</param>
/// <param name="Language">As the fence has it: <c>sh</c>, <c>toml</c>, or nothing.</param>
/// <param name="Line">Where its first line stands.</param>
/// <param name="Lines">What it holds.</param>
internal sealed record ManualBlock(string Heading, string Language, int Line, string[] Lines)
{
    /// <summary>True of commands that are typed on a Dom0.</summary>
    public bool IsTyped => Language == "sh" && !IsElsewhere;

    /// <summary>True when its first line says that they are typed on another machine.</summary>
    public bool IsElsewhere => Lines is [var first, ..] && first.StartsWith("# on a ", StringComparison.Ordinal);

    /// <summary>True when its first line says that they are typed in the sources.</summary>
    public bool IsInSources => Lines is [var first, ..] && first.StartsWith("# in the sources", StringComparison.Ordinal);
}

/// <summary>A command as a shell reads it.</summary>
/// <param name="Line">Where it stands.</param>
/// <param name="Text">It, with the lines that belong to it.</param>
/// <param name="Code">What it exits with, as <c># exit 2</c> behind it says; 0 without.</param>
/// <param name="IsEndless">It is ended by Ctrl-C, and a comment behind it says so.</param>
/// <param name="IsInSources">It is typed where the sources are.</param>
internal sealed record ManualCommand(int Line, string Text, int Code, bool IsEndless, bool IsInSources);

/// <summary>README.md, ARCHITECTURE.md, a page of docs/, the README of a sample, or xennet(8).</summary>
internal sealed partial class ManualPage
{
    private const string ManPage = "debian/xennet.8";

    private ManualPage(string text) => Text = text;

    /// <summary>The names of all pages, relative to the repository.</summary>
    public static string[] All { get; } =
    [
        "README.md", "ARCHITECTURE.md", ManPage, .. Below("docs", "*.md"), .. Below("samples", "README.md"),
    ];

    public string Text { get; }

    public static ManualPage Read(string name)
    {
        var text = File.ReadAllText(Path.Combine(RigScript.Repository, name));
        return new ManualPage(name == ManPage ? AsMarkdown(text) : text);
    }

    /// <summary>What stands in sentences and tables as code, with the line that it begins on.</summary>
    public IEnumerable<(int Line, string Text)> InlineCode()
    {
        var sentences = Fenced().Replace(Text, block => new string('\n', block.Value.Count(letter => letter == '\n')));
        return Code().Matches(sentences).Select(code => (
            sentences.AsSpan(0, code.Index).Count('\n') + 1, Space().Replace(code.Groups[1].Value.Trim(), " ")));
    }

    /// <summary>Those of it that are commands.</summary>
    public IEnumerable<InlineCommand> InlineCommands() =>
        InlineCode().Select(code => InlineCommand.Of(code.Line, code.Text)).OfType<InlineCommand>();

    /// <summary>Its blocks from top to bottom.</summary>
    public IEnumerable<ManualBlock> Blocks()
    {
        List<string>? lines = null;
        var (heading, language, at, indent) = ("", "", 0, 0);
        foreach (var (line, number) in Text.Split('\n').Select((line, i) => (line, i + 1)))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                if (lines is null)
                {
                    (lines, at, indent) = ([], number + 1, line.Length - line.TrimStart().Length);
                    language = line.Trim()[3..];
                    continue;
                }

                yield return new ManualBlock(heading, language, at, [.. lines]);
                lines = null;
            }

            if (lines is null && line.StartsWith('#'))
            {
                heading = line.TrimStart('#', ' ');
            }

            lines?.Add(line.Length >= indent ? line[indent..] : line.TrimStart());
        }

        Assert.Null(lines);
    }

    /// <summary>The commands of a block; those of several lines (<c>\</c>, <c>&lt;&lt;'END'</c>) are one.</summary>
    public static IEnumerable<ManualCommand> CommandsOf(ManualBlock block)
    {
        for (var i = 0; i < block.Lines.Length; i++)
        {
            var (begin, text) = (i, block.Lines[i]);
            while (text.EndsWith('\\') && i + 1 < block.Lines.Length)
            {
                text += "\n" + block.Lines[++i];
            }

            if (HereDocument().Match(text) is { Success: true } here)
            {
                do
                {
                    text += "\n" + block.Lines[++i];
                }
                while (block.Lines[i] != here.Groups[1].Value);
            }

            if (text.Trim() != "" && !text.StartsWith('#'))
            {
                var code = ExitCode().Match(text);
                yield return new ManualCommand(block.Line + begin, text, code.Success ? code.Groups[1].Value[0] - '0' : 0,
                    text.Contains("until Ctrl-C", StringComparison.Ordinal), block.IsInSources);
            }
        }
    }

    private static IEnumerable<string> Below(string folder, string pattern) =>
        Directory.GetFiles(Path.Combine(RigScript.Repository, folder), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(RigScript.Repository, file)).Order(StringComparer.Ordinal);

    // Its examples are a block of commands, and what it has in bold that is more than a word is code.
    private static string AsMarkdown(string page) => Bold().Replace(page, "`$1`").Replace(".nf\n", "```sh\n", StringComparison.Ordinal)
        .Replace(".fi\n", "```\n", StringComparison.Ordinal).Replace("\\-", "-", StringComparison.Ordinal);

    [GeneratedRegex("""^\.BR? "?(xennet [^"\n]+)"?.*$""", RegexOptions.Multiline)]
    private static partial Regex Bold();

    [GeneratedRegex(@"^ *```.*?^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"<<'(\w+)'")]
    private static partial Regex HereDocument();

    [GeneratedRegex(@"# exit ([0-9])\b")]
    private static partial Regex ExitCode();
}
