using System.Globalization;
using XenNet.Core.Network;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>
/// The table bridge xennet and Dom0's addresses on the bridges: all that guests there rest upon. Nothing is there when no
/// bridge is configured.
/// </summary>
/// <param name="bridges">The bridges.</param>
/// <param name="filter">The table's sets.</param>
/// <param name="dhcpRate">DHCP messages of one port that are answered in a second; 0 for all.</param>
internal sealed class BridgeGuard(Bridges bridges, NftFilter filter, Func<int> dhcpRate)
{
    private const string StartCommand = "xennet network start";

    // Set while the table could not be loaded: it is tried again by Start, not at each change of Dom0's networks.
    private string _refusal = "";

    /// <summary>Puts the table in place, and then the addresses.</summary>
    /// <param name="vifs">The vifs that are up; null leaves the sets as they are.</param>
    /// <param name="refusal">Why not, as one line. Then nobody is admitted to a bridge, and there is no DHCP there.</param>
    internal bool TryApply(IReadOnlyCollection<VifSources>? vifs, out string refusal)
    {
        if (bridges.Networks.IsEmpty)
        {
            filter.KnowsBridges = false;
            return TryRemove(null, out refusal);
        }

        filter.KnowsBridges = TryLoad(vifs, out refusal) && bridges.TryAddAddresses(out refusal);
        _refusal = refusal;
        return filter.KnowsBridges;
    }

    /// <summary>True when the table and the addresses are there, or were refused, or there is no bridge.</summary>
    internal bool NeedsNothing(IReadOnlyCollection<VifSources>? vifs) =>
        _refusal.Length > 0 || (IsInPlace(vifs, out _) && bridges.HaveAddresses());

    /// <summary>True when the table stands as it was made. Where it does not, DHCP is silent from now on.</summary>
    internal bool IsInPlace(IReadOnlyCollection<VifSources>? vifs, out string difference)
    {
        difference = "";
        if (bridges.Networks.IsEmpty)
        {
            return true;
        }

        difference = filter.Compare(NftBridgeTable.Create(bridges.Networks, dhcpRate()), vifs ?? []);
        filter.KnowsBridges = difference.Length == 0;
        return difference.Length == 0;
    }

    /// <summary>The ports of the bridges that were no guests' when last looked at.</summary>
    internal IReadOnlyCollection<string> Others { get; private set; } = [];

    /// <summary>Tells the filter which ports of the bridges are no guests'.</summary>
    internal void FollowPorts(IEnumerable<VifSources> vifs)
    {
        if (filter.KnowsBridges && bridges.ListOtherPorts(vifs.Select(vif => vif.Vif), out var ports).IsDone)
        {
            Others = ports;
            filter.SetOthers(ports);
        }
    }

    /// <summary>Takes table and addresses away.</summary>
    /// <param name="chains">All that there are; null to ask.</param>
    /// <param name="refusal">nft's words.</param>
    internal bool TryRemove(IReadOnlyCollection<NftChain>? chains, out string refusal)
    {
        refusal = "";
        bridges.RemoveAddresses();
        if (chains is null)
        {
            chains = filter.ListChains(out var all).IsDone ? all : [];
        }

        return !chains.Any(chain => new NftTableName(chain.Family, chain.Table) == NftBridgeTable.Table)
            || NftCommand.TryApply(NftBridgeTable.RemovalText, out refusal);
    }

    /// <summary>How the bridges stand.</summary>
    internal IEnumerable<NetworkFinding> Find(IReadOnlyCollection<VifSources>? vifs)
    {
        if (bridges.Networks.IsEmpty)
        {
            yield break;
        }

        yield return IsInPlace(vifs, out var difference)
            ? new(NetworkSubject.Bridges, NetworkStanding.InPlace, $"The nft table bridge {NftTable.Name} is in place.", [])
            : new(NetworkSubject.Bridges, NetworkStanding.Missing, "No DHCP on bridges: "
                + (_refusal.Length > 0 ? _refusal : difference), [StartCommand]);
        foreach (var missing in bridges.Missing())
        {
            yield return new(NetworkSubject.Bridges, NetworkStanding.Warning,
                $"The bridge {missing.Bridge} is not there: no guest can start on it.",
                [$"ip link add {missing.Bridge} type bridge && ip link set {missing.Bridge} up"]);
        }

        foreach (var network in bridges.Networks)
        {
            if (SpanningTree(network.Bridge!) is { } seconds)
            {
                yield return new(NetworkSubject.Bridges, NetworkStanding.Warning, string.Create(CultureInfo.InvariantCulture,
                    $"The bridge {network.Bridge} speaks STP: a guest that starts is not heard for {seconds} s."),
                    [$"ip link set {network.Bridge} type bridge stp_state 0"]);
            }
        }
    }

    // The sets must be there when a port's first frame is; what the other ports are is part of the same transaction.
    private bool TryLoad(IReadOnlyCollection<VifSources>? vifs, out string refusal)
    {
        var table = NftBridgeTable.Create(bridges.Networks, dhcpRate());
        return NftCommand.TryApply(table.ToText(ElementsOf(vifs)), out refusal)
            || NftCommand.TryApply(table.ToText(ElementsOf(vifs), afresh: true), out refusal);
    }

    private IEnumerable<SetElement>? ElementsOf(IReadOnlyCollection<VifSources>? vifs)
    {
        if (vifs is null)
        {
            return null;
        }

        bridges.ListOtherPorts(vifs.Select(vif => vif.Vif), out var others);
        Others = others;
        return vifs.SelectMany(vif => vif.Elements(besideBridges: true)).Concat(others.Select(NftFilter.OtherPort));
    }

    // Seconds until a new port is heard: listening and learning each take the forward delay. Null when it is at once.
    private static int? SpanningTree(string bridge)
    {
        var folder = $"/sys/class/net/{bridge}/bridge/";
        return Read(folder + "stp_state") > 0 && Read(folder + "forward_delay") is > 0 and var hundredths
            ? 2 * hundredths / 100
            : null;
    }

    private static int Read(string file)
    {
        try
        {
            return int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var value) ? value : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
