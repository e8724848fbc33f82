using System.CommandLine;
using System.Text;
using XenNet.Server.Control;
using XenNet.Wire;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet export …</c>: the registry for other programs, copied as it comes.</summary>
internal static class ExportCommands
{
    public static Command New(CommandRunner runner) => CommandRunner.Group(
        "export", "Prints the registry for other programs.",
        Copying(runner, "hosts", "Every address with its names, in the form of /etc/hosts.", "v1/export/hosts"),
        Copying(runner, "ethers", "Every known MAC with its address, in the form of /etc/ethers.", "v1/export/ethers"),
        Zone(runner),
        Json(runner));

    private static Command Copying(CommandRunner runner, string name, string description, string path) =>
        runner.Asking(
            new Command(name, description), printsJson: false, (call, daemon) => daemon.Copy(path, call.Output));

    private static Command Json(CommandRunner runner) => runner.Asking(
        new Command("json", "Every machine, up or down, with its interfaces and MACs: what import --registry takes."),
        printsJson: false,
        async (call, daemon) =>
        {
            await daemon.Copy("v1/registry", call.Output);
            call.Output.WriteLine();
        });

    private static Command Zone(CommandRunner runner)
    {
        var zone = new Argument<string?>("ZONE")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Which zone, such as 10.in-addr.arpa [default: that of all machines].",
        };
        var directory = new Option<string?>("--directory")
        {
            HelpName = "DIR",
            Description = "Write every zone into a file of its own, DIR/ZONE.zone, instead of printing one.",
        };
        var server = new Option<Ipv4Address?>("--server")
        {
            HelpName = "ADDRESS",
            Description = "The address of ns and dom0, for which we give the one that was asked [default: 127.0.0.1].",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (Ipv4Address.TryParse(text, out var address)) return address;
                result.AddError($"--server must be an address such as 192.0.2.1, not '{TextTable.OneLine(text)}'");
                return null;
            },
        };
        return runner.Asking(
            new Command("zone", "A zone of names or of addresses, as a DNS master file.") { zone, directory, server },
            printsJson: false, async (call, daemon) =>
            {
                var address = call.Value(server) ?? Ipv4Address.Loopback;
                string Path(string name) => $"v1/export/zones/{ControlClient.Escape(name)}?server={address}";
                if (call.Value(directory) is { } folder)
                {
                    if (call.Optional(zone) is not null)
                        throw CommandException.WrongUsage("name ZONE or --directory, not both", "xennet export zone");
                    foreach (var name in await Zones(daemon)) await WriteFile(call, daemon, Path(name), folder, name);
                    return;
                }

                await daemon.Copy(Path(call.Optional(zone) ?? (await Zones(daemon))[0]), call.Output);
            });
    }

    private static Task<IReadOnlyList<string>> Zones(ControlClient daemon) =>
        daemon.Get("v1/export/zones", ControlJson.Default.IReadOnlyListString);

    private static async Task WriteFile(CommandCall call, ControlClient daemon, string path, string folder, string zone)
    {
        var file = Path.Combine(folder, zone.Replace('/', '_') + ".zone");
        try
        {
            Directory.CreateDirectory(folder);
            await using var text = new StreamWriter(file, append: false, new UTF8Encoding(false));
            await daemon.Copy(path, text);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Failed(
                $"{file}: it cannot be written ({TextTable.OneLine(unwritable.Message)}); name another --directory");
        }

        call.Output.WriteLine(TextTable.OneLine(file));
    }
}
