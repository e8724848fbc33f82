using System.Buffers.Binary;

namespace XenNet.Wire.Netlink;

/// <summary>An IPv4 address of a link, as RTM_NEWADDR describes it, and the requests about addresses.</summary>
/// <param name="LinkIndex">The link that has it.</param>
/// <param name="Address">Ours (IFA_LOCAL).</param>
/// <param name="PrefixLength">Bits of the network that is on-link through it.</param>
/// <param name="Peer">
/// The other end of a point-to-point link (IFA_ADDRESS), else the same as <paramref name="Address"/>.
/// </param>
public readonly record struct AddressMessage(int LinkIndex, Ipv4Address Address, int PrefixLength, Ipv4Address Peer)
{
    /// <summary>RTM_NEWADDR.</summary>
    public const ushort NewType = 20;

    /// <summary>RTM_DELADDR.</summary>
    public const ushort DeleteType = 21;

    private const ushort AskType = 22;
    private const byte FamilyInet = 2;
    private const int FixedOctets = 8;
    private const ushort PeerAttribute = 1;
    private const ushort LocalAttribute = 2;

    /// <summary>Reads what follows the netlink header; false also for an address that is not IPv4.</summary>
    /// <remarks>Layout: family 0, prefix length 1, flags 2, scope 3, link 4..7, attributes from 8.</remarks>
    public static bool TryRead(ReadOnlySpan<byte> body, out AddressMessage address)
    {
        address = default;
        if (body.Length < FixedOctets || body[0] != FamilyInet || body[1] > 32)
        {
            return false;
        }

        var (local, peer) = (Ipv4Address.None, Ipv4Address.None);
        var attributes = new NetlinkAttributes(body[FixedOctets..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case LocalAttribute: local = attributes.ReadIpv4(); break;
                case PeerAttribute: peer = attributes.ReadIpv4(); break;
            }
        }

        address = new AddressMessage(BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
            local.IsNone ? peer : local, body[1], peer.IsNone ? local : peer);
        return !attributes.Failed;
    }

    /// <summary>Adds it; EEXIST when the link has it.</summary>
    public static void WriteAdd(
        ref NetlinkWriter writer, uint sequence, int link, Ipv4Address address, int prefixLength) =>
        Write(ref writer, NewType, NetlinkModes.Create | NetlinkModes.Exclusive, sequence, link, address, prefixLength);

    /// <summary>Takes it away; EADDRNOTAVAIL when the link has it not.</summary>
    public static void WriteDelete(
        ref NetlinkWriter writer, uint sequence, int link, Ipv4Address address, int prefixLength) =>
        Write(ref writer, DeleteType, NetlinkModes.None, sequence, link, address, prefixLength);

    /// <summary>
    /// Asks for the IPv4 addresses of one link, or of all with 0. One link: the socket must be a strict one.
    /// </summary>
    public static void WriteDump(ref NetlinkWriter writer, uint sequence, int link = 0)
    {
        Begin(ref writer, AskType, NetlinkModes.Request | NetlinkModes.Dump, sequence, link, prefixLength: 0);
        writer.EndMessage();
    }

    private static void Write(ref NetlinkWriter writer, ushort type, NetlinkModes flags, uint sequence, int link,
        Ipv4Address address, int prefixLength)
    {
        Begin(ref writer, type, flags | NetlinkModes.Request | NetlinkModes.Acknowledge, sequence, link, prefixLength);
        writer.AttributeIpv4(LocalAttribute, address);
        writer.AttributeIpv4(PeerAttribute, address);
        writer.EndMessage();
    }

    private static void Begin(
        ref NetlinkWriter writer, ushort type, NetlinkModes flags, uint sequence, int link, int prefixLength)
    {
        writer.BeginMessage(type, flags, sequence);
        writer.WriteByte(FamilyInet);
        writer.WriteByte((byte)prefixLength);
        writer.WriteUInt16(0); // Flags, scope: global.
        writer.WriteUInt32((uint)link);
    }
}
