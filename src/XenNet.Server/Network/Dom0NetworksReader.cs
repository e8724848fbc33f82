using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>Reads from the kernel what Dom0 needs outside its vifs.</summary>
internal sealed class Dom0NetworksReader(Links links, AddressScheme scheme)
{
    /// <summary>A snapshot.</summary>
    /// <param name="isVif">True for the name of an interface that is a guest's: by pattern or by binding.</param>
    /// <param name="resolvers">Name servers that Dom0 asks, and what to call the place that names them.</param>
    /// <param name="networks">What Dom0 needs; on failure nothing.</param>
    /// <param name="refusal">Why the kernel could not be read.</param>
    internal bool TryRead(Func<string, bool> isVif, IEnumerable<(Ipv4Address Address, string From)> resolvers,
        out Dom0Networks networks, out string refusal)
    {
        networks = Dom0Networks.None(scheme);
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
            if (names.TryGetValue(address.LinkIndex, out var name))
            {
                found.Add(new Dom0Network(Dom0Use.Address, Ipv4Prefix.Containing(address.Address, 32), name));
            }
        }

        foreach (var route in routes)
        {
            if (names.TryGetValue(route.LinkIndex, out var name))
            {
                found.Add(route.Gateway.IsNone
                    ? new Dom0Network(Dom0Use.OnLink, route.Destination, name)
                    : new Dom0Network(Dom0Use.Gateway, Ipv4Prefix.Containing(route.Gateway, 32), name));
            }
        }

        found.AddRange(resolvers.Select(resolver =>
            new Dom0Network(Dom0Use.Resolver, Ipv4Prefix.Containing(resolver.Address, 32), resolver.From)));
        networks = Dom0Networks.From(scheme, found);
        refusal = "";
        return true;
    }
}
