using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>What one <c>[[bridge]]</c> must not be beside the rest of the configuration.</summary>
internal static class BridgeCheck
{
    /// <summary>What is wrong with the bridge of that place in the file; null when nothing is.</summary>
    /// <param name="configuration">Wholly read.</param>
    /// <param name="at">Place in <see cref="XenNetConfiguration.Bridges"/>.</param>
    public static string? Find(XenNetConfiguration configuration, int at)
    {
        var bridge = configuration.Bridges[at];
        var earlier = configuration.Bridges[..at];
        if (bridge.Name == "")
        {
            return "[[bridge]] must have a name.";
        }

        if (earlier.Any(other => other.Name == bridge.Name))
        {
            return $"the bridge {bridge.Name} is given twice.";
        }

        if (configuration.Network.Vifs.FirstOrDefault(pattern => pattern.Matches(bridge.Name)) is { Beginning.Length: > 0 } vif)
        {
            return $"network.vifs: '{vif}' also means the bridge {bridge.Name}: its packets would be dropped as a guest's.";
        }

        return WrongPrefix(configuration, bridge, earlier) ?? WrongZone(configuration, bridge, earlier);
    }

    private static string? WrongPrefix(
        XenNetConfiguration configuration, BridgeConfiguration bridge, ImmutableArray<BridgeConfiguration> earlier)
    {
        if (Meets(bridge.Prefix, configuration.Network.Prefix))
        {
            return $"the prefix {bridge.Prefix} of bridge {bridge.Name} meets network.prefix {configuration.Network.Prefix}: "
                + "let them be the same or have nothing in common.";
        }

        if (earlier.FirstOrDefault(other => Meets(bridge.Prefix, other.Prefix)) is { } met)
        {
            return $"the prefix {bridge.Prefix} of bridge {bridge.Name} meets {met.Prefix} of bridge {met.Name}: "
                + "let them be the same or have nothing in common.";
        }

        return earlier.Count(other => other.Prefix == bridge.Prefix) >= GuestNetworks.BridgesOfPrefixMost
            ? $"Dom0 has no address left for bridge {bridge.Name}: {GuestNetworks.BridgesOfPrefixMost} have its prefix already."
            : null;
    }

    private static bool Meets(Ipv4Prefix one, Ipv4Prefix other) => one != other && one.Overlaps(other);

    // A zone inside another would hold names that the other has as well.
    private static string? WrongZone(
        XenNetConfiguration configuration, BridgeConfiguration bridge, ImmutableArray<BridgeConfiguration> earlier)
    {
        var others = earlier.Select(other => other.Zone).Append(configuration.Zone.Name);
        return bridge.Zone != "" && others.FirstOrDefault(other => Nests(bridge.Zone, other)) is { } met
            ? $"the zone {bridge.Zone} of bridge {bridge.Name} and the zone {met} lie one within the other."
            : null;
    }

    private static bool Nests(string one, string other) => other != "" && one != other
        && (one.EndsWith("." + other, StringComparison.Ordinal) || other.EndsWith("." + one, StringComparison.Ordinal));
}
