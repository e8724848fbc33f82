using System.Globalization;
using XenNet.Wire;

namespace XenNet.Core.Import;

/// <summary>The lines of ethers files: <c>MAC ADDRESS</c> or <c>MAC NAME</c>.</summary>
internal static class ImportEtherLines
{
    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="machines">What is known of machines.</param>
    /// <param name="isOfPool">Takes a line about an address of a pool, and says so; of others it says no.</param>
    public static void Read(
        ImportFile file, ImportMachines machines, Func<ImportPlace, MacAddress, Ipv4Address, bool> isOfPool)
    {
        var account = machines.Draft.Account;
        ImportLines.Read(file, account, (place, fields) => Take(place, fields, machines, account, isOfPool));
    }

    private static void Take(
        ImportPlace place, string[] fields, ImportMachines machines, ImportAccount account,
        Func<ImportPlace, MacAddress, Ipv4Address, bool> isOfPool)
    {
        if (fields.Length != 2)
        {
            account.Refuse(place, "a line is MAC ADDRESS or MAC NAME");
        }
        else if (!TryParseMac(fields[0], out var mac))
        {
            account.Refuse(place, $"{ImportName.Shown(fields[0])} is no MAC of a station, such as 00:16:3e:12:34:56");
        }
        else if (machines.AddressElsewhere(fields[1]) is { IsNone: false } address && isOfPool(place, mac, address))
        {
            return;
        }
        else if (!machines.TryFind(fields[1], out var machine, out var y, out var elsewhere, out var wrong))
        {
            if (wrong is not null) account.Refuse(place, wrong);
            else account.PassOver(place, elsewhere!);
        }
        else if (machines.Draft.PutMac(machine, y, mac, place) is { } clash)
        {
            account.Refuse(place, clash);
        }
        else
        {
            account.Take();
        }
    }

    /// <summary>
    /// As ether_aton(3) reads it: groups of one or two digits. Group addresses and all zeros are no station's.
    /// </summary>
    public static bool TryParseMac(string text, out MacAddress mac)
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
}
