using System.Buffers.Binary;

namespace XenNet.Wire.Netlink;

/// <summary>What is common to nftables messages (linux/netfilter/nfnetlink.h): types, families, the batch.</summary>
/// <remarks>
/// Layout after the netlink header: family 0, version 1, resource 2..3 (network order), attributes from 4.
/// </remarks>
public static class NftMessage
{
    /// <summary>NFPROTO_INET: IPv4 and IPv6 in one table.</summary>
    public const byte Inet = 1;

    /// <summary>NFPROTO_ARP: ARP that is for this host.</summary>
    public const byte Arp = 3;

    /// <summary>NFPROTO_BRIDGE: frames that a bridge passes on or takes in.</summary>
    public const byte Bridge = 7;

    /// <summary>NFNL_SUBSYS_NFTABLES, in the high octet of a message's type.</summary>
    public const byte Subsystem = 10;

    internal const int FixedOctets = 4;
    private const ushort BatchBegin = 16;
    private const ushort BatchEnd = 17;

    /// <summary>Starts what the kernel does wholly or not at all.</summary>
    public static void WriteBatchBegin(ref NetlinkWriter writer, uint sequence) =>
        WriteBatch(ref writer, BatchBegin, sequence);

    /// <summary>Ends and commits it.</summary>
    public static void WriteBatchEnd(ref NetlinkWriter writer, uint sequence) =>
        WriteBatch(ref writer, BatchEnd, sequence);

    /// <summary>The word that nft has for a family.</summary>
    public static string FamilyName(byte family) => family switch
    {
        Inet => "inet",
        2 => "ip",
        Arp => "arp",
        5 => "netdev",
        Bridge => "bridge",
        10 => "ip6",
        _ => "unknown",
    };

    /// <summary>The type in a message's header.</summary>
    public static ushort TypeNumber(NftType type) => (ushort)(Subsystem << 8 | (int)type);

    internal static void Begin(ref NetlinkWriter writer, NftType type, NetlinkModes flags, uint sequence, byte family)
    {
        writer.BeginMessage(TypeNumber(type), flags | NetlinkModes.Request, sequence);
        WriteFixed(ref writer, family, resource: 0);
    }

    private static void WriteBatch(ref NetlinkWriter writer, ushort type, uint sequence)
    {
        writer.BeginMessage(type, NetlinkModes.Request, sequence);
        WriteFixed(ref writer, family: 0, Subsystem);
        writer.EndMessage();
    }

    private static void WriteFixed(ref NetlinkWriter writer, byte family, ushort resource)
    {
        writer.WriteByte(family);
        writer.WriteByte(0);
        writer.WriteUInt16(BinaryPrimitives.ReverseEndianness(resource));
    }
}

/// <summary>NFT_MSG_*: the low octet of a message's type.</summary>
public enum NftType
{
    /// <summary>A table.</summary>
    NewTable = 0,

    /// <summary>Ask for tables.</summary>
    GetTable = 1,

    /// <summary>A table is gone.</summary>
    DeleteTable = 2,

    /// <summary>A chain.</summary>
    NewChain = 3,

    /// <summary>Ask for chains.</summary>
    GetChain = 4,

    /// <summary>A chain is gone.</summary>
    DeleteChain = 5,

    /// <summary>A rule.</summary>
    NewRule = 6,

    /// <summary>Ask for rules.</summary>
    GetRule = 7,

    /// <summary>A rule is gone.</summary>
    DeleteRule = 8,

    /// <summary>A set is gone.</summary>
    DeleteSet = 11,

    /// <summary>Elements of a set.</summary>
    NewElement = 12,

    /// <summary>Ask for elements.</summary>
    GetElement = 13,

    /// <summary>Elements are gone.</summary>
    DeleteElement = 14,
}
