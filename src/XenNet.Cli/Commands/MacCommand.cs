using System.CommandLine;
using System.Security.Cryptography;
using XenNet.Server.Control;
using XenNet.Wire;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet mac</c>: a fresh MAC for a guest's description.</summary>
internal static class MacCommand
{
    private const int AttemptsMost = 1000;

    public static Command New(CommandRunner runner)
    {
        var name = Operands.Name("NAME");
        name.Arity = ArgumentArity.ZeroOrOne;
        name.Description = "Keep it as the MAC of the first interface of this machine, which must be known.";
        return runner.Asking(
            new Command("mac", "Prints a fresh MAC in 00:16:3e that no machine has had.") { name }, printsJson: false,
            async (call, daemon) =>
            {
                var machine = call.Optional(name);
                var mac = Fresh(await Taken(call, daemon, isNeeded: machine is not null));
                if (machine is not null) await Keep(daemon, machine, mac);
                call.Output.WriteLine(mac);
            });
    }

    private static async Task<HashSet<string>> Taken(CommandCall call, ControlClient daemon, bool isNeeded)
    {
        try
        {
            var registry = await daemon.Get("v1/registry", ControlJson.Default.RegistryModel);
            var interfaces = registry.Machines.SelectMany(machine => machine.Interfaces);
            return [.. interfaces.Select(known => known.Mac).OfType<string>()];
        }
        catch (CommandException missing) when (missing.IsNoDaemon && !isNeeded)
        {
            // One in sixteen million for each machine there is: good enough to begin with, and said.
            call.Error.WriteLine(
                $"xennet: no daemon answers at {daemon.SocketPath}, so this MAC was compared with none; "
                + "ask again when it is up");
            return [];
        }
    }

    private static MacAddress Fresh(HashSet<string> taken)
    {
        for (var attempt = 0; attempt < AttemptsMost; attempt++)
        {
            var mac = MacAddress.Xen((uint)RandomNumberGenerator.GetInt32(1 << 24));
            if (!taken.Contains(mac.ToString())) return mac;
        }

        throw CommandException.Failed("no free MAC was found in 00:16:3e; forget machines that are no more");
    }

    private static Task<MachineModel> Keep(ControlClient daemon, string machine, MacAddress mac) => daemon.Send(
        HttpMethod.Patch, "v1/machines/" + ControlClient.Escape(machine),
        new Dictionary<string, string> { ["mac"] = mac.ToString() },
        ControlJson.Default.IReadOnlyDictionaryStringString, ControlJson.Default.MachineModel);
}
