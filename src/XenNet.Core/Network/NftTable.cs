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
public sealed record NftSettings(Ipv4Prefix Prefix, bool Nat, string? Uplink, ImmutableArray<InterfacePattern> Vifs);

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
/// <para>Priority raw (−300) is before connection tracking (−200): what is forged leaves no trace there.</para>
/// <para>iifname in postrouting needs Linux 5.7.</para>
/// </remarks>
public static class NftTable
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

    /// <summary>The table in full.</summary>
    /// <param name="settings">What it depends on.</param>
    /// <param name="vifs">The vifs that are up: afterwards the sets hold just these. Null leaves the sets as they are.</param>
    /// <param name="afresh">Delete what stands there first: for a table of another release, whose sets have other types.</param>
    /// <param name="text">For <c>nft -f -</c>.</param>
    /// <param name="refusal">Why not, as a sentence; empty on success.</param>
    public static bool TryCompose(
        NftSettings settings, IReadOnlyCollection<VifSources>? vifs, bool afresh, out string text, out string refusal)
    {
        (text, refusal) = ("", "");
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
                    refusal = $"network.vifs: '{pattern}' also means the uplink {uplink}: its packets would be dropped as a guest's.";
                    return false;
                }
            }
        }

        foreach (var vif in vifs ?? [])
        {
            if (!InterfacePattern.IsWritableName(vif.Vif))
            {
                refusal = $"The vif's name '{vif.Vif}' cannot be written in an nft rule.";
                return false;
            }
        }

        text = Compose(settings, vifs, afresh);
        return true;
    }

    private static string Compose(NftSettings settings, IReadOnlyCollection<VifSources>? vifs, bool afresh)
    {
        var script = new StringBuilder();
        script.Append(CultureInfo.InvariantCulture, $"table inet {Name}\n");
        script.Append(CultureInfo.InvariantCulture, $"{(afresh ? "delete" : "flush")} table inet {Name}\n");
        script.Append(CultureInfo.InvariantCulture, $"table inet {Name} {{\n");
        script.Append(CultureInfo.InvariantCulture, $"\tset {VifSet} {{ type ifname; }}\n");
        script.Append(CultureInfo.InvariantCulture, $"\tset {SourceSet} {{ type ifname . ipv4_addr; }}\n");
        AppendGuest(script, settings);
        AppendForward(script, settings);
        AppendNat(script, settings);
        script.Append("}\n");
        if (!settings.Nat)
        {
            // Added above in any case, as a chain that may not be there cannot be deleted.
            script.Append(CultureInfo.InvariantCulture, $"delete chain inet {Name} postrouting\n");
        }

        AppendElements(script, vifs);
        return script.ToString();
    }

    private static void AppendGuest(StringBuilder script, NftSettings settings)
    {
        script.Append("\tchain prerouting {\n\t\ttype filter hook prerouting priority raw; policy accept;\n");
        AppendForVifs(script, settings, "iifname", "goto guest");
        script.Append(
            "\t}\n\tchain guest {\n"
            + "\t\tmeta nfproto != ipv4 counter drop comment \"IPv6 is not served\"\n"
            + "\t\tudp dport 68 counter drop comment \"DHCP answers come from Dom0 only\"\n"
            + "\t\tip daddr 255.255.255.255 udp dport 67 accept comment \"DHCP from any source\"\n"
            + "\t\tip saddr & 0.0.0.127 == 0.0.0.0 counter drop comment \"no interface has it\"\n"
            + "\t\tiifname . ip saddr & 255.255.255.128 @" + SourceSet + " accept\n"
            + "\t\tcounter drop comment \"not this guest's address\"\n\t}\n");
    }

    private static void AppendForward(StringBuilder script, NftSettings settings)
    {
        script.Append("\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n");
        if (settings.Uplink is { } uplink)
        {
            script.Append(CultureInfo.InvariantCulture, $"\t\tiifname \"{uplink}\" goto outside\n");
        }

        // A port that the operator sends on to a guest by a DNAT rule of his own is his will.
        script.Append("\t}\n\tchain outside {\n\t\tct state established,related accept\n\t\tct status dnat accept\n");
        AppendForVifs(script, settings, "oifname", "counter drop");
        script.Append("\t}\n");
    }

    private static void AppendNat(StringBuilder script, NftSettings settings)
    {
        script.Append("\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n");
        if (settings is { Nat: true, Uplink: { } uplink })
        {
            AppendForVifs(script, settings, $"oifname \"{uplink}\" ip saddr {settings.Prefix} iifname", "masquerade");
        }

        script.Append("\t}\n");
    }

    private static void AppendForVifs(StringBuilder script, NftSettings settings, string match, string verdict)
    {
        script.Append(CultureInfo.InvariantCulture, $"\t\t{match} @{VifSet} {verdict}\n");
        foreach (var pattern in settings.Vifs)
        {
            script.Append(CultureInfo.InvariantCulture, $"\t\t{match} \"{pattern}\" {verdict}\n");
        }
    }

    private static void AppendElements(StringBuilder script, IReadOnlyCollection<VifSources>? vifs)
    {
        if (vifs is null)
        {
            return;
        }

        script.Append(CultureInfo.InvariantCulture, $"flush set inet {Name} {VifSet}\nflush set inet {Name} {SourceSet}\n");
        foreach (var vif in vifs)
        {
            script.Append(CultureInfo.InvariantCulture, $"add element inet {Name} {VifSet} {{ \"{vif.Vif}\" }}\n");
            script.Append(CultureInfo.InvariantCulture,
                $"add element inet {Name} {SourceSet} {{ \"{vif.Vif}\" . {vif.Sources} }}\n");
        }
    }
}
