using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Import;

/// <summary>Finds the machine that an address and a name mean, and gives it what lines say of it.</summary>
/// <param name="scheme">The addresses that are ours.</param>
/// <param name="zone">The zone, without a dot at the end.</param>
/// <param name="draft">Machines so far.</param>
internal sealed class ImportMachines(AddressScheme scheme, string zone, ImportDraft draft)
{
    // Names of addresses that are not ours: a MAC of theirs is passed over likewise.
    private readonly Dictionary<string, (string Where, Ipv4Address Address)> _elsewhere =
        new(StringComparer.OrdinalIgnoreCase);

    public AddressScheme Scheme => scheme;

    public string Zone => zone;

    public ImportDraft Draft => draft;

    /// <summary>Remembers that a name is of an address that is not ours.</summary>
    public void NoteElsewhere(string name, string where, string address)
    {
        var isIpv4 = Ipv4Address.TryParse(address, out var ipv4);
        if (!_elsewhere.TryGetValue(name, out var known) || (known.Address.IsNone && isIpv4))
            _elsewhere[name] = (where, ipv4);
    }

    /// <summary>The address that is written, or that a name has which is not ours; none when there is none.</summary>
    public Ipv4Address AddressElsewhere(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : _elsewhere.GetValueOrDefault(text).Address;

    /// <summary>True when another address has that name, too, which is not ours.</summary>
    public bool IsElsewhere(string name) => _elsewhere.ContainsKey(name);

    /// <summary>False with one of the two: where the address is at home, or what is wrong with it.</summary>
    public bool TryLocate(string text, out SchemeAddress at, out string? elsewhere, out string? wrong)
    {
        (at, elsewhere, wrong) = (default, null, null);
        if (!Ipv4Address.TryParse(text, out var address))
        {
            if (IsIpv6(text)) elsewhere = $"{ImportName.Shown(text)} is IPv6, which this version does not serve";
            else wrong = $"{ImportName.Shown(text)} is no address";
            return false;
        }

        var refusal = scheme.Locate(address, out at);
        if (address.IsLoopback) elsewhere = $"{address} is this host itself";
        else if (refusal == AddressRefusal.OutsidePrefix) elsewhere = $"{address} lies outside {scheme.Prefix}";
        else if (refusal == AddressRefusal.NoInterface)
            wrong = $"{address} is no interface's: its last part must be 1 to 127";
        else if (at.Number.IsDom0) elsewhere = $"{address} is one of Dom0's own";
        else if (at.End == LinkEnd.Dom0)
            elsewhere = $"{address} is the Dom0 end of a link, whose name is made by itself";
        return elsewhere is null && wrong is null;
    }

    /// <summary>
    /// The machine of an address that a line gives a name: known, or new by that name. A name of a further interface
    /// may be the machine's with something behind it (<c>ce-2</c>), and an address may have several names.
    /// </summary>
    /// <returns>Null when there is one, else why the name cannot be that address's.</returns>
    public string? Claim(ImportName name, SchemeAddress at, ImportPlace place, out MachineDraft? machine)
    {
        machine = draft.Find(at.Number);
        var address = scheme.GuestAddress(at.Number, at.Interface);
        if (name.Interface is { } y && y != at.Interface)
            return $"{address} is eth{at.Interface.DeviceId} of its machine, not eth{y.DeviceId}";
        if (machine is not null && machine.Label != name.Label && !IsAlias(machine, name, at.Interface))
            return $"{address} is an address of {machine.Name} ({machine.Place}), so it cannot be {name.Machine}'s";
        if (machine is null && Add(name, at, place, out machine) is { } wrong) return wrong;
        if (machine!.Label == name.Label && draft.Find(name.Label) is { } other && other.Number != at.Number)
            return $"{name.Machine} has machine number {other.Number} ({other.Place}), so it cannot have {address}";
        machine.IsNamed = true;
        machine.Said.Add(at.Interface.Value);
        machine.Interfaces.TryAdd(at.Interface.Value, new InterfaceDraft(MacAddress.None, place));
        return null;
    }

    /// <summary>Takes what a line says of a client: a name, an address or both, and its MAC if there is one.</summary>
    /// <returns>Null when it was taken, else why it cannot be.</returns>
    public string? Take(ImportPlace place, string? name, Ipv4Address address, MacAddress mac)
    {
        var said = default(ImportName);
        if (name is not null && ImportName.Read(name, out said) is { } bad) return bad;
        if (address.IsNone)
        {
            if (name is null) return "neither a name nor an address is given";
            if (draft.Find(said.Label) is not { } known) return TakeUnnumbered(place, name, said, mac);
            known.IsNamed = true;
            return mac == MacAddress.None ? null : draft.PutMac(known, said.Interface ?? known.First, mac, place);
        }

        if (!TryLocate(address.ToString(), out var at, out var elsewhere, out var wrong)) return elsewhere ?? wrong;
        MachineDraft? machine;
        if (name is null)
        {
            machine = draft.Find(at.Number);
            if (machine is null)
                return $"{address} is the address of no machine that is known, and a machine has a name";
        }
        else if (Claim(said, at, place, out machine) is { } clash)
        {
            return clash;
        }
        else if (said.Label != machine!.Label && !draft.TryPutAlias(said.Label, machine, at.Interface))
        {
            return $"{said.Machine} means another address already, or {machine.Name} has as many names as it may have";
        }

        machine!.IsNamed = true;
        if (mac != MacAddress.None) return draft.PutMac(machine, at.Interface, mac, place);
        machine.Interfaces.TryAdd(at.Interface.Value, new InterfaceDraft(MacAddress.None, place));
        return null;
    }

    /// <summary>The label of the machine that a name or an address means; null when there is none.</summary>
    public string? NameOf(string? name, Ipv4Address address)
    {
        if (!address.IsNone && scheme.Locate(address, out var at) == AddressRefusal.None)
            return draft.Find(at.Number)?.Label.ToString();
        return name is not null && ImportName.Read(name, out var said) is null ? said.Label.ToString() : null;
    }

    /// <summary>Finds a known machine's interface by its address or name, as ethers names it.</summary>
    public bool TryFind(
        string text, [NotNullWhen(true)] out MachineDraft? machine,
        out InterfaceNumber y, out string? elsewhere, out string? wrong)
    {
        (machine, y, elsewhere, wrong) = (null, default, null, null);
        if (Ipv4Address.TryParse(text, out _))
        {
            if (!TryLocate(text, out var at, out elsewhere, out wrong)) return false;
            (machine, y) = (draft.Find(at.Number), at.Interface);
            if (machine is null)
                wrong = $"{text} is the address of no machine that is known; a hosts line must name it";
        }
        else if (draft.FindAlias(text) is var (owner, interfaceNumber))
        {
            (machine, y) = (owner, interfaceNumber);
        }
        else
        {
            wrong = ImportName.Read(text, out var name);
            machine = wrong is null ? draft.Find(name.Label) : null;
            y = name.Interface ?? machine?.First ?? default;
            if (machine is not null) return true;
            elsewhere = _elsewhere.GetValueOrDefault(text).Where;
            if (elsewhere is not null) wrong = null;
            else wrong ??= $"{name.Machine} is no machine that is known; a hosts line must name it";
        }

        return machine is not null;
    }

    /// <summary>Enough to tell it from a slip of the fingers; the address itself is of no use here.</summary>
    public static bool IsIpv6(string text)
    {
        var scope = text.IndexOf('%', StringComparison.Ordinal);
        var address = scope < 0 ? text : text[..scope];
        return address.Count(character => character == ':') is >= 2 and <= 7 && address.Length <= 45
            && address.All(character => char.IsAsciiHexDigit(character) || character is ':' or '.');
    }

    private string? TakeUnnumbered(ImportPlace place, string name, ImportName said, MacAddress mac)
    {
        if (_elsewhere.TryGetValue(name, out var elsewhere)) return $"{name} is no machine: {elsewhere.Where}";
        if (said.Interface is { Value: > 1 })
            return $"{said.Machine} is no machine that is known; a line must give it an address";
        return draft.PutUnnumbered(said.Machine, said.Label, mac, place);
    }

    private string? Add(ImportName name, SchemeAddress at, ImportPlace place, out MachineDraft? machine)
    {
        machine = null;
        var (text, label) = (name.Machine, name.Label);
        var suffix = string.Create(CultureInfo.InvariantCulture, $"-{at.Interface.Value}");
        if (at.Interface != InterfaceNumber.First && text.EndsWith(suffix, StringComparison.Ordinal)
            && MachineLabel.Map(text.AsSpan(0, text.Length - suffix.Length), out var bare) == LabelRefusal.None)
        {
            (text, label) = (text[..^suffix.Length], bare);
        }

        if (draft.FindFurther(label) is { Machine: var holder })
            return $"{text} is one more name of {holder.Name} ({holder.Place})";
        if (draft.Find(label) is { } other)
        {
            return $"{text} has machine number {other.Number} ({other.Place}), so it cannot have "
                + $"{scheme.GuestAddress(at.Number, at.Interface)}";
        }

        machine = draft.Add(text, label, at.Number, at.Interface, place);
        return null;
    }

    private static bool IsAlias(MachineDraft machine, ImportName name, InterfaceNumber y) =>
        machine.Said.Contains(y.Value)
        || (y != InterfaceNumber.First
            && name.Label.ToString().StartsWith(machine.Label + "-", StringComparison.Ordinal));
}
