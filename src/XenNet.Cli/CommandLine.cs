using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using XenNet.Cli.Commands;
using XenNet.Core.Configuration;

namespace XenNet.Cli;

/// <summary>Parses a command line and runs its command. Whatever goes wrong is one line on stderr and an exit code.</summary>
internal static class CommandLine
{
    private static readonly ParserConfiguration Parsing = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>The program's version.</summary>
    public static string Version => typeof(CommandLine).Assembly.GetName().Version!.ToString(3);

    /// <summary>Runs one command line.</summary>
    /// <returns>0 done, 1 failed, 2 wrong usage or configuration.</returns>
    public static int Run(
        string[] args, TextWriter output, TextWriter error, IReadOnlyDictionary<string, string> environment)
    {
        var parsed = Tree(new CommandRunner(new Surroundings(output, error, environment))).Parse(args, Parsing);
        try
        {
            if (parsed.Action is not (HelpAndReferenceAction or VersionAction) && WrongUsage(parsed) is { } wrong)
                throw CommandException.WrongUsage(wrong);
            return parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
            }).GetAwaiter().GetResult();
        }
        catch (CommandException ended)
        {
            error.WriteLine(TextTable.OneLine($"xennet: {ended.Message}"));
            return ended.ExitCode;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("xennet: interrupted; what was asked for may or may not have been done");
            return ExitCodes.Failed;
        }
    }

    private static RootCommand Tree(CommandRunner runner)
    {
        var root = new RootCommand("Addresses, names, DHCP, DNS and NAT for the guests of a Xen Dom0.") { HelpName = "xennet" };
        root.Directives.Clear();
        root.Options.Clear();
        root.Add(new HelpOption { Action = new HelpAndReferenceAction() });
        root.Add(new VersionOption { Action = new VersionAction() });
        Command[] commands =
        [
            HouseCommands.Serve(runner), HouseCommands.Hook(runner), NetworkCommands.New(runner), VifCommands.New(runner),
            MachineCommands.New(runner), ImportCommand.New(runner), ExportCommands.New(runner), HouseCommands.Check(runner),
            MacCommand.New(runner), StatusCommand.New(runner), QueryCommand.New(runner), .. LaterCommands.New(runner),
        ];
        foreach (var command in commands) root.Add(command);
        foreach (var shared in (Option[])[SharedOptions.NewJson(), SharedOptions.NewSocket()])
        {
            shared.Hidden = true;
            root.Add(shared);
        }

        return root;
    }

    private static string? WrongUsage(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = Path(parsed.CommandResult);
        var names = string.Join(", ", command.Subcommands.Select(sub => sub.Name));
        var help = $"{path} --help tells how";
        if (command.TreatUnmatchedTokensAsErrors && parsed.UnmatchedTokens is [var stray, ..])
        {
            if (stray.StartsWith('-')) return $"{path} has no option {stray}; {help}";
            return names == ""
                ? $"{path} takes no '{stray}'; {help}"
                : $"{path} has no command '{stray}'; it has {names}";
        }

        if (names != "" && command.Action is null) return $"{path} needs a command: {names}";
        if (parsed.Errors is [var first, ..]) return $"{Words(first, path)}; {help}";
        return SharedOptions.Misuse(parsed) is { } misuse ? $"{misuse}; {help}" : null;
    }

    // The library's sentences end with a full stop and may have several lines.
    private static string Words(ParseError error, string path) => error.SymbolResult switch
    {
        ArgumentResult { Tokens.Count: 0 } argument => $"{path} needs {argument.Argument.Name}",
        OptionResult { Tokens.Count: 0 } option => $"{option.Option.Name} needs {option.Option.HelpName ?? "a value"}",
        OptionResult { IdentifierTokenCount: > 1 } option => $"{option.Option.Name} is given twice",
        _ => error.Message.Split('\n')[0].TrimEnd('.', '\r'),
    };

    private static string Path(CommandResult at) => at.Parent is CommandResult parent
        ? $"{Path(parent)} {at.Command.Name}"
        : "xennet";

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"xennet {Version}");
            return ExitCodes.Done;
        }
    }

    /// <summary>Help, and below that of a command with <c>--config</c> the table of keys.</summary>
    private sealed class HelpAndReferenceAction : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var command = parseResult.CommandResult.Command;
            var output = parseResult.InvocationConfiguration.Output;
            new HelpAction().Invoke(parseResult);
            if (command.Options.Any(option => option.Name == SharedOptions.Config)) output.Write(ConfigurationReference.Text());
            return ExitCodes.Done;
        }
    }
}
