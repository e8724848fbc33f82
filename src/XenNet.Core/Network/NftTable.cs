using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using XenNet.Wire;

namespace XenNet.Core.Network;

/// <summary>What the filter depends on.</summary>
/// <param name="Prefix">Every guest's address lies in it.</param>
/// <param name="Nat">Guests leave by the uplink with Dom0's address.</param>
/// <param name="Uplink">The interface to the outside; null when there is none.</param>
/// <param name="Vifs">Interfaces that are vifs by their name, besides those that are announced.</param>
/// <param name="DnsPort">Where guests ask Dom0; 0 without DNS.</param>
/// <param name="DnsOnLoopback">Dom0 asks there itself.</param>
public sealed record NftSettings(
    Ipv4Prefix Prefix, bool Nat, string? Uplink, ImmutableArray<InterfacePattern> Vifs, ushort DnsPort, bool DnsOnLoopback);

/// <summary>An announced vif and where its machine's addresses begin (<see cref="VifPlan.Sources"/>).</summary>
/// <param name="Vif">The interface's name.</param>
/// <param name="Sources">10.x1.x2.0.</param>
public readonly record struct VifSources(string Vif, Ipv4Address Sources);

/// <summary>
/// Our table, as text for <c>nft -f -</c>. It is applied as one transaction, over a table that is there or not; no
/// packet is ever seen by half of it.
/// </summary>
/// <remarks>
/// <para>(vif, source) is looked up in a hash set, so a guest's packet costs the same with 1 vif and with 1000. The
/// source is masked to its /25: .1 to .127 are the machine's interfaces; .129 to .255 are Dom0's ends and never come
/// from a guest; .0 is no interface and is dropped by a rule of its own.</para>
/// <para>Priority raw (−300) is before connection tracking (−200): what is forged leaves no trace there. Neither do DNS over
/// UDP between guests and Dom0 and broadcast DHCP: a datagram is half as dear to the kernel, and a guest that asks from ever
/// new ports does not fill the table that all connections of the host share.</para>
/// <para>iifname in postrouting needs Linux 5.7.</para>
/// </remarks>
public sealed class NftTable
{
    /// <summary>The table's name; its family is inet.</summary>
    public const string Name = "xennet";

    /// <summary>The set of announced vifs.</summary>
    public const string VifSet = "vifs";

    /// <summary>The set of (vif, sources).</summary>
    public const string SourceSet = "sources";

    /// <summary>What <c>network stop</c> gives to nft.</summary>
    /// <remarks>Declared first, so that it is no error when the table is gone already.</remarks>
    public const string RemovalText = $"table inet {Name}\ndelete table inet {Name}\n";

    // Stands in the text where its own fingerprint goes.
    private const string LayoutMark = "layout ?";

    private readonly StringBuilder _script = new();
    private readonly NftSettings _settings;

    private NftTable(NftSettings settings) => _settings = settings;

    /// <summary>Rules in it: with another number of them somebody has changed it.</summary>
    public int Rules { get; private set; }

    /// <summary>
    /// The first rule's comment, made from the text of all: with another the table stands for other settings.
    /// </summary>
    public string Layout { get; private set; } = "";

    /// <summary>Describes the table.</summary>
    /// <param name="settings">What it depends on.</param>
    /// <param name="table">The table.</param>
    /// <param name="refusal">Why not, as a sentence; empty on success.</param>
    public static bool TryCreate(NftSettings settings, out NftTable? table, out string refusal)
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

