using System.CommandLine;

namespace XenNet.Cli.Commands;

/// <summary>Commands whose names are fixed and whose work comes with later versions.</summary>
internal static class LaterCommands
{
    public static IEnumerable<Command> New(CommandRunner runner) =>
    [
        runner.Later("explain", "Says why a name, address, MAC or vif is answered as it is."),
        runner.Later("watch", "Prints what happens as it happens."),
        runner.Later("trace", "Follows one vif's start step by step."),
        runner.Later("reload", "Reads the configuration again."),
        runner.Later("reconcile", "Compares what is up with what should be, and mends it."),
        runner.Later("shadow", "Compares answers with those of another name server."),
    ];
}
