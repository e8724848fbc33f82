using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>The table arp xennet: how often a guest on a routed vif may ask Dom0 by ARP.</summary>
/// <remarks>
/// Whoever asks for an address of Dom0's becomes its neighbour, by whatever address he says is his own. The kernel keeps
/// 1,024 of them (gc_thresh3) on all links together, but for permanent ones, and those that are less than five seconds old
/// make no room: a guest that asks in a thousand names would cut Dom0 off from its router. What a guest needs is one
/// question in a minute, and some at once when it starts. Who may ask on a bridge, <see cref="NftBridgeTable"/> says.
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
        table.Rule("update @arp_rates { iifname limit rate over 5/second burst 20 packets } counter drop "
            + "comment \"too much ARP\"");
        table.EndChain();
        table.Sign();
        return table;
    }
}
