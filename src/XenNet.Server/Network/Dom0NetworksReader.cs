using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>Reads from the kernel what Dom0 needs outside its vifs.</summary>
internal sealed class Dom0NetworksReader(Links links, GuestNetworks guests)
{
    /// <summary>A snapshot.</summary>
    /// <param name="isVif">True for the name of an interface that is a guest's: by pattern or by binding.</param>
    /// <param name="resolvers">Name servers that Dom0 asks, and what to call the place that names them.</param>
    /// <param name="networks">What Dom0 needs, for each prefix of guests', the routed network's first; on failure nothing.</param>
    /// <param name="refusal">Why the kernel could not be read.</param>
    internal bool TryRead(Func<string, bool> isVif, IEnumerable<(Ipv4Address Address, string From)> resolvers,
        out ImmutableArray<Dom0Networks> networks, out string refusal)
    {
        networks = [];
        var error = links.List(out var all);
        var addresses = new List<AddressMessage>();
        var routes = new List<RouteMessage>();
        if (!error.IsDone || !(error = links.ListAddresses(0, out addresses)).IsDone
            || !(error = links.ListRoutes(0, out routes)).IsDone)
        {
            refusal = $"Dom0's addresses and routes cannot be read: {Errno.Describe(error.Code)}.";
            return false;
        }

        var names = all.Where(link => !isVif(link.Name)).ToDictionary(link => link.Index, link => link.Name);
        var found = new List<Dom0Network>();
        foreach (var address in addresses)
        {
            if (names.TryGetValue(address.LinkIndex, out var name) && !IsOurs(name, address.Address))
            {
                found.Add(new Dom0Network(Dom0Use.Address, Ipv4Prefix.Containing(address.Address, 32), name));
            }
        }

        foreach (var route in routes)
        {
            if (names.TryGetValue(route.LinkIndex, out var name) && !IsOurs(name, route.Source))
            {
                found.Add(route.Gateway.IsNone
                    ? new Dom0Network(Dom0Use.OnLink, route.Destination, name)
                    : new Dom0Network(Dom0Use.Gateway, Ipv4Prefix.Containing(route.Gateway, 32), name));
            }
        }

        found.AddRange(resolvers.Select(resolver =>
            new Dom0Network(Dom0Use.Resolver, Ipv4Prefix.Containing(resolver.Address, 32), resolver.From)));
        networks =
        [
            .. guests.Bridges.Prepend(guests.Routed).DistinctBy(network => network.Scheme.Prefix)
                .Select(network => Dom0Networks.From(network.Scheme, found.Where(one => !IsHome(network, one)))),
        ];
        refusal = "";
        return true;
    }

    // Dom0's address on a bridge, and the host routes to the guests there that have it for their source.
    private bool IsOurs(string link, Ipv4Address address) => guests.Find(link)?.Dom0Address == address;

    // A bridge may lie in a network of the operator's whose prefix its guests have: its hosts take addresses, not all of it.
    private static bool IsHome(GuestNetwork network, Dom0Network found) =>
        found.Use == Dom0Use.OnLink && network.Bridge is not null && found.InterfaceName == network.Bridge;
}
