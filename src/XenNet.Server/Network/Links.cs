using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>Links, addresses, routes and neighbours of this network namespace. Each call is one round trip.</summary>
internal sealed class Links(NetlinkConnection route)
{
    /// <summary>
    /// What inet shall do on a vif. Forwarding, as some network managers switch it off for each new interface.
    /// </summary>
    internal static (InetSetting Setting, int Value)[] VifSettings { get; } =
    [
        (InetSetting.Forwarding, 1),
        (InetSetting.ProxyArp, 0),
        (InetSetting.AcceptRedirects, 0),
        (InetSetting.SendRedirects, 0),
        (InetSetting.ReversePathFilter, 0),
        (InetSetting.AcceptSourceRoute, 0),
    ];

    /// <summary>The link of that name; its refusal is ENODEV when there is none.</summary>
    internal NetlinkError Find(string name, out LinkMessage link) =>
        Find((ref writer, sequence) => LinkMessage.WriteGet(ref writer, sequence, name), out link);

    /// <summary>The link of that index.</summary>
    internal NetlinkError Find(int index, out LinkMessage link) =>
        Find((ref writer, sequence) => LinkMessage.WriteGet(ref writer, sequence, index), out link);

    /// <summary>All links.</summary>
    internal NetlinkError List(out List<LinkMessage> links)
    {
        var found = new List<LinkMessage>();
        links = found;
        return route.Dump((ref writer, sequence) => LinkMessage.WriteDump(ref writer, sequence), found.Clear,
            (header, body) =>
            {
                if (header.Type == LinkMessage.NewType && LinkMessage.TryRead(body, out var link))
                {
                    found.Add(link);
                }
            });
    }

    /// <summary>The IPv4 addresses of one link, or of all with 0.</summary>
    internal NetlinkError ListAddresses(int link, out List<AddressMessage> addresses)
    {
        var found = new List<AddressMessage>();
        addresses = found;
        return route.Dump((ref writer, sequence) => AddressMessage.WriteDump(ref writer, sequence, link), found.Clear,
            (header, body) =>
            {
                // An old kernel without strict checks tells of every link's.
                if (header.Type == AddressMessage.NewType && AddressMessage.TryRead(body, out var address)
                    && (link == 0 || address.LinkIndex == link))
                {
                    found.Add(address);
                }
            });
    }

    /// <summary>The IPv4 routes of the main table through one link, or all of them with 0.</summary>
    internal NetlinkError ListRoutes(int link, out List<RouteMessage> routes)
    {
        var found = new List<RouteMessage>();
        routes = found;
        return route.Dump((ref writer, sequence) => RouteMessage.WriteDump(ref writer, sequence, link), found.Clear,
            (header, body) =>
            {
                if (header.Type == RouteMessage.NewType && RouteMessage.TryRead(body, out var entry)
                    && entry.Table == RouteMessage.MainTable && (link == 0 || entry.LinkIndex == link))
                {
                    found.Add(entry);
                }
            });
    }

    /// <summary>The route that Dom0 takes to an address, as it stands in the table.</summary>
    internal NetlinkError FindRoute(Ipv4Address destination, out RouteMessage found)
    {
        var taken = default(RouteMessage);
        var error = route.Ask((ref writer, sequence) => RouteMessage.WriteFind(ref writer, sequence, destination),
            (_, body) => RouteMessage.TryRead(body, out taken));
        found = taken;
        return error;
    }

    /// <summary>All IPv4 neighbours, but those for whom Dom0 answers.</summary>
    internal NetlinkError ListNeighbours(out List<NeighbourEntry> neighbours) =>
        ListNeighbours((ref writer, sequence) => NeighbourMessage.WriteDump(ref writer, sequence), out neighbours);

    /// <summary>For whom Dom0 answers ARP, and where.</summary>
    internal NetlinkError ListProxies(out List<NeighbourEntry> proxies) =>
        ListNeighbours((ref writer, sequence) => NeighbourMessage.WriteDumpProxies(ref writer, sequence), out proxies);

    /// <summary>All stations that bridges know.</summary>
    internal NetlinkError ListStations(out List<NeighbourEntry> stations) =>
        ListNeighbours((ref writer, sequence) => NeighbourMessage.WriteDumpStations(ref writer, sequence), out stations);

    internal NetlinkError Rename(int link, string name) =>
        route.Ask((ref writer, sequence) => LinkMessage.WriteRename(ref writer, sequence, link, name));

