using System.CommandLine;

namespace XenNet.Cli;

/// <summary>Joins commands to what they do. One for each run of the program.</summary>
internal sealed class CommandRunner(Surroundings surroundings)
{
    /// <summary>A command that has only others beneath it.</summary>
    public static Command Group(string name, string description, params Command[] commands)
    {
        var group = new Command(name, description);
        foreach (var command in commands) group.Add(command);
        foreach (var shared in (Option[])[SharedOptions.NewJson(), SharedOptions.NewSocket()])
        {
            // A group has an option only when one of its commands has; it is a place to write it, not to find it.
            shared.Hidden = true;
            if (commands.Any(command => command.Options.Any(option => option.Name == shared.Name))) group.Add(shared);
        }

        return group;
    }

    /// <summary>A command that asks the daemon.</summary>
    public Command Asking(Command command, bool printsJson, Func<CommandCall, ControlClient, Task> run)
    {
        if (printsJson) command.Add(SharedOptions.NewJson());
        command.Add(SharedOptions.NewSocket());
        command.SetAction(async (parsed, cancel) =>
        {
            var call = new CommandCall(parsed, surroundings, cancel);
            using var daemon = call.Daemon();
            await run(call, daemon);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>A command that does its work in this process and says how it ended.</summary>
    public Command Doing(Command command, Func<CommandCall, Task<int>> run)
    {
        command.SetAction((parsed, cancel) => run(new CommandCall(parsed, surroundings, cancel)));
        return command;
    }
}
