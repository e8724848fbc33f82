using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>What the kernel has that vifs depend on, as one look at all of it found it.</summary>
public sealed class KernelPicture
{
    private readonly Dictionary<int, LinkMessage> _links;
    private readonly ILookup<int, AddressMessage> _addresses;
    private readonly HashSet<(int Link, Ipv4Address Destination, uint Metric, Ipv4Address Source)> _routes;
    private readonly HashSet<(int Link, Ipv4Address Address, MacAddress Mac)> _neighbours;
    private readonly HashSet<SetElement> _elements;

    /// <param name="links">All links.</param>
    /// <param name="addresses">All IPv4 addresses.</param>
    /// <param name="routes">The IPv4 routes of the main table.</param>
    /// <param name="neighbours">Neighbours, stations of bridges, and for whom Dom0 answers.</param>
    /// <param name="elements">The elements of our tables' sets.</param>
    public KernelPicture(IEnumerable<LinkMessage> links, IEnumerable<AddressMessage> addresses,
        IEnumerable<RouteMessage> routes, IEnumerable<NeighbourEntry> neighbours, IEnumerable<SetElement> elements)
    {
        _links = links.ToDictionary(link => link.Index);
        Names = _links.Values.ToDictionary(link => link.Name, link => link.Index, StringComparer.Ordinal);
        _addresses = addresses.ToLookup(held => held.LinkIndex);
        HostRoutes = [.. routes.Where(route => route is { Destination.Length: 32, Gateway.IsNone: true, Kind: RouteMessage.Unicast })];
        _routes = [.. HostRoutes.Select(route => (route.LinkIndex, route.Destination.Network, route.Metric, route.Source))];
        _neighbours = [.. neighbours.Where(entry => entry is { IsLasting: true, IsProxy: false }).Select(entry => (entry.LinkIndex, entry.Address, entry.Mac))];
        Proxies = neighbours.Where(entry => entry.IsProxy).Select(entry => (entry.LinkIndex, entry.Address)).ToHashSet();
        _elements = [.. elements];
    }

    /// <summary>Links by name.</summary>
    public IReadOnlyDictionary<string, int> Names { get; }

    /// <summary>The routes to one address each, without a router.</summary>
    public IReadOnlyList<RouteMessage> HostRoutes { get; }

    /// <summary>For whom Dom0 answers ARP, and on which link.</summary>
    public IReadOnlySet<(int Link, Ipv4Address Address)> Proxies { get; }

    /// <summary>The elements of our tables' sets.</summary>
    public IReadOnlySet<SetElement> Elements => _elements;

    /// <summary>All links.</summary>
    public IEnumerable<LinkMessage> Links => _links.Values;

    /// <summary>The link of that index; null when it is gone.</summary>
    public LinkMessage? Link(int index) => _links.TryGetValue(index, out var link) ? link : null;

    /// <summary>The link's addresses.</summary>
    public IEnumerable<AddressMessage> Addresses(int link) => _addresses[link];

    /// <summary>True when the route is there, and Dom0 sends with that address.</summary>
    public bool HasRoute(int link, Ipv4Address destination, uint metric, Ipv4Address source) =>
        _routes.Contains((link, destination, metric, source));

    /// <summary>True when that neighbour is there for good.</summary>
    public bool HasNeighbour(int link, Ipv4Address address, MacAddress mac) => _neighbours.Contains((link, address, mac));

    /// <summary>True when the bridge of the port has the station behind that port for good.</summary>
    public bool HasStation(int port, MacAddress mac) => _neighbours.Contains((port, Ipv4Address.None, mac));
}
