using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>What the filter depends on.</summary>
/// <param name="Prefix">Every routed guest's address lies in it.</param>
/// <param name="Nat">Guests leave by the uplink with Dom0's address.</param>
/// <param name="Uplink">The interface to the outside; null when there is none.</param>
/// <param name="Vifs">Interfaces that are vifs by their name, besides those that are announced.</param>
/// <param name="DnsPort">Where guests ask Dom0; 0 without DNS.</param>
/// <param name="DnsOnLoopback">Dom0 asks there itself.</param>
/// <param name="Bridges">The bridges that guests share.</param>
/// <param name="DhcpRate">DHCP messages of one vif that are answered in a second; 0 for all.</param>
/// <param name="TftpPort">Where guests ask for boot files; 0 without TFTP.</param>
public sealed record NftSettings(
    Ipv4Prefix Prefix, bool Nat, string? Uplink, ImmutableArray<InterfacePattern> Vifs, ushort DnsPort, bool DnsOnLoopback,
    ImmutableArray<GuestNetwork> Bridges, int DhcpRate = 0, ushort TftpPort = 0)
{
    /// <summary>The UDP ports of ours that connections are not followed on, as nft writes them; empty for none.</summary>
    internal string AskedPorts => (DnsPort, TftpPort) switch
    {
        (0, 0) => "",
        (var dns, 0) => string.Create(CultureInfo.InvariantCulture, $"{dns}"),
        (0, var tftp) => string.Create(CultureInfo.InvariantCulture, $"{tftp}"),
        var (dns, tftp) => string.Create(CultureInfo.InvariantCulture, $"{{ {dns}, {tftp} }}"),
    };
}

/// <summary>The table inet xennet: what guests may send to Dom0 and through it.</summary>
/// <remarks>
/// <para>(vif, source, MAC) is looked up in a hash set, so a guest's packet costs the same with 1 vif and with 1000; those without
/// a MAC, and bridges, are looked up in a second one. The source is masked to its /25: .1 to .127 are the machine's interfaces; .129 to .255 are Dom0's ends and never come
/// from a guest; .0 is no interface and is dropped by a rule of its own.</para>
/// <para>Of guests on a bridge it sees the bridge alone: who they are, <see cref="NftBridgeTable"/> has judged.</para>
/// <para>Priority raw (−300) is before connection tracking (−200): what is forged leaves no trace there. Neither do DNS over
/// UDP and requests of TFTP between guests and Dom0 and broadcast DHCP: a datagram is half as dear to the kernel, and a guest that asks from ever
/// new ports does not fill the table that all connections of the host share.</para>
/// <para>iifname in postrouting needs Linux 5.7.</para>
/// </remarks>
public static class NftTable
{
    /// <summary>The table's name; its family is inet.</summary>
    public const string Name = "xennet";

    /// <summary>The set of announced vifs.</summary>
    public const string VifSet = "vifs";

    /// <summary>The set of (vif, sources, MAC) of routed guests.</summary>
    public const string GuestSet = "guests";

    /// <summary>The set of (bridge, sources), and of (vif, sources) where the guest's MAC is not known.</summary>
    public const string SourceSet = "sources";

    /// <summary>The set of vifs that sent DHCP of late, which the kernel keeps.</summary>
    public const string DhcpRateSet = "dhcp_rates";

    /// <summary>The type of such a set.</summary>
    internal const string RateSet = "type ifname; size 65535; flags dynamic,timeout; timeout 1m";

    // Of one vif the kernel lets through so many times what is answered: enough for the answer to be refused by name, and too
    // little to fill the queue that all vifs share.
    private const int DhcpRateMargin = 4;

    /// <summary>What <c>network stop</c> gives to nft.</summary>
    /// <remarks>Declared first, so that it is no error when the table is gone already.</remarks>
    public const string RemovalText = $"table inet {Name}\ndelete table inet {Name}\n";

    /// <summary>Family and name.</summary>
    public static NftTableName Table { get; } = new(NftMessage.Inet, Name);

    /// <summary>Describes the table.</summary>
    /// <param name="settings">What it depends on.</param>
    /// <param name="table">The table.</param>
    /// <param name="refusal">Why not, as a sentence; empty on success.</param>
    public static bool TryCreate(NftSettings settings, out NftScript? table, out string refusal)
    {
        (table, refusal) = (null, "");
        if (settings.Uplink is { } uplink)
        {
            if (!InterfacePattern.IsWritableName(uplink))
            {
                refusal = $"The uplink's name '{uplink}' cannot be written in an nft rule: rename the interface.";
                return false;
            }

            foreach (var pattern in settings.Vifs)
            {
                if (pattern.Matches(uplink))
                {
                    refusal = $"network.vifs: '{pattern}' also means the uplink {uplink}: "
                        + "its packets would be dropped as a guest's.";
                    return false;
                }
            }
        }

        table = new NftScript(Table);
        table.Set(VifSet, "type ifname");
        table.Set(GuestSet, "type ifname . ipv4_addr . ether_addr");
        table.Set(SourceSet, "type ifname . ipv4_addr");
        DeclareDhcpRates(table, settings.DhcpRate);
        AppendGuest(table, settings);
        AppendOutput(table, settings);
        AppendForward(table, settings);
        AppendNat(table, settings);
        table.Sign();
        return true;
    }

