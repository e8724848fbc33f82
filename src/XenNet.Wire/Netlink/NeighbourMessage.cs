namespace XenNet.Wire.Netlink;

/// <summary>
/// Requests about neighbours: which Ethernet address stands behind an IPv4 address on a link, for which addresses we answer
/// in another's place, and behind which port of a bridge a station is.
/// </summary>
/// <remarks>Layout: family 0, padding 1..3, link 4..7, state 8..9, flags 10, kind 11, attributes from 12.</remarks>
public static class NeighbourMessage
{
    private const ushort NewType = 28;
    private const ushort DeleteType = 29;
    private const byte FamilyInet = 2;
    private const byte FamilyBridge = 7;
    private const ushort Permanent = 0x80;
    private const ushort Static = 0x40; // NUD_NOARP.
    private const byte InController = 0x04; // NTF_MASTER: in the bridge's table, not the port's own.
    private const byte Proxy = 0x08; // NTF_PROXY.
    private const byte Sticky = 0x40; // NTF_STICKY.
    private const ushort AddressAttribute = 1;
    private const ushort MacAttribute = 2;

    /// <summary>Sets an entry that is never asked for nor learnt, in the place of what is there.</summary>
    public static void WritePermanent(ref NetlinkWriter writer, uint sequence, int link, Ipv4Address address, MacAddress mac)
    {
        Begin(ref writer, NewType, NetlinkModes.Create | NetlinkModes.Replace, sequence, link, FamilyInet, Permanent, 0);
        writer.AttributeIpv4(AddressAttribute, address);
        writer.AttributeMac(MacAttribute, mac);
        writer.EndMessage();
    }

    /// <summary>Takes an entry away; ENOENT when there is none.</summary>
    public static void WriteDelete(ref NetlinkWriter writer, uint sequence, int link, Ipv4Address address)
    {
        Begin(ref writer, DeleteType, NetlinkModes.None, sequence, link, FamilyInet, Permanent, 0);
        writer.AttributeIpv4(AddressAttribute, address);
        writer.EndMessage();
    }

    /// <summary>Answers ARP on the link for an address that is reached by another.</summary>
    public static void WriteProxy(ref NetlinkWriter writer, uint sequence, int link, Ipv4Address address)
    {
        Begin(ref writer, NewType, NetlinkModes.Create | NetlinkModes.Replace, sequence, link, FamilyInet, Permanent, Proxy);
        writer.AttributeIpv4(AddressAttribute, address);
        writer.EndMessage();
    }

    /// <summary>Answers no more; ENOENT when we did not.</summary>
    public static void WriteDeleteProxy(ref NetlinkWriter writer, uint sequence, int link, Ipv4Address address)
    {
        Begin(ref writer, DeleteType, NetlinkModes.None, sequence, link, FamilyInet, Permanent, Proxy);
        writer.AttributeIpv4(AddressAttribute, address);
        writer.EndMessage();
    }

    /// <summary>
    /// The station is behind that port of the port's bridge, wherever a frame with its address comes from
    /// (<c>bridge fdb replace MAC dev PORT master static sticky</c>), until the port leaves the bridge.
    /// </summary>
    public static void WriteStation(ref NetlinkWriter writer, uint sequence, int port, MacAddress mac)
    {
        Begin(ref writer, NewType, NetlinkModes.Create | NetlinkModes.Replace, sequence, port, FamilyBridge, Static,
            InController | Sticky);
        writer.AttributeMac(MacAttribute, mac);
        writer.EndMessage();
    }

    private static void Begin(ref NetlinkWriter writer, ushort type, NetlinkModes modes, uint sequence, int link,
        byte family, ushort state, byte flags)
    {
        writer.BeginMessage(type, modes | NetlinkModes.Request | NetlinkModes.Acknowledge, sequence);
        writer.WriteUInt32(family); // Family, then padding.
        writer.WriteUInt32((uint)link);
        writer.WriteUInt16(state);
        writer.WriteByte(flags);
        writer.WriteByte(0); // Kind.
    }
}
