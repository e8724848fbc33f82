using System.CommandLine;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet export …</c>: the registry for other programs.</summary>
internal static class ExportCommands
{
    public static Command New(CommandRunner runner) => runner.Group(
        "export", "Prints the registry for other programs.",
        Json(runner),
        runner.Later("hosts", "In the form of /etc/hosts.", "export hosts"),
        runner.Later("ethers", "In the form of /etc/ethers.", "export ethers"),
        runner.Later("zone", "As a DNS master file.", "export zone"));

    private static Command Json(CommandRunner runner) => runner.Asking(
        new Command("json", "Every machine, up or down, with its interfaces and MACs."), printsJson: false,
        async (call, daemon) => call.WriteJson(
            await daemon.Get("v1/registry", ControlJson.Default.RegistryModel), ControlJson.Default.RegistryModel));
}
