using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp.Booting;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Control;

/// <summary>Takes a list of machines into a draft; the caller keeps the draft only when nothing was refused.</summary>
internal static class RegistryImport
{
    /// <summary>Decides each machine in the order given and says what became of it; then what else there is.</summary>
    public static ImportResultModel Apply(RegistryDraft draft, ImportModel import)
    {
        var result = Apply(draft, import.Machines);
        draft.RaiseRevision(import.Revision ?? 0);
        return result with
        {
            KeptBack = (import.Forgotten ?? []).Count(number =>
                number is > 0 and <= ushort.MaxValue && draft.KeepBack(new MachineNumber((ushort)number))),
        };
    }

    private static ImportResultModel Apply(RegistryDraft draft, IReadOnlyList<RegisteredMachineModel> machines)
    {
        var added = 0;
        var refused = new List<RefusedMachineModel>();
        foreach (var machine in machines)
        {
            var before = draft.Changes.Count;
            if (Take(draft, machine) is { } reason)
            {
                refused.Add(new RefusedMachineModel(machine.Name, reason));
            }
            else if (draft.Changes.Count > before)
            {
                added++;
            }
        }

        return new ImportResultModel(added, machines.Count - added - refused.Count, refused);
    }

    private static string? Take(RegistryDraft draft, RegisteredMachineModel model)
    {
        if (model.Number is < 1 or > ushort.MaxValue)
        {
            return string.Create(CultureInfo.InvariantCulture, $"number {model.Number} is not 1 to 65535");
        }

        MachineNumber? number = model.Number is { } asked ? new MachineNumber((ushort)asked) : null;
        var answer = draft.Ensure(model.Name, number);
        if (answer.Machine is not { } machine)
        {
            return answer.Refusal!.Sentence;
        }

        if (model.Boot is { } boot)
        {
            if (BootFileText.Check(boot) is { } wrong)
            {
                return $"boot {wrong}";
            }

            machine = draft.NoteBoot(machine, boot);
        }

        foreach (var known in model.Interfaces)
        {
            var mac = MacAddress.None;
            if (!InterfaceNumber.TryCreate(known.Y, out var y))
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"interface {known.Y} is not 1 to {InterfaceNumber.Most}");
            }

            if (known.Mac is { } text && (!MacAddress.TryParse(text, out mac) || !mac.IsUnicast))
            {
                return $"'{text}' is no MAC address of one station";
            }

            machine = draft.NoteInterface(machine, y, mac, known.Bridge ?? machine.BridgeOf(y));
        }

        return Extras(draft, model)?.Sentence;
    }

    private static RegistryRefusal? Extras(RegistryDraft draft, RegisteredMachineModel model)
    {
        var refusal = model.Notes is { } notes ? draft.SetNotes(model.Name, notes).Refusal : null;
        return refusal ?? (model.Aliases is { } aliases ? draft.SetAliases(model.Name, aliases).Refusal : null);
    }
}
