using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using XenNet.Cli.Commands;
using XenNet.Core.Configuration;

namespace XenNet.Cli;

/// <summary>
/// Parses a command line and runs its command. Whatever goes wrong is one line on stderr and an exit code.
/// </summary>
internal static class CommandLine
{
    private static readonly ParserConfiguration Parsing = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    /// <summary>The program's version.</summary>
    public static string Version => typeof(CommandLine).Assembly.GetName().Version!.ToString(3);

    /// <summary>Runs one command line.</summary>
    /// <returns>0 done, 1 failed, 2 wrong usage or configuration.</returns>
    public static int Run(
        string[] args, TextWriter output, TextWriter error, IReadOnlyDictionary<string, string> environment,
        Screen? screen = null, bool errorIsTerminal = false)
    {
        try
        {
            var code = Run(args, new Surroundings(output, error, environment, screen ?? Screen.None, errorIsTerminal));
            output.Flush();
            return code;
        }
        catch (IOException unwritten)
        {
            // Who closed a pipe has read enough, and knows.
            if (unwritten.HResult != StandardStream.BrokenPipe)
                error.WriteLine(TextTable.OneLine($"xennet: the output cannot be written: {unwritten.Message}"));
            return ExitCodes.Failed;
        }
    }

    private static int Run(string[] args, Surroundings surroundings)
    {
        var (output, error) = (surroundings.Output, surroundings.Error);
        var parsed = Tree(new CommandRunner(surroundings)).Parse(args, Parsing);
        try
        {
            if (parsed.Action is not HelpAndReferenceAction) RefuseWrongUsage(parsed);
            return parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,

                // serve minds signals itself and takes the time it needs; the others end at once.
                ProcessTerminationTimeout = null,
            }).GetAwaiter().GetResult();
        }
        catch (CommandException ended)
        {
            error.WriteLine(TextTable.OneLine(ended.Message));
            return ended.ExitCode;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("xennet: interrupted; what was asked for may or may not have been done");
            return ExitCodes.Failed;
        }
    }

    /// <summary>The table of commands: what is parsed, and what help, the manual and shells that complete words go by.</summary>
    public static RootCommand Tree(CommandRunner runner)
    {
        var root = new RootCommand("Addresses, names, DHCP, DNS and NAT for the guests of a Xen Dom0.")
        {
            HelpName = "xennet",
        };
        root.Directives.Clear();
        root.Options.Clear();
        root.Add(new HelpOption { Action = new HelpAndReferenceAction() });
        root.Add(new VersionOption { Action = new VersionAction() });
        Command[] commands =
        [
            HouseCommands.Serve(runner), HouseCommands.Hook(runner), NetworkCommands.New(runner),
            VifCommands.New(runner), MachineCommands.New(runner), ImportCommand.New(runner),
            ExportCommands.New(runner), HouseCommands.Check(runner),
            MacCommand.New(runner), StatusCommand.New(runner), ExplainCommand.New(runner), QueryCommand.New(runner), TraceCommand.New(runner), ReloadCommand.New(runner),
            ReconcileCommand.New(runner), ShadowCommand.New(runner), WatchCommand.New(runner),
            CompletionCommand.New(runner), CompletionCommand.Answer(runner, () => Tree(runner)),
        ];
        foreach (var command in commands) root.Add(command);
        root.Add(SharedOptions.NewJson());
        root.Add(SharedOptions.NewSocket());
        return root;
    }

    private static void RefuseWrongUsage(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = Path(parsed.CommandResult);
        if (WrongUsage(parsed, command) is { } wrong)
            throw CommandException.WrongUsage($"{wrong}; {path} --help tells how", path);
    }

    private static string? WrongUsage(ParseResult parsed, Command command)
    {
        var names = string.Join(", ", command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name));
        if (command.TreatUnmatchedTokensAsErrors && parsed.UnmatchedTokens is [var stray, ..])
        {
            return stray.StartsWith('-') ? $"{stray} is no option here"
                : names == "" ? $"'{stray}' is one argument too many"
                : NearestName.Of(stray, names.Split(", ")) is { } near && NearestName.Distance(stray, near) * 2 < stray.Length
                ? $"'{stray}' is no command; the nearest is {near}"
                : $"'{stray}' is no command; there are {names}";
        }

        // A name may begin so behind --, but an option that is mistyped must not become a machine.
        if (parsed.Tokens.All(token => token.Type != TokenType.DoubleDash)
            && Operands(parsed).FirstOrDefault(word => word.Length > 1 && word[0] == '-') is { } option)
        {
            return $"{option} is no option here";
        }

        // The library takes [name] in front for itself, and drops what it does not know.
        if (parsed.Tokens.FirstOrDefault(token => token.Type == TokenType.Directive) is { } directive)
            return $"'{directive.Value}' is no command";
        if (names != "" && parsed.Action is not VersionAction) return $"a command is missing; there are {names}";
        return parsed.Errors is [var first, ..] ? Words(first) : SharedOptions.Misuse(parsed);
    }

    private static IEnumerable<string> Operands(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(operand => operand.Tokens).Select(token => token.Value);

    // The library's own sentences end with a full stop and may have several lines.
    private static string Words(ParseError error) => error.SymbolResult switch
    {
        ArgumentResult { Tokens.Count: 0 } argument => $"{argument.Argument.HelpName ?? argument.Argument.Name} is missing",
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
            if (command.Options.Any(option => option.Name == SharedOptions.Config))
                output.Write(ConfigurationReference.Text());
            return ExitCodes.Done;
        }
    }
}
