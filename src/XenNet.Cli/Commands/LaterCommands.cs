using System.CommandLine;

namespace XenNet.Cli.Commands;

/// <summary>Commands whose names are fixed and whose work comes with later versions.</summary>
internal static class LaterCommands
{
    public static IEnumerable<Command> New() =>
    [
        CommandRunner.Later("watch", "Prints what happens as it happens."),
        CommandRunner.Later("trace", "Follows one vif's start step by step."),
    ];
}