    private static void AppendGuest(NftScript table, NftSettings settings)
    {
        table.BeginChain("prerouting", "type filter hook prerouting priority raw; policy accept;");
        table.MarkedRule("iif lo accept");
        ForVifs(table, settings, "iifname", VifSet, "goto guest");
        if (settings.AskedPorts != "")
        {
            foreach (var bridge in settings.Bridges)
            {
                table.Rule($"iifname \"{bridge.Bridge}\" udp dport {settings.AskedPorts} ip daddr {bridge.Dom0Address} notrack");
            }
        }

        table.EndChain();
        table.BeginChain("guest");
        table.Rule("meta nfproto != ipv4 counter drop comment \"IPv6 is not served\"");
        table.Rule("udp dport 68 counter drop comment \"DHCP answers come from Dom0 only\"");
        LimitDhcp(table, settings.DhcpRate);
        table.Rule("ip daddr 255.255.255.255 udp dport 67 notrack accept comment \"DHCP from any source\"");
        table.Rule("ip saddr & 0.0.0.127 == 0.0.0.0 counter drop comment \"no interface has it\"");
        if (settings.AskedPorts != "")
        {
            table.Rule($"udp dport {settings.AskedPorts} ip daddr & {Dom0Ends(settings)} notrack");
        }

        table.Rule($"iifname . ip saddr & 255.255.255.128 . ether saddr @{GuestSet} accept");
        table.Rule($"iifname . ip saddr & 255.255.255.128 @{SourceSet} accept");
        table.Rule("counter drop comment \"not this guest's address\"");
        table.EndChain();
    }

    /// <summary>Declares the set of <see cref="LimitDhcp"/>.</summary>
    internal static void DeclareDhcpRates(NftScript table, int rate)
    {
        if (rate != 0)
        {
            table.Set(DhcpRateSet, RateSet);
        }
    }

    /// <summary>Drops what one vif sends to DHCP beyond what it can be answered.</summary>
    internal static void LimitDhcp(NftScript table, int rate)
    {
        if (rate != 0)
        {
            table.Rule(string.Create(CultureInfo.InvariantCulture,
                $"udp dport 67 update @{DhcpRateSet} {{ iifname limit rate over {rate * DhcpRateMargin}/second "
                + $"burst {rate * DhcpRateMargin} packets }} counter drop comment \"too much DHCP\""));
        }
    }

    // What is sent on lo comes in with the mark that it left with.
    private static void AppendOutput(NftScript table, NftSettings settings)
    {
        table.BeginChain("output", "type filter hook output priority raw; policy accept;");
        if (settings is { DnsPort: var dns and not 0, DnsOnLoopback: true })
        {
            table.Rule($"oif lo udp sport {dns} notrack accept");
            table.Rule($"oif lo udp dport {dns} notrack accept");
        }

        if (settings.AskedPorts is var port and not "")
        {
            table.Rule($"udp sport {port} ip saddr & {Dom0Ends(settings)} notrack");
            foreach (var bridge in settings.Bridges.Where(bridge => bridge.Scheme.Prefix != settings.Prefix))
            {
                table.Rule($"udp sport {port} ip saddr {bridge.Dom0Address} notrack");
            }
        }

        table.EndChain();
    }

    // Without an uplink nothing comes from outside, and connections need not be followed: that would cost every packet.
    private static void AppendForward(NftScript table, NftSettings settings)
    {
        table.BeginChain("forward", "type filter hook forward priority filter; policy accept;");
        if (settings.Uplink is not { } uplink)
        {
            table.EndChain();
            return;
        }

        if (!settings.Bridges.IsEmpty)
        {
            // The uplink may be the bridge itself: what its guests send is not from outside.
            table.Rule($"iifname . ip saddr & 255.255.255.128 @{SourceSet} accept");
        }

        table.Rule($"iifname \"{uplink}\" goto outside");
        table.EndChain();
        table.BeginChain("outside");
        table.Rule("ct state established,related accept");
        table.Rule("ct status dnat accept comment \"sent on by the operator's own rule\"");
        ForVifs(table, settings, "oifname", VifSet, "counter drop");
        foreach (var bridge in settings.Bridges)
        {
            table.Rule($"oifname \"{bridge.Bridge}\" ip daddr {bridge.Scheme.Prefix} counter drop");
        }

        table.EndChain();
    }

    private static void AppendNat(NftScript table, NftSettings settings)
    {
        table.BeginChain("postrouting", "type nat hook postrouting priority srcnat; policy accept;");
        if (settings is { Nat: true, Uplink: { } uplink })
        {
            // A guest may send by any of its interfaces what comes from another.
            var prefixes = settings.Bridges.Select(bridge => bridge.Scheme.Prefix).Prepend(settings.Prefix).Distinct().ToList();
            var guests = prefixes.Count == 1 ? prefixes[0].ToString() : $"{{ {string.Join(", ", prefixes)} }}";
            ForVifs(table, settings, $"oifname \"{uplink}\" ip saddr {guests} iifname", VifSet, "masquerade");
            foreach (var bridge in settings.Bridges)
            {
                // Not among the guests, whose frames come by here when the kernel shows bridged packets to iptables.
                table.Rule($"oifname \"{uplink}\" ip saddr {guests} ip daddr != {guests} iifname \"{bridge.Bridge}\" masquerade");
            }
        }

        table.EndChain();
        if (!settings.Nat)
        {
            table.Drop("postrouting");
        }
    }

    // Dom0's end of every interface: in the prefix, and y has its highest bit.
    private static string Dom0Ends(NftSettings settings)
    {
        var ends = new Ipv4Address(settings.Prefix.Network.Value | 0x80);
        return $"{new Ipv4Address(uint.MaxValue << (32 - settings.Prefix.Length) | 0x80)} == {ends}";
    }

    internal static void ForVifs(NftScript table, NftSettings settings, string match, string set, string verdict)
    {
        table.Rule($"{match} @{set} {verdict}");
        foreach (var pattern in settings.Vifs)
        {
            table.Rule($"{match} \"{pattern.ToRuleText()}\" {verdict}");
        }
    }
}
