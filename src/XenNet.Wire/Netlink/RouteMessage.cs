using System.Buffers.Binary;

namespace XenNet.Wire.Netlink;

/// <summary>An IPv4 route, as RTM_NEWROUTE describes it, and the requests about routes.</summary>
/// <param name="Destination">Where it leads; 0.0.0.0/0 is the default route.</param>
/// <param name="LinkIndex">The link that it leaves by; 0 when it has none or several.</param>
/// <param name="Gateway">The next router; None when the destination is on the link itself.</param>
/// <param name="Source">The address that Dom0 sends from (RTA_PREFSRC); None when it is not said.</param>
/// <param name="Metric">Lower wins.</param>
/// <param name="Table">254 is the main table, 255 the kernel's own of local addresses.</param>
/// <param name="Kind">1 is unicast, 2 local, 3 broadcast, 6 blackhole.</param>
public readonly record struct RouteMessage(Ipv4Prefix Destination, int LinkIndex, Ipv4Address Gateway,
    Ipv4Address Source, uint Metric, uint Table, byte Kind)
{
    /// <summary>RTM_NEWROUTE.</summary>
    public const ushort NewType = 24;

    /// <summary>RTM_DELROUTE.</summary>
    public const ushort DeleteType = 25;

    /// <summary>RT_TABLE_MAIN.</summary>
    public const uint MainTable = 254;

    /// <summary>RTN_UNICAST.</summary>
    public const byte Unicast = 1;

    private const ushort AskType = 26;
    private const byte FamilyInet = 2;
    private const int FixedOctets = 12;
    private const byte StaticProtocol = 4;
    private const byte ScopeLink = 253;
    private const byte ScopeNowhere = 255;
    private const uint FindInTable = 0x3000; // RTM_F_FIB_MATCH and RTM_F_LOOKUP_TABLE.
    private const ushort DestinationAttribute = 1;
    private const ushort LinkAttribute = 4;
    private const ushort GatewayAttribute = 5;
    private const ushort MetricAttribute = 6;
    private const ushort SourceAttribute = 7;
    private const ushort MultipathAttribute = 9;
    private const ushort TableAttribute = 15;

    /// <summary>Reads what follows the netlink header; false also for a route that is not IPv4.</summary>
    /// <remarks>
    /// Layout: family 0, destination bits 1, source bits 2, tos 3, table 4, protocol 5, scope 6, kind 7, flags 8..11,
    /// attributes from 12. Of several next hops the first is given.
    /// </remarks>
    public static bool TryRead(ReadOnlySpan<byte> body, out RouteMessage route)
    {
        route = default;
        if (body.Length < FixedOctets || body[0] != FamilyInet || body[1] > 32)
        {
            return false;
        }

        route = route with { Kind = body[7], Table = body[4] };
        var destination = Ipv4Address.None;
        var attributes = new NetlinkAttributes(body[FixedOctets..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case DestinationAttribute: destination = attributes.ReadIpv4(); break;
                case LinkAttribute: route = route with { LinkIndex = attributes.ReadInt32() }; break;
                case GatewayAttribute: route = route with { Gateway = attributes.ReadIpv4() }; break;
                case SourceAttribute: route = route with { Source = attributes.ReadIpv4() }; break;
                case MetricAttribute: route = route with { Metric = attributes.ReadUInt32() }; break;
                case TableAttribute: route = route with { Table = attributes.ReadUInt32() }; break;
                case MultipathAttribute: route = FirstHop(route, attributes.Value); break;
            }
        }

        route = route with { Destination = Ipv4Prefix.Containing(destination, body[1]) };
        return !attributes.Failed;
    }

    /// <summary>
    /// Adds it in the main table with scope link; EEXIST when the destination has one of that metric.
    /// </summary>
    public static void WriteAdd(ref NetlinkWriter writer, uint sequence, RouteMessage route) =>
        Write(ref writer, NewType, NetlinkModes.Create | NetlinkModes.Exclusive, sequence, route);

    /// <summary>
    /// Adds it in the place of a route to that destination with that metric, whichever link that has.
    /// </summary>
    public static void WriteReplace(ref NetlinkWriter writer, uint sequence, RouteMessage route) =>
        Write(ref writer, NewType, NetlinkModes.Create | NetlinkModes.Replace, sequence, route);

    /// <summary>
    /// Takes it away; ESRCH when there is none through that link. With metric 0 the one that has the lowest.
    /// </summary>
    public static void WriteDelete(ref NetlinkWriter writer, uint sequence, RouteMessage route) =>
        Write(ref writer, DeleteType, NetlinkModes.None, sequence, route);

    /// <summary>
    /// Asks for the IPv4 routes of the main table, of one link or of all with 0; the socket must be a strict one.
    /// </summary>
    public static void WriteDump(ref NetlinkWriter writer, uint sequence, int link = 0)
    {
        writer.BeginMessage(AskType, NetlinkModes.Request | NetlinkModes.Dump, sequence);
        WriteFixed(ref writer, destinationBits: 0, (byte)MainTable, protocol: 0, scope: 0, kind: 0, flags: 0);
        if (link != 0)
        {
            writer.AttributeUInt32(LinkAttribute, (uint)link);
        }

        writer.EndMessage();
    }

    /// <summary>Asks for the route that is taken to an address, as it stands in the table.</summary>
    public static void WriteFind(ref NetlinkWriter writer, uint sequence, Ipv4Address destination)
    {
        writer.BeginMessage(AskType, NetlinkModes.Request, sequence);
        WriteFixed(ref writer, destinationBits: 32, table: 0, protocol: 0, scope: 0, kind: 0, FindInTable);
        writer.AttributeIpv4(DestinationAttribute, destination);
        writer.EndMessage();
    }

    private static void Write(
        ref NetlinkWriter writer, ushort type, NetlinkModes flags, uint sequence, RouteMessage route)
    {
        var deletes = type == DeleteType;
        writer.BeginMessage(type, flags | NetlinkModes.Request | NetlinkModes.Acknowledge, sequence);
        // To a deletion, "nowhere" is any scope, and 0 any protocol and kind.
        WriteFixed(ref writer, route.Destination.Length, (byte)MainTable, deletes ? (byte)0 : StaticProtocol,
            deletes ? ScopeNowhere : ScopeLink, deletes ? (byte)0 : Unicast, flags: 0);
        writer.AttributeIpv4(DestinationAttribute, route.Destination.Network);
        if (!route.Source.IsNone)
        {
            writer.AttributeIpv4(SourceAttribute, route.Source);
        }

        if (route.Metric != 0)
        {
            writer.AttributeUInt32(MetricAttribute, route.Metric);
        }

        writer.AttributeUInt32(LinkAttribute, (uint)route.LinkIndex);
        writer.EndMessage();
    }

    private static void WriteFixed(
        ref NetlinkWriter writer, int destinationBits, byte table, byte protocol, byte scope, byte kind, uint flags)
    {
        writer.WriteByte(FamilyInet);
        writer.WriteByte((byte)destinationBits);
        writer.WriteUInt16(0); // Source bits, tos.
        writer.WriteByte(table);
        writer.WriteByte(protocol);
        writer.WriteByte(scope);
        writer.WriteByte(kind);
        writer.WriteUInt32(flags);
    }

    // struct rtnexthop: length 0..1, flags 2, hops 3, link 4..7, then attributes.
    private static RouteMessage FirstHop(RouteMessage route, ReadOnlySpan<byte> hops)
    {
        const int hopOctets = 8;
        if (hops.Length < hopOctets)
        {
            return route;
        }

        var length = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(hops), hops.Length);
        route = route with { LinkIndex = BinaryPrimitives.ReadInt32LittleEndian(hops[4..]) };
        var attributes = new NetlinkAttributes(length > hopOctets ? hops[hopOctets..length] : []);
        while (attributes.MoveNext())
        {
            if (attributes.Type == GatewayAttribute)
            {
                route = route with { Gateway = attributes.ReadIpv4() };
            }
        }

        return route;
    }
}
