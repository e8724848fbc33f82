using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>What one <c>[[dhcp.pool]]</c> must not be beside the rest of the configuration.</summary>
internal static class PoolCheck
{
    /// <summary>What is wrong with the pool of that place in the file; null when nothing is.</summary>
    /// <param name="configuration">Wholly read.</param>
    /// <param name="at">Place in <see cref="DhcpConfiguration.Pools"/>.</param>
    public static string? Find(XenNetConfiguration configuration, int at)
    {
        var pool = configuration.Dhcp.Pools[at];
        var earlier = configuration.Dhcp.Pools[..at];
        if (pool.Interface == "" || pool.Dom0.IsNone || (pool.First.IsNone && pool.Hosts.Count == 0 && pool.HostsFiles.IsEmpty))
        {
            return "[[dhcp.pool]] must have an interface, an address and a range, hosts or hosts-files.";
        }

        var name = pool.Interface;
        if (configuration.Bridges.Any(bridge => bridge.Name == name))
        {
            return $"the pool on {name} stands on a [[bridge]]: there guests have the addresses of their machines.";
        }

        if (configuration.Network.Vifs.FirstOrDefault(pattern => pattern.Matches(name)) is { Beginning.Length: > 0 } vif)
        {
            return $"network.vifs: '{vif}' also means {name}: its packets would be dropped as a guest's.";
        }

        if (pool.HostEntries.SelectMany(host => host.Macs).GroupBy(mac => mac).FirstOrDefault(of => of.Count() > 1) is { } again)
        {
            return $"{again.Key} stands twice among the hosts of the pool on {name}.";
        }

        if (earlier.Where(other => other.Interface == name).SelectMany(other => other.Hosts.Keys)
            .FirstOrDefault(pool.Hosts.ContainsKey) is var twice && twice != MacAddress.None)
        {
            return $"{twice} has an address of an earlier pool on {name} already.";
        }

        // They are bits, beside those of [[dhcp.tag]].
        return configuration.Dhcp.Pools[..(at + 1)].SelectMany(of => of.Tags).Distinct().Count() > DhcpRules.TagsMost
            ? string.Create(CultureInfo.InvariantCulture, $"pools must have at most {DhcpRules.TagsMost} tags together.")
            : WrongAddresses(configuration, pool, earlier);
    }

    private static string? WrongAddresses(
        XenNetConfiguration configuration, DhcpPoolSettings pool, ImmutableArray<DhcpPoolSettings> earlier)
    {
        if (!pool.First.IsNone && (!pool.Network.Contains(pool.First) || !pool.Network.Contains(pool.Last)
            || pool.First == pool.Network.Network || pool.Last == pool.Network.Last))
        {
            return $"the range {pool.First}-{pool.Last} must lie in {pool.Network}, without its first and last address.";
        }

        var taken = new HashSet<Ipv4Address> { pool.Dom0, pool.Network.Network, pool.Network.Last };
        foreach (var (macs, address) in pool.HostEntries.OrderBy(host => host.Address.Value))
        {
            if (!pool.Network.Contains(address) || !taken.Add(address))
            {
                return $"{address} of {macs[0]} must be a host's address in {pool.Network}, and no other's.";
            }
        }

        IEnumerable<(string Name, Ipv4Prefix Network)> others =
        [
            ("network.prefix", configuration.Network.Prefix),
            .. configuration.Bridges.Select(bridge => ($"bridge {bridge.Name}", bridge.Prefix)),
            .. earlier.Select(other => ($"the pool on {other.Interface}", other.Network)),
        ];
        foreach (var (name, network) in others)
        {
            if (network.Overlaps(pool.Network))
            {
                return $"the network {pool.Network} of the pool on {pool.Interface} meets {network} of {name}.";
            }
        }

        return null;
    }
}
