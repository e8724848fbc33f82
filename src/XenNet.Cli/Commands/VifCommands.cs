using System.CommandLine;
using System.Globalization;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet vif …</c>: the interfaces that are up.</summary>
internal static class VifCommands
{
    public static Command New(CommandRunner runner) => CommandRunner.Group(
        "vif", "The guests' interfaces that are up.", List(runner), Attach(runner), Detach(runner));

    private static Command List(CommandRunner runner) => runner.Asking(
        new Command("list", "Every vif, with its machine and addresses."), printsJson: true, async (call, daemon) =>
        {
            var vifs = await daemon.Get("v1/vifs", ControlJson.Default.IReadOnlyListVifModel);
            if (call.Json)
            {
                call.WriteJson(vifs, ControlJson.Default.IReadOnlyListVifModel);
                return;
            }

            var table = new TextTable("VIF", "MACHINE", "NUMBER", "INTERFACE", "ADDRESS", "DOM0-ADDRESS", "MAC",
                "BRIDGE", "SINCE", "STAGE");
            foreach (var vif in vifs)
            {
                table.Add(
                    vif.Vif, vif.Machine, vif.Number.ToString(CultureInfo.InvariantCulture),
                        MachineCommands.Interface(vif.Y - 1),
                    vif.Address, vif.Dom0Address, vif.Mac, vif.Bridge ?? "-",
                        vif.Since.UtcDateTime.ToString("u", CultureInfo.InvariantCulture),
                    Stage(vif));
            }

            table.WriteTo(call.Output);
            foreach (var vif in vifs.Where(vif => vif.Dom0Address.EndsWith(".255", StringComparison.Ordinal)))
            {
                call.Output.WriteLine(
                    TextTable.OneLine(
                    $"{vif.Vif}: {vif.Dom0Address} ends in .255 and is no broadcast address: it is a /32"));
            }
        });

    /// <summary>Such as <c>fetching debian/linux 45%</c>.</summary>
    public static string Stage(VifModel vif) => string.Create(CultureInfo.InvariantCulture,
        $"{vif.BootStage ?? "-"}{(vif.BootDetail is { } detail ? " " + detail : "")}{Share(vif)}");

    private static string Share(VifModel vif) => vif is { BootStage: "fetching", BootSent: { } sent }
        ? vif.BootSize is { } size and > 0
            ? string.Create(CultureInfo.InvariantCulture, $" {Math.Min(sent, size) * 100 / size}%")
            : string.Create(CultureInfo.InvariantCulture, $" {sent} octets")
        : "";

    private static Command Attach(CommandRunner runner)
    {
        var name = Operands.Name("NAME");
        var vif = Operands.Name("VIF");
        var mac = Operands.Mac("MAC");
        var devid = Operands.Number("--devid", "N", 0, 126,
            "Which of the machine's interfaces it is, from 0 [default: 0].");
        var bridge = new Option<string?>("--bridge")
        {
            HelpName = "NAME",
            Description = "The configured bridge that it becomes a port of [default: none, it is routed].",
        };
        return runner.Asking(
            new Command("attach", "Does the hook's work for an interface, without xenstore.") { name, vif, mac, devid, bridge },
            printsJson: false, async (call, daemon) =>
            {
                var up = await daemon.Send(
                    HttpMethod.Post, "v1/vifs",
                    new AttachVifModel(call.Value(name), call.Value(vif), call.Value(mac).ToString(),
                        call.Value(devid) ?? 0, Bridge: call.Value(bridge)),
                    ControlJson.Default.AttachVifModel, ControlJson.Default.VifModel);
                call.Output.WriteLine(TextTable.OneLine(
                    $"{up.Vif} is {MachineCommands.Interface(up.Y - 1)} of {up.Machine}: "
                    + $"{up.Address}, Dom0 end {up.Dom0Address}"
                    + (up.Bridge is null ? "" : $" on {up.Bridge}")));
            });
    }

    private static Command Detach(CommandRunner runner)
    {
        var vif = Operands.Name("VIF");
        return runner.Asking(
            new Command("detach", "Takes an interface down again; one that is not up is left so.") { vif },
            printsJson: false, async (call, daemon) =>
            {
                await daemon.Delete("v1/vifs/" + ControlClient.Escape(call.Value(vif)));
                call.Output.WriteLine(TextTable.OneLine($"{call.Value(vif)} is detached"));
            });
    }
}
