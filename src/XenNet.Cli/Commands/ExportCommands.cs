using System.CommandLine;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet export …</c>: the registry for other programs.</summary>
internal static class ExportCommands
{
    public static Command New(CommandRunner runner) => CommandRunner.Group(
        "export", "Prints the registry for other programs.",
        Json(runner),
        CommandRunner.Later("hosts", "In the form of /etc/hosts.", "xennet export hosts"),
        CommandRunner.Later("ethers", "In the form of /etc/ethers.", "xennet export ethers"),
        CommandRunner.Later("zone", "As a DNS master file.", "xennet export zone"));

    private static Command Json(CommandRunner runner) => runner.Asking(
        new Command("json", "Every machine, up or down, with its interfaces and MACs."), printsJson: false,
        async (call, daemon) => call.WriteJson(
            await daemon.Get("v1/registry", ControlJson.Default.RegistryModel), ControlJson.Default.RegistryModel));
}
