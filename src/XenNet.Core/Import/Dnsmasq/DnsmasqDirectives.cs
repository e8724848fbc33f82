using System.Collections.Immutable;
using XenNet.Core.Configuration;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>All 194 options of dnsmasq 2.93, each with what becomes of it.</summary>
internal static class DnsmasqDirectives
{
    /// <summary>The groups, as <c>docs/from-dnsmasq.md</c> has them.</summary>
    public static readonly ImmutableArray<(string Title, ImmutableArray<DnsmasqDirective> Rows)> Groups =
    [
        ("Local data", DnsmasqDnsTable.Names),
        ("Forwarding and cache", DnsmasqDnsTable.Forwarding),
        ("Security", DnsmasqDnsTable.Security),
        ("DHCP", DnsmasqDhcpTable.Addresses),
        ("DHCP options and tags", DnsmasqDhcpTable.Options),
        ("Boot", DnsmasqBootTable.Rows),
        ("Leases and scripts", DnsmasqHouseTable.Leases),
        ("IPv6", DnsmasqHouseTable.Ipv6),
        ("The process and its files", DnsmasqHouseTable.Process),
    ];

    private static readonly Dictionary<string, DnsmasqDirective> ByName =
        Groups.SelectMany(group => group.Rows).ToDictionary(row => row.Name, StringComparer.Ordinal);

    private static readonly Dictionary<char, DnsmasqDirective> ByLetter =
        ByName.Values.Where(row => row.Letter != ' ').ToDictionary(row => row.Letter);

    /// <summary>All rows.</summary>
    public static IReadOnlyCollection<DnsmasqDirective> All => ByName.Values;

    /// <summary>By its long name.</summary>
    public static DnsmasqDirective? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>By its letter.</summary>
    public static DnsmasqDirective? Find(char letter) => ByLetter.GetValueOrDefault(letter);

    /// <summary>By a beginning that no other has, as getopt_long(3) takes it.</summary>
    public static DnsmasqDirective? FindByBeginning(string beginning)
    {
        if (beginning == "" || Find(beginning) is { } exact) return Find(beginning);
        var fitting = All.Where(row => row.Name.StartsWith(beginning, StringComparison.Ordinal)).Take(2).ToList();
        return fitting.Count == 1 ? fitting[0] : null;
    }

    /// <summary>Takes a line, whatever it is.</summary>
    public static void Take(DnsmasqLine line, DnsmasqDraft draft)
    {
        if (Find(line.Option) is not { } row)
        {
            var nearest = NearestName.Of(line.Option, ByName.Keys);
            draft.Decline(line with { Option = ImportName.Shown(line.Option) },
                nearest is null ? "is no option of dnsmasq" : $"is no option of dnsmasq; the nearest is {nearest}");
        }
        else if (row.Argument == DnsmasqArgument.None && line.Argument is not (null or ""))
        {
            draft.Refuse(line, "has no argument");
        }
        else if (row.Argument == DnsmasqArgument.Needed && line.Argument is null or "")
        {
            draft.Refuse(line, "needs an argument");
        }
        else
        {
            row.Read(line.Argument == "" ? line with { Argument = null } : line, draft);
        }
    }
}
