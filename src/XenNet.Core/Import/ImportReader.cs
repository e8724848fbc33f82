using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Import;

/// <summary>
/// Reads files in the form of <c>/etc/hosts</c> and <c>/etc/ethers</c>. An address that fits the scheme keeps its
/// number.
/// </summary>
public sealed class ImportReader
{
    /// <summary>Octets of a file at the most.</summary>
    public const int FileOctetsMost = ImportLines.FileOctetsMost;

    private readonly AddressScheme _scheme;
    private readonly string _zone;
    private readonly ImportDraft _draft;

    // Names of addresses that are not ours: a MAC of theirs is passed over likewise.
    private readonly Dictionary<string, string> _elsewhere = new(StringComparer.OrdinalIgnoreCase);

    private ImportReader(AddressScheme scheme, string zone, IEnumerable<ImportedMachine> registered) =>
        (_scheme, _zone, _draft) = (scheme, zone, new ImportDraft(registered));

    /// <summary>
    /// Reads <c>ADDRESS NAME [ALIAS…]</c> lines of <paramref name="hosts"/>, then <c>MAC ADDRESS|NAME</c> lines of
    /// <paramref name="ethers"/>.
    /// </summary>
    /// <param name="scheme">The addresses that are ours.</param>
    /// <param name="zone">The zone, without a dot at the end.</param>
    /// <param name="registered">What the registry has: ethers may name it, and clashes name their line.</param>
    /// <param name="hosts">Files in the form of hosts(5).</param>
    /// <param name="ethers">Files in the form of ethers(5).</param>
    public static ImportPlan Read(
        AddressScheme scheme, string zone, IEnumerable<ImportedMachine> registered,
        IEnumerable<ImportFile> hosts, IEnumerable<ImportFile> ethers)
    {
        var reader = new ImportReader(scheme, zone, registered);
        foreach (var file in hosts) ImportLines.Read(file, reader._draft.Account, reader.TakeHost);
        foreach (var file in ethers) ImportLines.Read(file, reader._draft.Account, reader.TakeEther);
        return reader._draft.ToPlan();
    }

    private void TakeHost(ImportPlace place, string[] fields)
    {
        var address = fields[0];
        if (fields.Length == 1)
        {
            _draft.Account.Refuse(place, $"{ImportName.Shown(address)} stands alone; a line is ADDRESS NAME [ALIAS…]");
        }
        else if (!TryLocate(address, out var at, out var elsewhere, out var wrong))
        {
            if (wrong is not null) _draft.Account.Refuse(place, wrong);
            else PassOverHost(place, fields, elsewhere!);
        }
        else if (ImportName.Read(fields[1], out var name) is { } reason)
        {
            _draft.Account.Refuse(place, reason);
        }
        else if (Clash(name, at) is { } clash)
        {
            _draft.Account.Refuse(place, clash);
        }
        else
        {
            var machine = _draft.Find(at.Number)
                ?? _draft.Add(name.Machine, name.Label, at.Number, at.Interface, place);
            machine.IsNamed = true;
            machine.Interfaces.TryAdd(at.Interface.Value, new InterfaceDraft(MacAddress.None, place));
            if (LeftOut(name, fields[2..]) is { } leftOut) _draft.Account.Approximate(place, leftOut);
            else _draft.Account.Take();
        }
    }

    private void PassOverHost(ImportPlace place, string[] fields, string elsewhere)
    {
        foreach (var name in fields.AsSpan(1)) _elsewhere.TryAdd(name, elsewhere);
        _draft.Account.PassOver(place, elsewhere);
    }

    private void TakeEther(ImportPlace place, string[] fields)
    {
        if (fields.Length != 2)
        {
            _draft.Account.Refuse(place, "a line is MAC ADDRESS or MAC NAME");
        }
        else if (!TryParseMac(fields[0], out var mac))
        {
            _draft.Account.Refuse(place, $"{ImportName.Shown(fields[0])} is no MAC of a station, such as 00:16:3e:12:34:56");
        }
        else if (!TryFind(fields[1], out var machine, out var y, out var elsewhere, out var wrong))
        {
            if (wrong is not null) _draft.Account.Refuse(place, wrong);
            else _draft.Account.PassOver(place, elsewhere!);
        }
        else if (_draft.PutMac(machine, y, mac, place) is { } clash)
        {
            _draft.Account.Refuse(place, clash);
        }
        else
        {
            _draft.Account.Take();
        }
    }

