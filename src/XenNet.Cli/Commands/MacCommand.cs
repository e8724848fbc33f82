using System.CommandLine;
using System.Security.Cryptography;
using XenNet.Server.Control;
using XenNet.Wire;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet mac</c>: a MAC for a guest's description.</summary>
internal static class MacCommand
{
    public static Command New(CommandRunner runner)
    {
        var name = Operands.Name("NAME");
        name.Arity = ArgumentArity.ZeroOrOne;
        name.Description = "Print the MAC of this machine's first interface instead; if it has none, it gets a fresh one and keeps it.";
        return runner.Asking(
            new Command("mac", "Prints a fresh MAC in 00:16:3e that no machine has had and nobody else is given.") { name },
            printsJson: false,
            async (call, daemon) => call.Output.WriteLine(await Give(call, daemon, call.Optional(name))));
    }

    private static async Task<string> Give(CommandCall call, ControlClient daemon, string? machine)
    {
        try
        {
            var given = await daemon.Send(
                HttpMethod.Post, "v1/macs", new GiveMacModel(machine),
                ControlJson.Default.GiveMacModel, ControlJson.Default.MacModel);
            return given.Mac;
        }
        catch (CommandException missing) when (missing.IsUnanswered && machine is null)
        {
            // One in sixteen million for each machine there is: good enough to begin with, and said.
            call.Error.WriteLine(
                $"xennet: no daemon answers at {daemon.SocketPath}, so this MAC was compared with none; "
                + "ask again when it is up");
            return MacAddress.Xen((uint)RandomNumberGenerator.GetInt32(1 << 24)).ToString();
        }
    }
}
