using System.Globalization;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>Directives that are a family of their own.</summary>
internal static class DnsmasqHouse
{
    /// <summary><c>domain=name[,network[,local]]</c>.</summary>
    public static void ReadDomain(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = DnsmasqText.Split(line.Text);
        if (parts[0] == "#")
        {
            draft.Decline(line, "the domain of resolv.conf: write the name that it has");
        }
        else if (parts.Length > 1)
        {
            draft.Decline(line, "a domain for one network: a [[bridge]] may have a zone of its own");
        }
        else
        {
            draft.Domain = parts[0].TrimEnd('.').ToLowerInvariant();
            draft.Set(line, "zone.name", draft.Domain);
        }
    }

    /// <summary><c>auth-zone=domain[,…]</c>.</summary>
    public static void ReadAuthority(DnsmasqLine line, DnsmasqDraft draft)
    {
        var domain = DnsmasqText.Split(line.Text)[0].TrimEnd('.').ToLowerInvariant();
        if (domain == draft.Zone) draft.Take(line, "the zone");
        else draft.Decline(line, $"the zone is {draft.Zone}, and there is no other to transfer");
    }

    /// <summary><c>auth-peer=address…</c>.</summary>
    public static void ReadPeers(DnsmasqLine line, DnsmasqDraft draft)
    {
        foreach (var peer in DnsmasqText.Split(line.Text))
            draft.Configuration.Add("zone.secondaries", peer, line.Place);
        draft.Take(line, "zone.secondaries");
    }

    /// <summary><c>filter-rr=type…</c> and its short forms.</summary>
    public static void Filter(DnsmasqLine line, DnsmasqDraft draft, params string[] types)
    {
        foreach (var type in types)
        {
            var name = type.All(char.IsAsciiDigit) ? $"TYPE{type}" : type.ToUpperInvariant();
            draft.Configuration.Add("dns.filter-types", name, line.Place);
        }

        draft.Take(line, "dns.filter-types");
    }

    /// <summary><c>rebind-domain-ok=domain</c> or <c>/domain/domain/</c>.</summary>
    public static void ReadRebind(DnsmasqLine line, DnsmasqDraft draft)
    {
        const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        foreach (var domain in line.Text.Split('/', Trimmed))
            draft.Configuration.Add("dns.rebind-allow", domain.TrimStart('.').ToLowerInvariant(), line.Place);
        draft.Take(line, "dns.rebind-allow");
    }

    /// <summary><c>query-port=port</c>; 0 is one port that the system chooses.</summary>
    public static void ReadQueryPort(DnsmasqLine line, DnsmasqDraft draft)
    {
        if (!DnsmasqDraft.TryNumber(line.Text, out var port))
        {
            draft.Refuse(line, $"{ImportName.Shown(line.Text)} is no port");
            return;
        }

        if (port != 0) draft.Configuration.Set("dns.source-ports", line.Text, line.Place);
        draft.Approximate(line, port == 0
            ? "each question has a random port of its own"
            : "dns.source-ports: a fixed port makes forging easy");
    }

    /// <summary><c>min-port</c> and <c>max-port</c>.</summary>
    public static void ReadPorts(DnsmasqLine line, DnsmasqDraft draft)
    {
        if (!DnsmasqDraft.TryNumber(line.Text, out var port))
        {
            draft.Refuse(line, $"{ImportName.Shown(line.Text)} is no port");
            return;
        }

        draft.Ports = line.Option == "min-port" ? (port, draft.Ports.Most) : (draft.Ports.Least, port);
        draft.Set(line, "dns.source-ports",
            string.Create(CultureInfo.InvariantCulture, $"{draft.Ports.Least}-{draft.Ports.Most}"));
    }
}
