namespace XenNet.Wire.Netlink;

/// <summary>Requests about an IPv4 neighbour: which Ethernet address stands behind an address on a link.</summary>
/// <remarks>Layout: family 0, padding 1..3, link 4..7, state 8..9, flags 10, kind 11, attributes from 12.</remarks>
public static class NeighbourMessage
{
    private const ushort NewType = 28;
    private const ushort DeleteType = 29;
    private const byte FamilyInet = 2;
    private const ushort Permanent = 0x80;
    private const ushort AddressAttribute = 1;
    private const ushort MacAttribute = 2;

    /// <summary>Sets an entry that is never asked for nor learnt, in the place of what is there.</summary>
    public static void WritePermanent(ref NetlinkWriter writer, uint sequence, int link, Ipv4Address address, MacAddress mac)
    {
        Begin(ref writer, NewType, NetlinkModes.Create | NetlinkModes.Replace, sequence, link);
        writer.AttributeIpv4(AddressAttribute, address);
        writer.AttributeMac(MacAttribute, mac);
        writer.EndMessage();
    }

    /// <summary>Takes an entry away; ENOENT when there is none.</summary>
    public static void WriteDelete(ref NetlinkWriter writer, uint sequence, int link, Ipv4Address address)
    {
        Begin(ref writer, DeleteType, NetlinkModes.None, sequence, link);
        writer.AttributeIpv4(AddressAttribute, address);
        writer.EndMessage();
    }

    private static void Begin(ref NetlinkWriter writer, ushort type, NetlinkModes flags, uint sequence, int link)
    {
        writer.BeginMessage(type, flags | NetlinkModes.Request | NetlinkModes.Acknowledge, sequence);
        writer.WriteUInt32(FamilyInet); // Family, then padding.
        writer.WriteUInt32((uint)link);
        writer.WriteUInt16(Permanent);
        writer.WriteUInt16(0); // Flags, kind.
    }
}
