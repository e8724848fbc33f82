using System.CommandLine;
using System.Text;
using XenNet.Cli;

namespace XenNet.Tests.Cli;

/// <summary>xennet(8), whose part about commands is made from their table.</summary>
public sealed class ManualTests
{
    private const string Begin = ".\\\" commands: begin\n";
    private const string End = ".\\\" commands: end\n";

    [Fact]
    public void The_manuals_commands_are_those_of_the_table()
    {
        var path = Path.Combine(Repository(), "debian", "xennet.8");
        var manual = File.ReadAllText(path);
        var begin = manual.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = manual.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, "debian/xennet.8 has lost the marks of its commands.");
        var made = Commands();
        Assert.True(System.Text.Ascii.IsValid(made), "groff does not understand all characters of the commands' descriptions.");

        // XENNET_REFRESH=1 writes it anew.
        if (Environment.GetEnvironmentVariable("XENNET_REFRESH") == "1")
            File.WriteAllText(path, manual[..begin] + made + manual[end..]);
        else
            Assert.Equal(made, manual[begin..end]);
    }

    private static string Commands()
    {
        var text = new StringBuilder();
        var surroundings = new Surroundings(TextWriter.Null, TextWriter.Null, new Dictionary<string, string>(), Screen.None, false);
        foreach (var command in CommandLine.Tree(new CommandRunner(surroundings)).Subcommands) Write(text, command, command.Name);
        return text.ToString();
    }

    private static void Write(StringBuilder text, Command command, string path)
    {
        if (command.Hidden) return;
        foreach (var sub in command.Subcommands) Write(text, sub, $"{path} {sub.Name}");
        if (command.Subcommands.Count > 0) return;
        var operands = string.Concat(command.Arguments.Select(argument =>
            $" \\fI{Roff(argument.HelpName ?? argument.Name)}\\fR{(argument.Arity.MaximumNumberOfValues > 1 ? "..." : "")}"));
        text.Append($".TP\n\\fB{Roff(path)}\\fR{operands}\n{Roff(command.Description!)}\n");
        var options = command.Options.Where(option => option.Name is not (SharedOptions.Json or SharedOptions.Socket or SharedOptions.Config)).ToList();
        if (options.Count == 0) return;
        text.Append(".RS\n");
        foreach (var option in options)
            text.Append($".TP\n\\fB{Roff(option.Name)}\\fR{(option.HelpName is { } word ? $" \\fI{Roff(word)}\\fR" : "")}\n{Roff(option.Description!)}\n");
        text.Append(".RE\n");
    }

    private static string Roff(string text)
    {
        // groff takes ASCII as it is, and not all of the rest.
        var escaped = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("…", "...", StringComparison.Ordinal);
        return escaped[0] is '.' or '\'' ? "\\&" + escaped : escaped;
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "XenNetServer.sln"))) folder = folder.Parent;
        return folder.FullName;
    }
}
