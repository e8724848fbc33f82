using System.CommandLine;
using System.Globalization;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet vif …</c>: the interfaces that are up.</summary>
internal static class VifCommands
{
    public static Command New(CommandRunner runner) => CommandRunner.Group(
        "vif", "The guests' interfaces that are up.", List(runner), Attach(runner), Detach(runner));

    private static readonly string[] Header =
        ["VIF", "MACHINE", "NUMBER", "INTERFACE", "ADDRESS", "DOM0-ADDRESS", "MAC", "BRIDGE", "SINCE", "STAGE"];

    private static Command List(CommandRunner runner)
    {
        var machine = MachineCommands.Filter(
            "--machine", "PATTERN", "Only those of machines of that name: * and ? stand for any characters, and one.");
        var bridge = MachineCommands.Filter("--bridge", "NAME", "Only those on that bridge.");
        var stage = MachineCommands.Filter(
            "--stage", "STAGE", "Only those of guests that have come so far: none, discovered, offered, acknowledged, fetching, "
                + "fetched or failed.");
        stage.CompletionSources.Add("none", "discovered", "offered", "acknowledged", "fetching", "fetched", "failed");
        var command = new Command("list", "Every vif, with its machine and addresses.") { machine, bridge, stage };
        ColumnChoice.AddTo(command, Header);
        return runner.Asking(command, printsJson: true, async (call, daemon) =>
        {
            var columns = call.Columns("xennet vif list", Header);
            var vifs = await daemon.Get(
                "v1/vifs" + ControlClient.Query(
                    ("machine", call.Value(machine)), ("bridge", call.Value(bridge)), ("stage", call.Value(stage))),
                ControlJson.Default.IReadOnlyListVifModel);
            if (call.Json) call.WriteJson(vifs, ControlJson.Default.IReadOnlyListVifModel);
            else Write(call, vifs, columns);
        });
    }

    private static void Write(CommandCall call, IReadOnlyList<VifModel> vifs, ColumnChoice columns)
    {
        var table = new TextTable(Header);
        foreach (var vif in vifs)
        {
            table.Add(
                vif.Vif, vif.Machine, vif.Number.ToString(CultureInfo.InvariantCulture), MachineCommands.Interface(vif.Y - 1),
                vif.Address, vif.Dom0Address, vif.Mac, vif.Bridge ?? "-",
                vif.Since.UtcDateTime.ToString("u", CultureInfo.InvariantCulture), new Cell(Stage(vif), InkOf(vif.BootStage)));
        }

        table.WriteTo(call.Output, call.Screen, columns);
        if (columns is { Names: not null } or { WithoutHeader: true }) return;
        foreach (var vif in vifs.Where(vif => vif.Dom0Address.EndsWith(".255", StringComparison.Ordinal)))
        {
            call.Output.WriteLine(
                TextTable.OneLine(
                $"{vif.Vif}: {vif.Dom0Address} ends in .255 and is no broadcast address: it is a /32"));
        }
    }

    /// <summary>How a stage looks.</summary>
    public static Ink InkOf(string? stage) => stage switch
    {
        null => Ink.Faint,
        "acknowledged" or "fetched" => Ink.Good,
        "failed" or "discovered" => Ink.Bad,
        _ => Ink.Warning,
    };

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
