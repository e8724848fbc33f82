using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Server.Hosting;
using XenNet.Server.Registry;
using XenNet.Server.Vifs;
using XenNet.Wire;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Control;

/// <summary>The calls about machines. Each ends when DNS and DHCP answer by its outcome.</summary>
internal sealed class MachineApi(
    RegistryWriter registry, FormerNames formerNames, VifLifecycle vifs, Reloading reloading)
{
    private RegistryView View => registry.View;

    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/machines", "All machines, or those of a filter.", ListMachines)
        {
            Answer = ControlJson.Default.IReadOnlyListMachineModel,
            Query =
            [
                ("up", "true: with a vif that is up; false: without."), ("name", "A pattern with * and ? for one of its names."),
                ("bridge", "A bridge on which an interface is, or was last; empty for routed."),
                ("numbers", "One number, or the first and the last: 1-99."),
            ],
        },
        new("GET", "/v1/machines/{name}", "A machine, with what it is and was up on.", ShowMachine)
        {
            Answer = ControlJson.Default.MachineModel,
        },
        new("POST", "/v1/machines", "Adds a machine; one that is known stays as it is.", AddMachine)
        {
            Body = ControlJson.Default.AddMachineModel, Answer = ControlJson.Default.MachineModel,
        },
        new("PATCH", "/v1/machines/{name}", "Sets mac, boot, notes or aliases; all that is given or nothing.", SetMachine)
        {
            Body = ControlJson.Default.IReadOnlyDictionaryStringString, Answer = ControlJson.Default.MachineModel,
        },
        new("POST", "/v1/machines/{name}/rename", "Renames a machine, which keeps number and addresses.", RenameMachine)
        {
            Body = ControlJson.Default.RenameMachineModel, Answer = ControlJson.Default.MachineModel,
        },
        new("DELETE", "/v1/machines/{name}", "Forgets a machine and answers with what it was.", ForgetMachine)
        {
            Answer = ControlJson.Default.MachineModel,
            Query = [("release", "true: takes its vifs down first, and its number counts as never used.")],
        },
        new("POST", "/v1/import", "Adds many machines, or none of them.", Import)
        {
            Body = ControlJson.Default.ImportModel, Answer = ControlJson.Default.ImportResultModel,
        },
        new("POST", "/v1/macs", "A MAC that nobody has had, or that of a machine's first interface.", GiveMac)
        {
            Body = ControlJson.Default.GiveMacModel, Answer = ControlJson.Default.MacModel,
        },
    ];

    // From the request as it was sent: in the decoded path the server leaves %2F as it is, and so a name with a slash
    // could not be told from one with those three characters. /v1/machines/NAME[/rename][?...].
    private static string Name(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return target.Split('?')[0].Split('/') is ["", _, _, var name, ..]
            ? Uri.UnescapeDataString(name)
            : (string)context.Request.RouteValues["name"]!;
    }

    private static RegistryRefusal Invalid(string sentence) => new(RefusalKind.Invalid, sentence);

    private static RegistryRefusal? ParseMac(string? text, out MacAddress mac)
    {
        mac = MacAddress.None;
        return text is null || (MacAddress.TryParse(text, out mac) && mac.IsUnicast)
            ? null
            : Invalid($"'{text}' is no MAC address of one station (like 00:16:3e:01:02:03)");
    }

    private static RegistryRefusal? ParseNumber(int? value, string name, out MachineNumber? number)
    {
        number = value is >= 0 and <= ushort.MaxValue ? new MachineNumber((ushort)value) : null;
        return value is null || number is not null
            ? null
            : Invalid(string.Create(CultureInfo.InvariantCulture, $"machine '{name}': number {value} is not 1 to 65535"));
    }

    private Task ListMachines(HttpContext context) => MachineFilter.TryParse(context.Request.Query, out var filter) is { } refusal
        ? ControlServer.WriteRefusal(context, refusal)
        : ControlServer.WriteList(
            context, View.Machines().Where(filter.Takes).Select(machine => ControlViews.Of(View.Networks, machine)),
            ControlJson.Default.MachineModel);

    private Task ShowMachine(HttpContext context)
    {
        var name = Name(context);
        return MachineLabel.Map(name, out var label) == LabelRefusal.None && View.FindByAnyName(label.Octets) is { } machine
            ? ControlServer.WriteJson(context, StatusCodes.Status200OK,
                ControlViews.WithHistory(View.Networks, machine, registry.History(machine.Number)), ControlJson.Default.MachineModel)
            : ControlServer.WriteRefusal(context, new RegistryRefusal(RefusalKind.Unknown, $"no machine is called '{name}'"));
    }

    private async Task AddMachine(HttpContext context)
    {
        var body = await ControlServer.Body(context, ControlJson.Default.AddMachineModel);
        var refusal = ParseNumber(body.Number, body.Name, out var number) ?? ParseMac(body.Mac, out _);
        if (refusal is not null)
        {
            await ControlServer.WriteRefusal(context, refusal);
            return;
        }

        ParseMac(body.Mac, out var mac);
        await WriteAnswer(context, await registry.Change(draft =>
        {
            var answer = draft.Ensure(body.Name, number);
            return answer.Machine is { } machine ? draft.NoteInterface(machine, InterfaceNumber.First, mac) : answer;
        }, context.RequestAborted));
    }

    private async Task SetMachine(HttpContext context)
    {
        var settings = await ControlServer.Body(context, ControlJson.Default.IReadOnlyDictionaryStringString);
        var unknown = settings.Keys.FirstOrDefault(key => key is not ("mac" or "boot" or "notes" or "aliases"));
        var refusal = unknown is not null ? Invalid($"'{unknown}' cannot be set: mac, boot, notes and aliases can") : null;
        settings.TryGetValue("mac", out var text);
        refusal ??= ParseMac(text, out _);
        if (settings.TryGetValue("boot", out var boot) && boot != "" && reloading.Configuration.Dhcp.Rules.Boot.Check(boot) is { } wrong)
        {
            refusal ??= Invalid($"boot {wrong}, not '{boot}'");
        }

        if (refusal is not null)
        {
            await ControlServer.WriteRefusal(context, refusal);
            return;
        }

        ParseMac(text, out var mac);
        var name = Name(context);
        await WriteAnswer(context, await registry.ChangeIf(
            draft => Set(draft, name, mac, settings), answer => answer.Refusal is null, context.RequestAborted));
    }

    // All or nothing.
    private static MachineAnswer Set(
        RegistryDraft draft, string name, MacAddress mac, IReadOnlyDictionary<string, string> settings)
    {
        if (draft.Known(name, out var machine) is { } no)
        {
            return no;
        }

        MachineAnswer answer = draft.NoteBoot(
            draft.NoteInterface(machine!, InterfaceNumber.First, mac),
            !settings.TryGetValue("boot", out var boot) ? machine!.Boot : boot.Length > 0 ? boot : null);
        if (settings.TryGetValue("notes", out var notes))
        {
            answer = draft.SetNotes(name, notes);
        }

        return answer.Refusal is null && settings.TryGetValue("aliases", out var aliases)
            ? draft.SetAliases(name, aliases.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            : answer;
    }

    private async Task RenameMachine(HttpContext context)
    {
        var name = Name(context);
        var body = await ControlServer.Body(context, ControlJson.Default.RenameMachineModel);
        await WriteAnswer(context, await registry.Change(
            draft => draft.Rename(name, body.Name, formerNames.NextUntil()), context.RequestAborted));
        formerNames.Renamed();
    }

    private async Task ForgetMachine(HttpContext context)
    {
        var name = Name(context);
        var release = context.Request.Query["release"] == "true";
        await WriteAnswer(context, await vifs.Forget(name, release, context.RequestAborted));
    }

    private async Task Import(HttpContext context)
    {
        var body = await ControlServer.Body(context, ControlJson.Default.ImportModel);
        var result = await registry.ChangeIf(
            draft => RegistryImport.Apply(draft, body),
            result => !body.DryRun && result.Refused.Count == 0, context.RequestAborted);
        await ControlServer.WriteJson(context, StatusCodes.Status200OK, result, ControlJson.Default.ImportResultModel);
    }

    // That of the machine's first interface when one is named: the one it has, else a fresh one that it keeps.
    private async Task GiveMac(HttpContext context)
    {
        var name = (await ControlServer.Body(context, ControlJson.Default.GiveMacModel)).Machine;
        RegistryRefusal? refusal = null;
        var given = await registry.Change(
            draft =>
            {
                Machine? machine = null;
                refusal = name is null ? null : draft.Known(name, out machine);
                if (refusal is not null || machine is { Interfaces: [{ Mac: var has }, ..] } && has != MacAddress.None)
                    return machine?.Interfaces[0].Mac ?? default;

                var fresh = registry.FindFreshMac(draft);
                if (fresh == MacAddress.None)
                    refusal = new RegistryRefusal(RefusalKind.Exhausted, "no MAC in 00:16:3e that was never used was found");
                else if (machine is null)
                    draft.Issue(fresh);
                else
                    draft.NoteInterface(machine, InterfaceNumber.First, fresh);

                return fresh;
            },
            context.RequestAborted);
        await (refusal is not null
            ? ControlServer.WriteRefusal(context, refusal)
            : ControlServer.WriteJson(
                context, StatusCodes.Status200OK, new MacModel(given.ToString()), ControlJson.Default.MacModel));
    }

    private Task WriteAnswer(HttpContext context, MachineAnswer answer) => answer.Refusal is { } refusal
        ? ControlServer.WriteRefusal(context, refusal)
        : WriteMachine(context, answer.Machine!);

    private Task WriteMachine(HttpContext context, Machine machine) => ControlServer.WriteJson(
        context, StatusCodes.Status200OK, ControlViews.Of(View.Networks, machine), ControlJson.Default.MachineModel);
}
