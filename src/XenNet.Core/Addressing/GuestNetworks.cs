using System.Collections.Immutable;
using XenNet.Wire;

namespace XenNet.Core.Addressing;

/// <summary>All networks that guests are bound in: the routed one and the bridges, in the order of the file.</summary>
public sealed class GuestNetworks
{
    /// <summary>Bridges with the same prefix at the most: each takes an interface number of Dom0's.</summary>
    public const int BridgesOfPrefixMost = InterfaceNumber.Most;

    /// <summary>The networks.</summary>
    /// <param name="routed">The addresses of vifs that are routed.</param>
    /// <param name="zone">The zone of the routed network.</param>
    /// <param name="bridges">Name, prefix and zone of each bridge.</param>
    /// <exception cref="ArgumentOutOfRangeException">More bridges than Dom0 has addresses in a prefix.</exception>
    public GuestNetworks(
        AddressScheme routed, string zone, IEnumerable<(string Name, Ipv4Prefix Prefix, string Zone)> bridges)
    {
        Routed = new GuestNetwork(null, routed, Ipv4Address.None, zone);
        var made = ImmutableArray.CreateBuilder<GuestNetwork>();
        foreach (var bridge in bridges)
        {
            var earlier = made.Count(other => other.Scheme.Prefix == bridge.Prefix);
            if (!InterfaceNumber.TryCreate(earlier + 1, out var y))
            {
                throw new ArgumentOutOfRangeException(nameof(bridges), bridge.Name, "no address of Dom0's is left");
            }

            var scheme = bridge.Prefix == routed.Prefix ? routed : new AddressScheme(bridge.Prefix);
            made.Add(new GuestNetwork(bridge.Name, scheme, scheme.Dom0Address(MachineNumber.Dom0, y), bridge.Zone));
        }

        Bridges = made.ToImmutable();
        HaveOnePrefix = Bridges.All(bridge => bridge.Scheme.Prefix == routed.Prefix);
        Schemes = [.. Bridges.Select(bridge => bridge.Scheme).Prepend(routed).DistinctBy(scheme => scheme.Prefix)];
        Views = [.. Bridges.Select(bridge => bridge.Zone).Where(name => name != zone).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The routed network alone.</summary>
    public GuestNetworks(AddressScheme routed)
        : this(routed, "", [])
    {
    }

    /// <summary>That of vifs that are on no bridge.</summary>
    public GuestNetwork Routed { get; }

    /// <summary>The bridges.</summary>
    public ImmutableArray<GuestNetwork> Bridges { get; }

    /// <summary>True when an interface's address is the same wherever it is.</summary>
    public bool HaveOnePrefix { get; }

    /// <summary>Each once, the routed network's first.</summary>
    public ImmutableArray<AddressScheme> Schemes { get; }

    /// <summary>The zones of bridges besides the routed network's.</summary>
    public ImmutableArray<string> Views { get; }

    /// <summary>The bridge on which Dom0 has that address; null for any other address.</summary>
    public GuestNetwork? FindByDom0(Ipv4Address address)
    {
        foreach (var network in Bridges)
        {
            if (network.Dom0Address == address)
            {
                return network;
            }
        }

        return null;
    }

    /// <summary>That of a bridge; null when no such bridge is configured.</summary>
    public GuestNetwork? Find(string bridge)
    {
        foreach (var network in Bridges)
        {
            if (string.Equals(network.Bridge, bridge, StringComparison.Ordinal))
            {
                return network;
            }
        }

        return null;
    }

    /// <summary>
    /// The network of an interface that is, or was last, on that bridge. The routed one for null, for a bridge that is
    /// configured no more, and for one whose prefix has become too small for the machine.
    /// </summary>
    public GuestNetwork Of(string? bridge, MachineNumber number) =>
        bridge is not null && Find(bridge) is { } found && found.Scheme.Fits(number) ? found : Routed;
}
