using System.Buffers.Binary;

namespace XenNet.Wire.Netlink;

/// <summary>A neighbour, or a station of a bridge, as RTM_NEWNEIGH describes it.</summary>
/// <param name="LinkIndex">The link that it is on; for a station, the port.</param>
/// <param name="Address">None for a station.</param>
/// <param name="Mac">None when it is not known.</param>
/// <param name="IsLasting">True when it is neither learnt nor asked for: permanent, or a static station.</param>
/// <param name="IsProxy">True when it is no neighbour, but one for whom Dom0 answers there.</param>
public readonly record struct NeighbourEntry(
    int LinkIndex, Ipv4Address Address, MacAddress Mac, bool IsLasting, bool IsProxy = false);

/// <summary>
/// Requests about neighbours: which Ethernet address stands behind an IPv4 address on a link, for which addresses we answer
/// in another's place, and behind which port of a bridge a station is.
/// </summary>
/// <remarks>Layout: family 0, padding 1..3, link 4..7, state 8..9, flags 10, kind 11, attributes from 12.</remarks>
public static class NeighbourMessage
{
    /// <summary>RTM_NEWNEIGH.</summary>
    public const ushort NewType = 28;

    /// <summary>RTM_DELNEIGH.</summary>
    public const ushort DeleteType = 29;

    private const ushort AskType = 30;
    private const int FixedOctets = 12;
    private const byte FamilyInet = 2;
    private const byte FamilyBridge = 7;
    private const ushort Permanent = 0x80;
    private const ushort Static = 0x40; // NUD_NOARP.
    private const byte InController = 0x04; // NTF_MASTER: in the bridge's table, not the port's own.
    private const byte Proxy = 0x08; // NTF_PROXY.
    private const byte Sticky = 0x40; // NTF_STICKY.
    private const ushort AddressAttribute = 1;
    private const ushort MacAttribute = 2;

    /// <summary>Reads what follows the netlink header; false also for one that is neither IPv4's nor a bridge's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out NeighbourEntry entry)
    {
        entry = default;
        if (body.Length < FixedOctets || body[0] is not (FamilyInet or FamilyBridge))
        {
            return false;
        }

        var isStation = body[0] == FamilyBridge;
        var state = BinaryPrimitives.ReadUInt16LittleEndian(body[8..]);
        entry = new NeighbourEntry(BinaryPrimitives.ReadInt32LittleEndian(body[4..]), Ipv4Address.None, MacAddress.None,
            (state & (isStation ? Static : Permanent)) != 0, (body[10] & Proxy) != 0);
        var attributes = new NetlinkAttributes(body[FixedOctets..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case AddressAttribute when !isStation: entry = entry with { Address = attributes.ReadIpv4() }; break;
                case MacAttribute when attributes.Value.Length == MacAddress.Size:
                    entry = entry with { Mac = attributes.ReadMac() };
                    break;
            }
        }

        return !attributes.Failed;
    }

    /// <summary>Asks for all IPv4 neighbours.</summary>
    public static void WriteDump(ref NetlinkWriter writer, uint sequence) => WriteDump(ref writer, sequence, FamilyInet);

    /// <summary>Asks for all IPv4 addresses for which we answer in another's place.</summary>
    public static void WriteDumpProxies(ref NetlinkWriter writer, uint sequence) =>
        WriteDump(ref writer, sequence, FamilyInet, Proxy);

    /// <summary>Asks for all stations that bridges know.</summary>
    public static void WriteDumpStations(ref NetlinkWriter writer, uint sequence) =>
        WriteDump(ref writer, sequence, FamilyBridge);

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

    private static void WriteDump(ref NetlinkWriter writer, uint sequence, byte family, byte flags = 0)
    {
        writer.BeginMessage(AskType, NetlinkModes.Request | NetlinkModes.Dump, sequence);
        writer.WriteUInt32(family);
        writer.WriteUInt32(0); // Link.
        writer.WriteUInt16(0); // State.
        writer.WriteByte(flags);
        writer.WriteByte(0); // Kind.
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
