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
    /// <summary>True of commands that can be run anywhere, given a Dom0.</summary>
    public bool IsRun => Language == "sh" && !IsElsewhere;

    /// <summary>True when its first line says what it needs that is not everywhere: <c># on a Dom0, as root</c>.</summary>
    public bool IsElsewhere => Lines is [var first, ..] && first.StartsWith("# on ", StringComparison.Ordinal);
}

/// <summary>A command as a shell reads it.</summary>
/// <param name="Line">Where it stands.</param>
/// <param name="Text">It, with the lines that belong to it.</param>
/// <param name="Code">What it exits with, as <c># exit 2</c> behind it says; 0 without.</param>
internal sealed record ManualCommand(int Line, string Text, int Code);

/// <summary>README.md, or a page of docs/.</summary>
internal sealed partial class ManualPage
{
    private ManualPage(string text) => Text = text;

    /// <summary>The names of all pages, relative to the repository.</summary>
    public static string[] All { get; } =
    [
        "README.md", .. Directory.GetFiles(Path.Combine(RigScript.Repository, "docs"), "*.md")
            .Select(file => "docs/" + Path.GetFileName(file)).Order(StringComparer.Ordinal),
    ];

    public string Text { get; }

    public static ManualPage Read(string name) => new(File.ReadAllText(Path.Combine(RigScript.Repository, name)));

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
                yield return new ManualCommand(
                    block.Line + begin, text, code.Success ? code.Groups[1].Value[0] - '0' : 0);
            }
        }
    }

    [GeneratedRegex(@"<<'(\w+)'")]
    private static partial Regex HereDocument();

    [GeneratedRegex(@"# exit ([0-9])\b")]
    private static partial Regex ExitCode();
}
