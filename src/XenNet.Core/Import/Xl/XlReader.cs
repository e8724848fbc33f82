using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Import.Xl;

/// <summary>
/// Takes guests from their descriptions: the name, and the MAC of each vif. Numbers are the registry's to give.
/// </summary>
internal sealed class XlReader(ImportDraft draft)
{
    private const int FileOctetsMost = 1 << 20;

    private static readonly string LastDevice = InterfaceNumber.DeviceIdMost.ToString(CultureInfo.InvariantCulture);

    // The descriptions read so far: a name stands in one of them alone.
    private readonly Dictionary<MachineLabel, (string Name, ImportPlace Place)> _guests = [];

    /// <summary>Reads one description.</summary>
    public void Read(ImportFile file)
    {
        if (file.Octets.Length > FileOctetsMost)
        {
            Refuse(file, 1, "the file is larger than 1 MiB, so it was not read");
            return;
        }

        if (!System.Text.Unicode.Utf8.IsValid(file.Octets.Span))
        {
            Refuse(file, 1, "the file is not UTF-8 text");
            return;
        }

        var description = XlDescription.Read(Encoding.UTF8.GetString(file.Octets.Span));
        if (description.Refusal is var (line, sentence))
            Refuse(file, line, sentence);
        else if (NameOf(file, description) is { } machine)
            TakeVifs(file, description, machine);
    }

    // Null when it was refused.
    private MachineDraft? NameOf(ImportFile file, XlDescription description)
    {
        var value = description.Find("name");
        var place = new ImportPlace(file.Name, value?.Line ?? 0);
        var name = (value as XlText)?.Text ?? (value as XlNumber)?.Text;
        if (name is null)
        {
            draft.Account.Refuse(place, value switch
            {
                null => "there is no name = \"…\": is this a guest's description?",
                XlUnknown unknown => $"the name is not known: {unknown.Reason}",
                _ => "the name is no string",
            });
            return null;
        }

        var refusal = MachineLabel.Map(name, out var label) switch
        {
            LabelRefusal.Reserved =>
                $"{ImportName.Shown(name)} has a meaning of its own here, so no machine can be called that",
            LabelRefusal.Empty => $"{ImportName.Shown(name)} leaves nothing for a name in DNS",
            _ when _guests.TryGetValue(label, out var other) => other.Name == name
                ? $"{ImportName.Shown(name)} is described already ({other.Place})"
                : $"{ImportName.Shown(name)} would be {label} in DNS, "
                    + $"which {ImportName.Shown(other.Name)} is already ({other.Place})",
            _ => null,
        };
        if (refusal is not null)
        {
            draft.Account.Refuse(place, refusal);
            return null;
        }

        _guests.Add(label, (name, place));
        return draft.Take(name, label, place);
    }

    private void TakeVifs(ImportFile file, XlDescription description, MachineDraft machine)
    {
        var vifs = description.Find("vif");
        if (vifs is not (null or XlList))
        {
            Refuse(file, vifs.Line,
                vifs is XlUnknown unknown ? $"vif is not known: {unknown.Reason}" : "vif is no list of strings");
            return;
        }

        var left = new List<string>();
        var seen = new HashSet<InterfaceNumber>();
        var items = (vifs as XlList)?.Items ?? ImmutableArray<XlValue>.Empty;
        for (var index = 0; index < items.Length; index++)
        {
            var at = new ImportPlace(file.Name, items[index].Line);
            if (VifRefusal(items[index], index, machine, at, seen, left) is { } refusal)
            {
                draft.Account.Refuse(at, refusal);
                return;
            }
        }

        var guest = new ImportPlace(file.Name, _guests[machine.Label].Place.Line);
        if (left.Count == 0)
        {
            draft.Account.Take();
            return;
        }

        var addresses = ImportName.Shown(string.Join(", ", left));
        draft.Account.Approximate(
            guest, $"{machine.Name} is taken without {addresses}: an address follows the machine's number");
    }

    // Null when the vif was taken.
    private string? VifRefusal(
        XlValue value, int index, MachineDraft machine, ImportPlace at, HashSet<InterfaceNumber> seen,
        List<string> left)
    {
        if (value is not XlText { Text: var text })
            return value is XlUnknown unknown ? $"a vif is not known: {unknown.Reason}" : "a vif is no string";
        var device = index;
        string? written = null;
        foreach (var field in text.Split(',').Select(field => field.Trim()))
        {
            var (key, setting) = field.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
                ? (field[..equals], field[(equals + 1)..].Trim())
                : (field, "");
            if (key == "mac") written = setting;
            else if (key == "ip" && setting != "") left.Add($"ip={setting}");
            else if (key == "devid" && !TryNumber(setting, out device))
                return $"devid={ImportName.Shown(setting)} is no number";
        }

        var shown = device.ToString(CultureInfo.InvariantCulture);
        if (!InterfaceNumber.TryFromDeviceId(device, out var y))
            return $"device id {shown} is not 0 to {LastDevice}, so it has no address";
        if (!seen.Add(y)) return $"two vifs of {machine.Name} have the device id {shown}";
        var mac = MacAddress.None;
        if (written is not null && !ImportEtherLines.TryParseMac(written, out mac))
            return $"{ImportName.Shown(written)} is no MAC of a station, such as 00:16:3e:12:34:56";
        if (mac != MacAddress.None) return draft.PutMac(machine, y, mac, at);
        ImportDraft.PutInterface(machine, y, at);
        return null;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private void Refuse(ImportFile file, int line, string sentence) =>
        draft.Account.Refuse(new ImportPlace(file.Name, line), sentence);
}
