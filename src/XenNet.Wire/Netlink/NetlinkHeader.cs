using System.Buffers.Binary;

namespace XenNet.Wire.Netlink;

/// <summary>The flags of a netlink message (linux/netlink.h).</summary>
[Flags]
public enum NetlinkModes : ushort
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>NLM_F_REQUEST: from us to the kernel.</summary>
    Request = 0x1,

    /// <summary>NLM_F_MULTI: one of several, ended by NLMSG_DONE.</summary>
    Multi = 0x2,

    /// <summary>NLM_F_ACK: answer also when all went well.</summary>
    Acknowledge = 0x4,

    /// <summary>NLM_F_DUMP_INTR: the table changed under the dump, which must be asked for again.</summary>
    DumpInterrupted = 0x10,

    /// <summary>NLM_F_REPLACE, in a request that makes something.</summary>
    Replace = 0x100,

    /// <summary>NLM_F_EXCL, in a request that makes something: it must not be there.</summary>
    Exclusive = 0x200,

    /// <summary>NLM_F_DUMP, in a request that asks: all of them.</summary>
    Dump = 0x300,

    /// <summary>NLM_F_CREATE, in a request that makes something: it need not be there.</summary>
    Create = 0x400,
}

/// <summary>The sixteen octets that every netlink message starts with.</summary>
/// <param name="Length">Octets of the message with this header, without padding.</param>
/// <param name="Type">What it is: below 16 netlink itself, else the family's.</param>
/// <param name="Modes">See <see cref="NetlinkModes"/>.</param>
/// <param name="Sequence">The request's number, repeated in each reply.</param>
/// <param name="Port">The socket that it is for; 0 is the kernel.</param>
/// <remarks>
/// Netlink is in the machine's byte order; each machine that this program is built for is little-endian.
/// </remarks>
public readonly record struct NetlinkHeader(int Length, ushort Type, NetlinkModes Modes, uint Sequence, uint Port)
{
    /// <summary>Octets.</summary>
    public const int Size = 16;

    /// <summary>NLMSG_ERROR: an error, or an acknowledgement when its code is 0.</summary>
    public const ushort ErrorType = 2;

    /// <summary>NLMSG_DONE: the end of a dump.</summary>
    public const ushort DoneType = 3;

    /// <summary>NLMSG_OVERRUN: messages were lost.</summary>
    public const ushort OverrunType = 4;

    /// <summary>Reads sixteen octets.</summary>
    internal static NetlinkHeader Read(ReadOnlySpan<byte> octets) => new(
        Length: BinaryPrimitives.ReadInt32LittleEndian(octets),
        Type: BinaryPrimitives.ReadUInt16LittleEndian(octets[4..]),
        Modes: (NetlinkModes)BinaryPrimitives.ReadUInt16LittleEndian(octets[6..]),
        Sequence: BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]),
        Port: BinaryPrimitives.ReadUInt32LittleEndian(octets[12..]));
}
