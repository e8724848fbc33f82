using System.Globalization;
using XenNet.Wire;

namespace XenNet.Core.Import;

/// <summary>
/// The lines of dnsmasq's leases: <c>EXPIRY MAC ADDRESS NAME CLIENT-ID</c>, and behind a line <c>duid …</c> those of
/// IPv6. A lease of an address of ours tells a machine's MAC; a pool gives a client that comes back what it asks for.
/// </summary>
internal sealed class ImportLeaseLines(ImportMachines machines, long now)
{
    private bool _isIpv6;

    private ImportAccount Account => machines.Draft.Account;

    public void Read(ImportFile file)
    {
        _isIpv6 = false;
        ImportLines.Read(file, Account, Take, hasComments: false);
    }

    private void Take(ImportPlace place, string[] fields)
    {
        _isIpv6 |= fields is ["duid", ..];
        if (_isIpv6)
        {
            Account.PassOver(place, "IPv6 is not served");
        }
        else if (fields.Length is not (4 or 5) || !TryExpiry(fields[0], out var expiry)
            || !Ipv4Address.TryParse(fields[2], out var address))
        {
            Account.Refuse(place, "a line is EXPIRY MAC ADDRESS NAME CLIENT-ID");
        }
        else if (!ImportEtherLines.TryParseMac(Bare(fields[1]), out var mac))
        {
            Account.PassOver(place, $"{ImportName.Shown(fields[1])} is no MAC of an Ethernet station");
        }
        else if (expiry != 0 && expiry < now && !IsDuration(expiry))
        {
            Account.PassOver(place, "it is over");
        }
        else
        {
            TakeLease(place, address, mac, fields[3]);
        }
    }

    // Behind a type of hardware, when that is written; 1 is Ethernet.
    private static string Bare(string mac) => mac.StartsWith("01-", StringComparison.Ordinal) ? mac[3..] : mac;

    private static bool TryExpiry(string text, out long expiry) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out expiry);

    // A dnsmasq without a clock writes how long a lease is instead of when it ends.
    private static bool IsDuration(long expiry) => expiry < 365L * 86_400 * 10;

    private void TakeLease(ImportPlace place, Ipv4Address address, MacAddress mac, string name)
    {
        if (!machines.TryLocate(address.ToString(), out var at, out var elsewhere, out _))
        {
            Account.PassOver(place,
                $"{elsewhere ?? "its address is no interface's"}: a pool gives it to the client when it asks for it");
        }
        else if (machines.Draft.Find(at.Number) is { } known
            && known.Interfaces.TryGetValue(at.Interface.Value, out var has)
            && has.Mac != MacAddress.None)
        {
            if (has.Mac == mac) Account.Take();
            else Account.PassOver(place, $"{address} belongs to {has.Mac} ({has.Place})");
        }
        else if (name == "*" && machines.Draft.Find(at.Number) is null)
        {
            Account.PassOver(place, $"nothing says what machine {address} is");
        }
        else if (machines.Take(place, machines.Draft.Find(at.Number) is null ? name : null, address, mac) is { } wrong)
        {
            Account.Refuse(place, wrong);
        }
        else
        {
            Account.Take();
        }
    }
}
