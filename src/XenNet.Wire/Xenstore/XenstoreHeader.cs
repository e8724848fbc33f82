using System.Buffers.Binary;

namespace XenNet.Wire.Xenstore;

/// <summary>What a xenstore message is (xen/include/public/io/xs_wire.h); the numbers are the protocol's.</summary>
public enum XenstoreType : uint
{
    /// <summary>Names below a node.</summary>
    Directory = 1,

    /// <summary>A node's value.</summary>
    Read = 2,

    /// <summary>Report changes below a node.</summary>
    Watch = 4,

    /// <summary>Report them no longer.</summary>
    Unwatch = 5,

    /// <summary>Begin a transaction.</summary>
    TransactionStart = 6,

    /// <summary>Commit it or give it up.</summary>
    TransactionEnd = 7,

    /// <summary>Where a domain's nodes are.</summary>
    GetDomainPath = 10,

    /// <summary>Set a node's value.</summary>
    Write = 11,

    /// <summary>Make a node without a value.</summary>
    MakeDirectory = 12,

    /// <summary>Remove a node and all below it.</summary>
    Remove = 13,

    /// <summary>From xenstored, unasked: something changed.</summary>
    WatchEvent = 15,

    /// <summary>From xenstored: refused.</summary>
    Error = 16,

    /// <summary>A part of a long list of names.</summary>
    DirectoryPart = 22,
}

/// <summary>
/// The sixteen octets before each message: four numbers in the machine's order, which is little-endian.
/// </summary>
/// <param name="Type">What it is.</param>
/// <param name="Request">The request's number, repeated in the reply; 0 in a watch event.</param>
/// <param name="Transaction">0 outside any.</param>
/// <param name="Length">
/// Octets that follow: at most <see cref="PayloadOctetsMost"/>, and <see cref="ListOctetsMost"/> of a list of names.
/// </param>
public readonly record struct XenstoreHeader(XenstoreType Type, uint Request, uint Transaction, int Length)
{
    /// <summary>Octets.</summary>
    public const int Size = 16;

    /// <summary>XENSTORE_PAYLOAD_MAX. With one more, xenstored closes the connection.</summary>
    public const int PayloadOctetsMost = 4096;

    /// <summary>
    /// Octets of a list of names that oxenstored gives in one reply, which it does at any length: twice what 65,535 domains take.
    /// </summary>
    public const int ListOctetsMost = 1 << 20;

    /// <summary>Reads sixteen octets; false when fewer are there or the length is over the limit.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, out XenstoreHeader header)
    {
        header = default;
        if (octets.Length < Size)
        {
            return false;
        }

        var type = (XenstoreType)BinaryPrimitives.ReadUInt32LittleEndian(octets);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(octets[12..]);
        if (length > (type == XenstoreType.Directory ? ListOctetsMost : PayloadOctetsMost))
        {
            return false;
        }

        header = new XenstoreHeader(
            Type: type,
            Request: BinaryPrimitives.ReadUInt32LittleEndian(octets[4..]),
            Transaction: BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]),
            Length: (int)length);
        return true;
    }

    /// <summary>Writes sixteen octets.</summary>
    public void Write(Span<byte> octets)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(octets, (uint)Type);
        BinaryPrimitives.WriteUInt32LittleEndian(octets[4..], Request);
        BinaryPrimitives.WriteUInt32LittleEndian(octets[8..], Transaction);
        BinaryPrimitives.WriteUInt32LittleEndian(octets[12..], (uint)Length);
    }
}
