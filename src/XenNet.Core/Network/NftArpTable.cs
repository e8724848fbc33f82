using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>The table arp xennet: how often a guest on a routed vif may ask Dom0 by ARP.</summary>
/// <remarks>
/// Whoever asks for an address of Dom0's becomes its neighbour, by whatever address he says is his own. The kernel keeps 1,024
/// neighbours (gc_thresh3) on all links together, and none less than five seconds old makes room: a guest that asks in a thousand
/// names would cut Dom0 off from its router and all who are not permanent. Asked once in a minute is what a guest needs. What a bridge
/// hears, <see cref="NftBridgeTable"/> judges.
/// </remarks>
public static class NftArpTable
{
    /// <summary>The set of announced vifs.</summary>
    public const string VifSet = "askers";

    /// <summary>What <c>network stop</c> gives to nft.</summary>
    public const string RemovalText = $"table arp {NftTable.Name}\ndelete table arp {NftTable.Name}\n";

    /// <summary>Family and name.</summary>
    public static NftTableName Table { get; } = new(NftMessage.Arp, NftTable.Name);

    /// <summary>Describes the table.</summary>
    public static NftScript Create(NftSettings settings)
    {
        var table = new NftScript(Table);
        table.Set(VifSet, "type ifname");
        table.Set("arp_rates", NftTable.RateSet);
        table.BeginChain("input", "type filter hook input priority filter; policy accept;");
        table.MarkedRule("iif lo accept");
        NftTable.ForVifs(table, settings, "iifname", VifSet, "goto guest");
        table.EndChain();
        table.BeginChain("guest");
        table.Rule("update @arp_rates { iifname limit rate over 5/second burst 20 packets } counter drop comment \"too much ARP\"");
        table.EndChain();
        table.Sign();
        return table;
    }
}
