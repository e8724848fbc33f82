using System.Collections.Immutable;
using System.CommandLine;
using XenNet.Core.Configuration;
using XenNet.Server.Boot;
using XenNet.Server.Configuration;
using XenNet.Server.Control;
using XenNet.Server.Dhcp;
using XenNet.Server.Dns;
using XenNet.Server.Dns.Local;
using XenNet.Server.Hook;
using XenNet.Server.Hosting;
using XenNet.Server.Network;
using XenNet.Server.Registry;

namespace XenNet.Cli.Commands;

/// <summary>
/// <c>serve</c>, <c>hook</c> and <c>check</c>: the commands that are the server, or look at what it is given.
/// </summary>
internal static class HouseCommands
{
    public static Command Serve(CommandRunner runner) => runner.Doing(
        new Command("serve", "Serves until it is stopped, in the foreground.") { SharedOptions.NewConfig() },
        async call =>
        {
            if (call.Configuration() is { } configuration)
                return await XenNetHost.RunAsync(configuration, call.ConfigurationSource, call.Error, call.Cancel);

            XenNetHost.RefuseConfiguration();
            return ExitCodes.WrongUsage;
        });

    public static Command Hook(CommandRunner runner)
    {
        var call = new Argument<string[]>("CALL")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "online, offline, add or remove, and type_if=vif or type_if=tap.",
        };
        return runner.Doing(
            new Command("hook", "The vif-script: what xl runs for each interface; also by the name vif-nat-dns.")
            {
                call,
            },
            run => Task.FromResult(HookProgram.Run(
                run.Value(call), run.Environment.GetValueOrDefault, ConfigurationFile.Read(path: null).Configuration, run.Error.WriteLine)));
    }

    public static Command Check(CommandRunner runner) => runner.Doing(
        new Command("check", "Reads the configuration and says what is wrong with it, and what else needs attention.")
        {
            SharedOptions.NewConfig(),
            SharedOptions.NewSocket(),
        }, async call =>
        {
            if (call.Configuration() is not { } configuration) return ExitCodes.WrongUsage;
            call.Output.WriteLine(TextTable.OneLine(call.ConfigurationPraise()));
            var said = await AskDaemon(call, configuration);
            if (said is null) CheckNetwork(call, configuration);
            CheckNames(call, configuration, said ?? ImmutableHashSet<string>.Empty);
            return ExitCodes.Done;
        });

    // Those of the file as it is now, which may not be what the daemon has read.
    private static void CheckNames(CommandCall call, XenNetConfiguration configuration, IReadOnlySet<string> said)
    {
        var machines = RegistryGlance.TryRead(configuration, out var refusal);
        if (refusal is not null) call.Output.WriteLine(TextTable.OneLine($"The machines were not looked at: {refusal}"));
        foreach (var finding in ListenCheck.Findings(configuration).Concat(LocalDataCheck.Findings(configuration, machines))
            .Concat(DhcpFiles.Findings(configuration)).Concat(BootRootCheck.Findings(configuration)))
        {
            if (!said.Contains(finding)) call.Output.WriteLine(TextTable.OneLine($"{finding}."));
        }

        foreach (var finding in BootCheck.Findings(configuration, machines))
        {
            call.Output.WriteLine(TextTable.OneLine($"{finding}."));
        }
    }

    private static void CheckNetwork(CommandCall call, XenNetConfiguration configuration)
    {
        if (!NetworkSetup.TryOpen(configuration, out var setup, out var refusal))
        {
            call.Output.WriteLine(TextTable.OneLine($"The network was not looked at: {refusal}"));
            return;
        }

        using (setup)
        {
            // What is missing is no fault before serve has put it there; network status tells it.
            foreach (var finding in setup!.Status(vifs: null).Findings)
            {
                if (finding.Standing == NetworkStanding.Warning) NetworkCommands.Write(call.Output, finding);
            }
        }
    }

    // Sound in itself, it may still ask for what a daemon that serves by another cannot change.
    private static async Task CheckReload(CommandCall call, ControlClient daemon)
    {
        if (call.ConfigurationText() is not { } text) return;
        var outcome = await daemon.Send(
            HttpMethod.Post, "v1/configuration/check", text, ControlJson.Default.ConfigurationTextModel,
            ControlJson.Default.ReloadModel);
        foreach (var error in outcome.Errors) call.Output.WriteLine(TextTable.OneLine($"! reload would refuse it: {error}"));
        if (outcome.Result == "possible") call.Output.WriteLine("It is not in force yet: xennet reload.");
    }

    // A daemon that serves looks at the network itself. What it said; null when none runs.
    private static async Task<IReadOnlySet<string>?> AskDaemon(CommandCall call, XenNetConfiguration configuration)
    {
        using var daemon = call.Daemon();
        try
        {
            var status = await daemon.Get("v1/status", ControlJson.Default.StatusModel);
            StatusCommand.Write(call.Output, status.Findings);
            if (daemon.SocketPath == configuration.ControlSocket) await CheckReload(call, daemon);
            return status.Findings.Select(finding => finding.What).ToHashSet();
        }
        catch (CommandException missing) when (missing.IsUnanswered)
        {
            call.Output.WriteLine(missing.IsDenied
                ? TextTable.OneLine($"The daemon was not asked: {missing.Sentence}") : "No daemon is running.");
            return null;
        }
    }
}