        table = new NftTable(settings);
        table.AppendGuest();
        table.AppendOutput();
        table.AppendForward();
        table.AppendNat();
        table.Sign();
        return true;
    }

    /// <summary>The text for <c>nft -f -</c>.</summary>
    /// <param name="vifs">
    /// The vifs that are up: afterwards the sets hold just these, less those whose name no rule can have. Null leaves
    /// the sets as they are.
    /// </param>
    /// <param name="afresh">
    /// Delete what stands there first: for a table of another release, whose sets have other types.
    /// </param>
    public string ToText(IReadOnlyCollection<VifSources>? vifs, bool afresh = false)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"table inet {Name}\n");
        text.Append(CultureInfo.InvariantCulture, $"{(afresh ? "delete" : "flush")} table inet {Name}\n");
        text.Append(CultureInfo.InvariantCulture, $"table inet {Name} {{\n");
        text.Append(CultureInfo.InvariantCulture, $"\tset {VifSet} {{\n\t\ttype ifname\n\t}}\n");
        text.Append(CultureInfo.InvariantCulture, $"\tset {SourceSet} {{\n\t\ttype ifname . ipv4_addr\n\t}}\n");
        text.Append(_script).Append("}\n");
        if (!_settings.Nat)
        {
            // Added above in any case, as a chain that may not be there cannot be deleted.
            text.Append(CultureInfo.InvariantCulture, $"delete chain inet {Name} postrouting\n");
        }

        if (vifs is not null)
        {
            AppendElements(text, vifs);
        }

        return text.ToString();
    }

    private static void AppendElements(StringBuilder text, IReadOnlyCollection<VifSources> vifs)
    {
        text.Append(CultureInfo.InvariantCulture, $"flush set inet {Name} {VifSet}\nflush set inet {Name} {SourceSet}\n");
        foreach (var vif in vifs)
        {
            if (InterfacePattern.IsWritableName(vif.Vif))
            {
                text.Append(CultureInfo.InvariantCulture, $"add element inet {Name} {VifSet} {{ \"{vif.Vif}\" }}\n");
                text.Append(CultureInfo.InvariantCulture,
                    $"add element inet {Name} {SourceSet} {{ \"{vif.Vif}\" . {vif.Sources} }}\n");
            }
        }
    }

    private void AppendGuest()
    {
        BeginChain("prerouting", "type filter hook prerouting priority raw; policy accept;");
        Rule($"iif lo accept comment \"{LayoutMark}\"");
        ForVifs("iifname", "goto guest");
        EndChain();
        BeginChain("guest");
        Rule("meta nfproto != ipv4 counter drop comment \"IPv6 is not served\"");
        Rule("udp dport 68 counter drop comment \"DHCP answers come from Dom0 only\"");
        Rule("ip daddr 255.255.255.255 udp dport 67 notrack accept comment \"DHCP from any source\"");
        Rule("ip saddr & 0.0.0.127 == 0.0.0.0 counter drop comment \"no interface has it\"");
        if (_settings.DnsPort != 0)
        {
            Rule($"udp dport {_settings.DnsPort} ip daddr & {Dom0Ends} notrack");
        }

        Rule($"iifname . ip saddr & 255.255.255.128 @{SourceSet} accept");
        Rule("counter drop comment \"not this guest's address\"");
        EndChain();
    }

    // What is sent on lo comes in with the mark that it left with.
    private void AppendOutput()
    {
        BeginChain("output", "type filter hook output priority raw; policy accept;");
        if (_settings is { DnsPort: var port and not 0, DnsOnLoopback: var onLoopback })
        {
            if (onLoopback)
            {
                Rule($"oif lo udp sport {port} notrack accept");
                Rule($"oif lo udp dport {port} notrack accept");
            }

            Rule($"udp sport {port} ip saddr & {Dom0Ends} notrack");
        }

        EndChain();
    }

    private void AppendForward()
    {
        BeginChain("forward", "type filter hook forward priority filter; policy accept;");
        if (_settings.Uplink is { } uplink)
        {
            Rule($"iifname \"{uplink}\" goto outside");
        }

        EndChain();
        BeginChain("outside");
        Rule("ct state established,related accept");
        Rule("ct status dnat accept comment \"sent on by the operator's own rule\"");
        ForVifs("oifname", "counter drop");
        EndChain();
    }

    private void AppendNat()
    {
        BeginChain("postrouting", "type nat hook postrouting priority srcnat; policy accept;");
        if (_settings is { Nat: true, Uplink: { } uplink })
        {
            ForVifs($"oifname \"{uplink}\" ip saddr {_settings.Prefix} iifname", "masquerade");
        }

        EndChain();
    }

    // Dom0's end of every interface: in the prefix, and y has its highest bit.
    private string Dom0Ends
    {
        get
        {
            var ends = new Ipv4Address(_settings.Prefix.Network.Value | 0x80);
            return $"{new Ipv4Address(uint.MaxValue << (32 - _settings.Prefix.Length) | 0x80)} == {ends}";
        }
    }

    private void ForVifs(string match, string verdict)
    {
        Rule($"{match} @{VifSet} {verdict}");
        foreach (var pattern in _settings.Vifs)
        {
            Rule($"{match} \"{pattern.ToRuleText()}\" {verdict}");
        }
    }

    private void BeginChain(string name, string? hook = null)
    {
        _script.Append(CultureInfo.InvariantCulture, $"\tchain {name} {{\n");
        if (hook is not null)
        {
            _script.Append(CultureInfo.InvariantCulture, $"\t\t{hook}\n");
        }
    }

    private void Rule(string rule)
    {
        _script.Append(CultureInfo.InvariantCulture, $"\t\t{rule}\n");
        Rules++;
    }

    // FNV-1a: it tells texts apart that we wrote, and need not withstand anybody.
    private void Sign()
    {
        var hash = 0xcbf29ce484222325UL;
        foreach (var octet in Encoding.UTF8.GetBytes(_script.ToString()))
        {
            hash = (hash ^ octet) * 0x100000001b3UL;
        }

        Layout = string.Create(CultureInfo.InvariantCulture, $"layout {hash:x16}");
        _script.Replace(LayoutMark, Layout);
    }

    private void EndChain() => _script.Append("\t}\n");
}