    internal NetlinkError SetUp(int link, bool up) =>
        route.Ask((ref writer, sequence) => LinkMessage.WriteSetUp(ref writer, sequence, link, up));

    internal NetlinkError SetMtu(int link, int mtu) =>
        route.Ask((ref writer, sequence) => LinkMessage.WriteSetMtu(ref writer, sequence, link, mtu));

    internal NetlinkError SetMac(int link, MacAddress mac) =>
        route.Ask((ref writer, sequence) => LinkMessage.WriteSetMac(ref writer, sequence, link, mac));

    /// <summary>Makes it a port of that bridge; of none with 0.</summary>
    internal NetlinkError SetController(int link, int controller) =>
        route.Ask((ref writer, sequence) => LinkMessage.WriteSetController(ref writer, sequence, link, controller));

    /// <summary>A port that speaks STP is switched off.</summary>
    internal NetlinkError GuardPort(int port) =>
        route.Ask((ref writer, sequence) => LinkMessage.WriteGuardPort(ref writer, sequence, port));

    /// <summary>Settings of a vif.</summary>
    internal NetlinkError ApplyVifSettings(int link)
    {
        var error = route.Ask((ref writer, sequence) =>
            LinkMessage.WriteSettings(ref writer, sequence, link, VifSettings, withoutIpv6Addresses: true));

        // A kernel that runs without IPv6 has no such setting, and needs none.
        return error.Code != Errno.FamilyNotSupported ? error : route.Ask((ref writer, sequence) =>
            LinkMessage.WriteSettings(ref writer, sequence, link, VifSettings, withoutIpv6Addresses: false));
    }

    internal NetlinkError AddAddress(int link, Ipv4Address address) => route.Ask((ref writer, sequence) =>
        AddressMessage.WriteAdd(ref writer, sequence, link, address, prefixLength: 32));

    internal NetlinkError DeleteAddress(int link, Ipv4Address address, int prefixLength = 32) =>
        route.Ask((ref writer, sequence) => AddressMessage.WriteDelete(ref writer, sequence, link, address, prefixLength));

    internal NetlinkError AddRoute(RouteMessage entry) =>
        route.Ask((ref writer, sequence) => RouteMessage.WriteAdd(ref writer, sequence, entry));

    internal NetlinkError ReplaceRoute(RouteMessage entry) =>
        route.Ask((ref writer, sequence) => RouteMessage.WriteReplace(ref writer, sequence, entry));

    internal NetlinkError DeleteRoute(RouteMessage entry) =>
        route.Ask((ref writer, sequence) => RouteMessage.WriteDelete(ref writer, sequence, entry));

    internal NetlinkError SetNeighbour(int link, Ipv4Address address, MacAddress mac) =>
        route.Ask((ref writer, sequence) => NeighbourMessage.WritePermanent(ref writer, sequence, link, address, mac));

    internal NetlinkError DeleteNeighbour(int link, Ipv4Address address) =>
        route.Ask((ref writer, sequence) => NeighbourMessage.WriteDelete(ref writer, sequence, link, address));

    /// <summary>Answers ARP on the link for an address that is reached by another link.</summary>
    internal NetlinkError SetProxy(int link, Ipv4Address address) =>
        route.Ask((ref writer, sequence) => NeighbourMessage.WriteProxy(ref writer, sequence, link, address));

    internal NetlinkError DeleteProxy(int link, Ipv4Address address) =>
        route.Ask((ref writer, sequence) => NeighbourMessage.WriteDeleteProxy(ref writer, sequence, link, address));

    /// <summary>The station is behind that port of a bridge, and behind no other.</summary>
    internal NetlinkError SetStation(int port, MacAddress mac) =>
        route.Ask((ref writer, sequence) => NeighbourMessage.WriteStation(ref writer, sequence, port, mac));

    private NetlinkError ListNeighbours(NetlinkRequest request, out List<NeighbourEntry> neighbours)
    {
        var found = new List<NeighbourEntry>();
        neighbours = found;
        return route.Dump(request, found.Clear, (header, body) =>
        {
            if (header.Type == NeighbourMessage.NewType && NeighbourMessage.TryRead(body, out var entry))
            {
                found.Add(entry);
            }
        });
    }

    private NetlinkError Find(NetlinkRequest request, out LinkMessage found)
    {
        var link = default(LinkMessage);
        var error = route.Ask(request, (_, body) => LinkMessage.TryRead(body, out link));
        found = link;
        return error.IsDone && link.Index == 0 ? new NetlinkError(Errno.BadMessage, "") : error;
    }
}
