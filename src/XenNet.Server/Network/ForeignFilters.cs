using System.Collections.Immutable;
using XenNet.Core.Network;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>
/// Chains of others that drop what guests send or are sent: each base chain has its own say, and our accept does not
/// beat their drop. Rules of the old iptables (legacy) are not nftables and are not seen here.
/// </summary>
internal sealed class ForeignFilters(NftFilter filter, ImmutableArray<InterfacePattern> vifs)
{
    /// <summary>A rule with this comment says that the operator has looked after it.</summary>
    internal const string RemedyComment = "xennet";

    private const byte FamilyIpv4 = 2;

    /// <summary>One finding for each such chain; one that says so when there is none.</summary>
    internal IEnumerable<NetworkFinding> Find()
    {
        if (!filter.ListChains(out var chains).IsDone || !filter.ListRules(default, out var rules).IsDone)
        {
            return [new(NetworkSubject.ForeignFilter, NetworkStanding.Warning, "nftables cannot be read.", [])];
        }

        var announced = filter.ListVifs(out var names).IsDone ? names : [];
        var findings = new List<NetworkFinding>();
        foreach (var chain in chains)
        {
            if (InTheWay(chain) && StopsGuests(chain, rules, out var how))
            {
                findings.Add(new NetworkFinding(NetworkSubject.ForeignFilter, NetworkStanding.Warning,
                    $"{NftMessage.FamilyName(chain.Family)} {chain.Table} {chain.Name} {how}: it drops guests' packets.",
                    [.. Remedies(chain, announced)]));
            }
        }

        return findings.Count > 0
            ? findings
            : [new(NetworkSubject.ForeignFilter, NetworkStanding.InPlace, "No other nft table drops guests' packets.", [])];
    }

    private static bool InTheWay(NftChain chain) =>
        chain is { Kind: "filter", Hook: NftChain.InputHook or NftChain.ForwardHook, Family: NftMessage.Inet or FamilyIpv4 }
        && !(chain.Family == NftMessage.Inet && string.Equals(chain.Table, NftTable.Name, StringComparison.Ordinal));

    private static bool StopsGuests(NftChain chain, List<NftRule> rules, out string how)
    {
        var (endsAll, isRemedied) = (false, false);
        foreach (var rule in rules)
        {
            if (rule.Table == new NftTableName(chain.Family, chain.Table)
                && string.Equals(rule.Chain, chain.Name, StringComparison.Ordinal))
            {
                endsAll |= rule.StopsAll;
                isRemedied |= string.Equals(rule.Comment, RemedyComment, StringComparison.Ordinal);
            }
        }

        how = chain.Drops ? "has the policy drop" : "ends by dropping or rejecting all";
        return (chain.Drops || endsAll) && !isRemedied;
    }

    private IEnumerable<string> Remedies(NftChain chain, List<string> announced)
    {
        var insert = $"nft insert rule {NftMessage.FamilyName(chain.Family)} {chain.Table} {chain.Name}";
        var accept = $"accept comment \"{RemedyComment}\"";
        var names = vifs.Select(pattern => pattern.ToRuleText())
            .Concat(announced.Where(name => !vifs.Any(pattern => pattern.Matches(name))));
        foreach (var name in names)
        {
            if (chain is { Family: FamilyIpv4, Table: "filter", Name: "FORWARD" or "INPUT" })
            {
                foreach (var remedy in OfIptables(chain, name))
                {
                    yield return remedy;
                }
            }
            else if (chain.Hook == NftChain.InputHook)
            {
                yield return $"{insert} iifname \"{name}\" meta l4proto {{ tcp, udp }} th dport {{ 53, 67 }} {accept}";
            }
            else
            {
                yield return $"{insert} iifname \"{name}\" {accept}";
                yield return $"{insert} oifname \"{name}\" ct state established,related {accept}";
            }
        }
    }

    // iptables, and whatever uses it, gives up a chain that has a rule which it cannot read, as most of nft's are.
    private static string[] OfIptables(NftChain chain, string name)
    {
        var link = name.EndsWith('*') ? $"{name[..^1]}+" : name;
        const string accept = $"-m comment --comment {RemedyComment} -j ACCEPT";
        return chain.Hook == NftChain.InputHook
            ?
            [
                $"iptables -I INPUT -i {link} -p udp -m multiport --dports 53,67 {accept}",
                $"iptables -I INPUT -i {link} -p tcp --dport 53 {accept}",
            ]
            :
            [
                $"iptables -I FORWARD -i {link} {accept}",
                $"iptables -I FORWARD -o {link} -m conntrack --ctstate RELATED,ESTABLISHED {accept}",
            ];
    }
}