    // False with one of the two: where the address is at home, or what is wrong with it.
    private bool TryLocate(string text, out SchemeAddress at, out string? elsewhere, out string? wrong)
    {
        (at, elsewhere, wrong) = (default, null, null);
        if (!Ipv4Address.TryParse(text, out var address))
        {
            if (IsIpv6(text)) elsewhere = $"{ImportName.Shown(text)} is IPv6, which this version does not serve";
            else wrong = $"{ImportName.Shown(text)} is no address";
            return false;
        }

        var refusal = _scheme.Locate(address, out at);
        if (address.IsLoopback) elsewhere = $"{address} is this host itself";
        else if (refusal == AddressRefusal.OutsidePrefix) elsewhere = $"{address} lies outside {_scheme.Prefix}";
        else if (refusal == AddressRefusal.NoInterface)
            wrong = $"{address} is no interface's: its last part must be 1 to 127";
        else if (at.Number.IsDom0) elsewhere = $"{address} is one of Dom0's own";
        else if (at.End == LinkEnd.Dom0)
            elsewhere = $"{address} is the Dom0 end of a link, whose name is made by itself";
        return elsewhere is null && wrong is null;
    }

    private string? Clash(ImportName name, SchemeAddress at)
    {
        var address = _scheme.GuestAddress(at.Number, at.Interface);
        if (name.Interface is { } y && y != at.Interface)
            return $"{address} is eth{at.Interface.DeviceId} of its machine, not eth{y.DeviceId}";
        if (_draft.Find(at.Number) is { } same && same.Label != name.Label)
            return $"{address} is an address of {same.Name} ({same.Place}), so it cannot be {name.Machine}'s";
        return _draft.Find(name.Label) is { } other && other.Number != at.Number
            ? $"{name.Machine} has machine number {other.Number} ({other.Place}), so it cannot have {address}"
            : null;
    }

    // What a line says that a machine of one name does not keep; null when it is all kept.
    private string? LeftOut(ImportName name, string[] aliases)
    {
        var others = aliases
            .Where(alias => ImportName.Read(alias, out var also) is not null || also.Label != name.Label)
            .ToList();
        if (others.Count > 0)
        {
            var left = string.Join(", ", others.Select(ImportName.Shown));
            return $"taken without the alias {left}: a machine has one name";
        }

        return name.Domain == "" || name.Domain.Equals(_zone, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"taken as {name.Label}.{_zone}: the domain {ImportName.Shown(name.Domain)} is not this zone";
    }

    private bool TryFind(
        string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MachineDraft? machine,
        out InterfaceNumber y, out string? elsewhere, out string? wrong)
    {
        (machine, y, elsewhere, wrong) = (null, default, null, null);
        if (Ipv4Address.TryParse(text, out _))
        {
            if (!TryLocate(text, out var at, out elsewhere, out wrong)) return false;
            (machine, y) = (_draft.Find(at.Number), at.Interface);
            if (machine is null)
                wrong = $"{text} is the address of no machine that is known; a hosts line must name it";
        }
        else
        {
            wrong = ImportName.Read(text, out var name);
            machine = wrong is null ? _draft.Find(name.Label) : null;
            y = name.Interface ?? machine?.First ?? default;
            if (machine is not null) return true;
            if (_elsewhere.TryGetValue(text, out elsewhere)) wrong = null;
            else wrong ??= $"{name.Machine} is no machine that is known; a hosts line must name it";
        }

        return machine is not null;
    }

    // As ether_aton(3) reads it: groups of one or two digits. Group addresses and all zeros are no station's.
    private static bool TryParseMac(string text, out MacAddress mac)
    {
        mac = default;
        var groups = text.Split(':');
        if (groups.Length != MacAddress.Size) groups = text.Split('-');
        if (groups.Length != MacAddress.Size) return false;
        ulong value = 0;
        foreach (var group in groups)
        {
            if (group.Length is < 1 or > 2
                || !byte.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                return false;
            }

            value = value << 8 | octet;
        }

        mac = MacAddress.FromUInt64(value);
        return mac.IsUnicast;
    }

    // Enough to tell it from a slip of the fingers; the address itself is of no use here.
    private static bool IsIpv6(string text)
    {
        var scope = text.IndexOf('%', StringComparison.Ordinal);
        var address = scope < 0 ? text : text[..scope];
        return address.Count(character => character == ':') is >= 2 and <= 7 && address.Length <= 45
            && address.All(character => char.IsAsciiHexDigit(character) || character is ':' or '.');
    }
}
