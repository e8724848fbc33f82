using System.Text.RegularExpressions;
using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Manuals;

/// <summary>
/// The manuals do not lie: blocks of commands are run as they stand, those that need another place (<c># on …</c>) are looked
/// through word by word, and configurations are read.
/// </summary>
public sealed partial class ManualTests
{
    // Programs of a Dom0 or of a packager that are not here.
    private static readonly string[] ElsewhereOnly =
    [
        "apt", "journalctl", "promtool", "resolvectl", "ssh", "systemctl", "systemd-analyze", "systemd-sysusers", "xenstore-read",
        "xl",
    ];

    private static readonly string[] EndsOfCommand = [" #", "  ", "&&", "|", ">", "\\\n"];

    public static TheoryData<string> Pages => [.. ManualPage.All];

    public static TheoryData<string> PagesToRun => [.. ManualPage.All.Where(name => name != FirstHourTests.Page
        && ManualPage.Read(name).Blocks().Any(block => block.IsRun))];

    [Theory]
    [MemberData(nameof(PagesToRun))]
    public void Commands_do_what_the_page_says(string name)
    {
        using var dom0 = new ManualDom0();
        dom0.Run("ce", 5);
        dom0.Run("web", 6);

        Assert.All(dom0.Do(name, heading: null), done => Assert.Equal(done.Command.Code, done.Outcome.Code));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_that_need_another_place_are_there(string name)
    {
        using var nowhere = NetworkNamespace.Create("manual");
        foreach (var (line, text) in Elsewhere(name))
        {
            var wrong = Wrong(nowhere, Words(text));
            Assert.True(wrong is null, $"{name}:{line}: {text}: {wrong}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Configurations_are_read_without_an_error(string name)
    {
        using var nowhere = NetworkNamespace.Create("manual");
        foreach (var block in ManualPage.Read(name).Blocks().Where(block => block.Language == "toml"))
        {
            var file = Path.GetTempFileName();
            File.WriteAllLines(file, block.Lines);
            var outcome = Outcome.Of(nowhere.TryExec("env", "XENNET_SOCKET=/nonexistent", XenHost.Program, "check", "--config", file));
            File.Delete(file);

            Assert.True(outcome.Code != 2, $"{name}:{block.Line}: {outcome}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Files_that_are_named_are_there(string name)
    {
        var missing = OurPath().Matches(ManualPage.Read(name).Text).Select(path => path.Value.TrimEnd('.', '/'))
            .Where(path => !path.Contains('*', StringComparison.Ordinal) && !Exists(path));

        Assert.Empty(missing);
    }

    // Also our own commands in blocks of no language, which show more than commands.
    private static IEnumerable<(int Line, string Text)> Elsewhere(string name)
    {
        foreach (var block in ManualPage.Read(name).Blocks())
        {
            if (block is { Language: "sh", IsElsewhere: true })
            {
                foreach (var command in ManualPage.CommandsOf(block))
                    yield return (command.Line, command.Text);
            }
            else if (block.Language is "" or "console")
            {
                foreach (var (line, at) in block.Lines.Select((line, i) => (line, block.Line + i)))
                {
                    if (OurPrompt().Match(line) is { Success: true } ours)
                        yield return (at, ours.Groups[1].Value);
                }
            }
        }
    }

    // Up to where the shell goes on with something else.
    private static string[] Words(string command) =>
        [.. Word().Matches(command.Split(EndsOfCommand, StringSplitOptions.None)[0]).Select(word => word.Value.Trim('\'', '"'))];

    // Null when there is nothing wrong with a command.
    private static string? Wrong(NetworkNamespace nowhere, string[] words) => words switch
    {
        ["xennet", "serve", ..] => null,
        ["xennet", .. var ours] => Usage(nowhere, ours),
        ["bash", var script, ..] => Command.Try("bash", "-n", Path.Combine(RigScript.Repository, script)).Complaint is { Length: > 0 } wrong
            ? wrong : null,
        ["systemctl" or "systemd-analyze" or "journalctl", .. var units] => units.FirstOrDefault(
            unit => unit.StartsWith("xennet", StringComparison.Ordinal) && !IsUnit(unit)),
        [var program, ..] when ElsewhereOnly.Contains(program) => null,
        [var program, ..] => Command.Try("bash", "-c", "command -v -- " + program).Code == 0 ? null : "there is no such program",
        [] => "there is no command",
    };

    // Nobody is there to answer: what comes of it is the command line's own opinion.
    private static string? Usage(NetworkNamespace nowhere, string[] arguments)
    {
        var (_, _, complaint) = nowhere.TryExec("env", ["XENNET_SOCKET=/nonexistent", XenHost.Program, .. arguments]);
        return complaint.Contains("--help tells how", StringComparison.Ordinal) ? complaint : null;
    }

    private static bool IsUnit(string unit) => Exists("samples/systemd/" + unit) || Exists($"samples/systemd/{unit}.service");

    private static bool Exists(string path) => Path.Exists(Path.Combine(RigScript.Repository, path));

    [GeneratedRegex(@"'[^']*'|""[^""]*""|\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(?:[#$] )?(xennet [a-z-].*)$")]
    private static partial Regex OurPrompt();

    [GeneratedRegex(@"(?<![\w./-])(?:docs|samples|benchmarks|tests)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*/]")]
    private static partial Regex OurPath();
}
