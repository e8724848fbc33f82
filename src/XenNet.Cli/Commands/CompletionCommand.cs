using System.CommandLine;
using System.CommandLine.Completions;
using System.Reflection;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary>
/// <c>xennet completion</c>: what bash and zsh are told to ask, and <c>xennet complete</c>, what they then ask. Both go by
/// the table of commands, so that a new one is completed as soon as it is there.
/// </summary>
internal static class CompletionCommand
{
    /// <summary>Printed in place of words where a file's name is wanted: the shell knows those itself.</summary>
    private const string FilesMark = ":files";

    private const int WordsMost = 256;

    // Whoever pressed the key waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command New(CommandRunner runner)
    {
        var shell = new Argument<string>("SHELL")
        {
            Description = "bash or zsh.",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (text is not ("bash" or "zsh"))
                    result.AddError($"'{TextTable.OneLine(text)}' is no shell that is known; there are bash, zsh");
                return text;
            },
        };
        shell.CompletionSources.Add("bash", "zsh");
        return runner.Doing(new Command("completion", "Prints what bash or zsh needs to complete xennet's words.") { shell }, call =>
        {
            using var script = Assembly.GetExecutingAssembly().GetManifestResourceStream("xennet." + call.Value(shell))!;
            using var reader = new StreamReader(script);
            call.Output.Write(reader.ReadToEnd());
            return Task.FromResult(ExitCodes.Done);
        });
    }

    /// <summary>What the shells ask: the words so far behind <c>--</c>, the last one unfinished.</summary>
    /// <param name="runner">Runs it.</param>
    /// <param name="tree">All commands.</param>
    public static Command Answer(CommandRunner runner, Func<Command> tree)
    {
        var describe = new Option<bool>("--describe") { Arity = ArgumentArity.Zero };
        var words = new Argument<string[]>("WORD") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("complete", "Answers a shell that completes words.") { describe, words };
        command.Hidden = true;
        return runner.Doing(command, async call =>
        {
            foreach (var (word, description) in await Find(call, tree(), call.Value(words)))
            {
                call.Output.WriteLine(call.Value(describe) && description is not null
                    ? $"{word.Replace(":", "\\:", StringComparison.Ordinal)}:{description}"
                    : word);
            }

            return ExitCodes.Done;
        });
    }

    private static async Task<IEnumerable<(string Word, string? Description)>> Find(CommandCall call, Command root, string[] words)
    {
        var unfinished = words is [.., var last] ? last : "";
        IEnumerable<(string Word, string? Description)> found;
        if (Walk(root, words is [] ? [] : words[..^1]) is not { } place)
        {
            found = [];
        }
        else if (place.Option is { } option)
        {
            found = await Values(call, option.HelpName, option.GetCompletions(CompletionContext.Empty), place, unfinished);
        }
        else if (unfinished.StartsWith('-'))
        {
            found = place.Command.Options.Concat(root.Options.Where(one => one.Name == "--help"))
                .Select(one => (one.Name, one.Description)).DistinctBy(one => one.Name);
        }
        else if (place.Command.Subcommands.Count > 0)
        {
            found = place.Command.Subcommands.Where(sub => !sub.Hidden).Select(sub => (sub.Name, sub.Description));
        }
        else if (place.Argument is { } argument)
        {
            found = await Values(
                call, argument.HelpName ?? argument.Name, argument.GetCompletions(CompletionContext.Empty), place, unfinished);
        }
        else
        {
            found = [];
        }

        return found.Where(one => one.Word == FilesMark || one.Word.StartsWith(unfinished, StringComparison.OrdinalIgnoreCase))
            .Take(WordsMost);
    }

    // Where in the table the words so far lead; null when nowhere.
    private static Place? Walk(Command root, string[] words)
    {
        var command = root;

        // What may stand before the verb is known behind it, too.
        List<Option> options = [.. root.Options];
        var operands = 0;
        for (var at = 0; at < words.Length; at++)
        {
            var word = words[at];
            var known = options.Concat(command.Options);
            if (known.FirstOrDefault(one => one.Name == word || one.Aliases.Contains(word)) is { } option)
            {
                if (option.Arity.MaximumNumberOfValues == 0) continue;
                if (at + 1 == words.Length) return new Place(command, option, null);
                at++;
            }
            else if (!word.StartsWith('-') && command.Subcommands.FirstOrDefault(sub => sub.Name == word) is { } next)
            {
                command = next;
                options.AddRange(next.Options);
            }
            else if (command.Subcommands.Count > 0)
            {
                return null;
            }
            else if (!word.StartsWith('-'))
            {
                operands++;
            }
        }

        var argument = operands < command.Arguments.Count ? command.Arguments[operands]
            : command.Arguments is [.., { Arity.MaximumNumberOfValues: > 1 } many] ? many
            : null;
        return new Place(command, null, argument);
    }

    // By what the table calls it; names that only the daemon knows are asked of it.
    private static async Task<IEnumerable<(string, string?)>> Values(
        CommandCall call, string? name, IEnumerable<CompletionItem> known, Place place, string unfinished)
    {
        var listed = known.Select(item => (item.Label, (string?)null)).ToList();
        if (listed.Count > 0) return listed;
        if (name is "FILE" or "PATH") return [(FilesMark, null)];
        var wantsVif = name is not null && name.Contains("VIF", StringComparison.Ordinal);
        var wantsMachine = name is "NAME" or "OLD" or "MACHINE|VIF" or "NAME|ADDRESS|MAC|VIF" && place.Command.Name != "add";
        if (!wantsVif && !wantsMachine) return [];
        try
        {
            return await Ask(call, wantsVif, wantsMachine, unfinished).WaitAsync(Patience);
        }
        catch (Exception without) when (without is CommandException or TimeoutException)
        {
            // Without a daemon there are no names.
            return [];
        }
    }

    private static async Task<IEnumerable<(string, string?)>> Ask(
        CommandCall call, bool wantsVif, bool wantsMachine, string unfinished)
    {
        var found = new List<(string, string?)>();
        using var daemon = call.Daemon();
        if (wantsVif)
        {
            var vifs = await daemon.Get("v1/vifs", ControlJson.Default.IReadOnlyListVifModel);
            found.AddRange(vifs.Select(vif => (vif.Vif, (string?)$"{vif.Machine}, {vif.Address}")));
        }

        if (wantsMachine)
        {
            var machines = await daemon.Get(
                "v1/machines" + ControlClient.Query(("name", unfinished + "*")), ControlJson.Default.IReadOnlyListMachineModel);
            found.AddRange(machines.Select(machine => (machine.Name, (string?)machine.Interfaces[0].Address)));
        }

        return found;
    }

    // Where the unfinished word stands.
    private sealed record Place(Command Command, Option? Option, Argument? Argument);
}
