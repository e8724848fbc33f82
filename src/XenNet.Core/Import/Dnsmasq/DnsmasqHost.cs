using XenNet.Wire;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// A <c>dhcp-host</c> as it is written, also as a line of <c>dhcp-hostsfile</c>: its parts in any order.
/// </summary>
internal sealed record DnsmasqHost(DnsmasqLine Line)
{
    /// <summary>Hardware addresses, with their wildcards.</summary>
    public List<string> Macs { get; } = [];

    /// <summary>Tags that the client gets.</summary>
    public List<string> Tags { get; } = [];

    /// <summary>Tags that the client must have.</summary>
    public List<string> Filters { get; } = [];

    /// <summary>A client identifier; null when none is asked.</summary>
    public string? Identifier { get; private set; }

    /// <summary>Null when none is given.</summary>
    public string? Name { get; private set; }

    public Ipv4Address Address { get; private set; }

    /// <summary>As our configuration writes it; null when none is given.</summary>
    public string? LeaseTime { get; private set; }

    public bool IsIgnored { get; private set; }

    /// <summary>True when an IPv6 address is given.</summary>
    public bool HasIpv6 { get; private set; }

    /// <summary>The same with that address.</summary>
    public DnsmasqHost At(Ipv4Address address) => this with { Address = address };

    /// <summary>Null when it was read, else what is wrong.</summary>
    public static string? Parse(DnsmasqLine line, out DnsmasqHost host)
    {
        host = new DnsmasqHost(line);
        foreach (var part in line.Parts)
        {
            if (host.Take(part) is { } wrong) return wrong;
        }

        return null;
    }

    private string? Take(string part)
    {
        if (part == "") return null;
        if (part.Contains(':', StringComparison.Ordinal)) return TakeMarked(part);
        if (Ipv4Address.TryParse(part, out var address))
        {
            Address = address;
            return null;
        }

        if (part == "ignore") IsIgnored = true;
        else if (DnsmasqTime.Text(part) is { } time) LeaseTime = time;
        else if (Name is not null) return "two names are given";
        else Name = DnsmasqText.Shown(part);
        return null;
    }

    private string? TakeMarked(string part)
    {
        if (part.StartsWith("id:", StringComparison.OrdinalIgnoreCase))
        {
            // id:* says that the identifier does not count, which is so.
            if (part != "id:*") Identifier = part[3..];
        }
        else if (part.StartsWith("net:", StringComparison.Ordinal) || part.StartsWith("set:", StringComparison.Ordinal))
        {
            Tags.Add(part[4..]);
        }
        else if (part.StartsWith("tag:", StringComparison.Ordinal))
        {
            Filters.Add(part[4..]);
        }
        else if (part.StartsWith('[') && part.EndsWith(']'))
        {
            HasIpv6 = true;
        }
        else if (DnsmasqTags.MacText(part) is { } mac)
        {
            Macs.Add(mac);
        }
        else
        {
            return $"{ImportName.Shown(DnsmasqText.Shown(part))} is no hardware address of Ethernet";
        }

        return null;
    }
}
