using System.Buffers.Binary;
using System.Text;

namespace XenNet.Wire.Netlink;

/// <summary>
/// Writes netlink messages, one after another, into a buffer that the caller owns. Once something did not fit it
/// writes nothing more and says <see cref="Overflowed"/>: such a datagram must not be sent.
/// </summary>
public ref struct NetlinkWriter(Span<byte> buffer)
{
    private const ushort NestedFlag = 0x8000;

    private readonly Span<byte> _buffer = buffer;
    private int _messageStart;

    /// <summary>Octets written.</summary>
    public int Length { get; private set; }

    /// <summary>True once a write did not fit.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>What has been written: whole messages, each padded to four octets.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    /// <summary>The next multiple of four.</summary>
    internal static int Aligned(int length) => (length + 3) & ~3;

    /// <summary>Starts a message; <see cref="EndMessage"/> sets its length.</summary>
    internal void BeginMessage(ushort type, NetlinkModes flags, uint sequence)
    {
        _messageStart = Length;
        WriteUInt32(0);
        WriteUInt16(type);
        WriteUInt16((ushort)flags);
        WriteUInt32(sequence);
        WriteUInt32(0);
    }

    /// <summary>Ends the message that was begun.</summary>
    internal readonly void EndMessage()
    {
        if (!Overflowed)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_buffer[_messageStart..], Length - _messageStart);
        }
    }

    /// <summary>One octet of the family's fixed part.</summary>
    internal void WriteByte(byte value)
    {
        var room = Take(1);
        if (!room.IsEmpty)
        {
            room[0] = value;
        }
    }

    /// <summary>Two octets of the family's fixed part.</summary>
    internal void WriteUInt16(ushort value)
    {
        var room = Take(2);
        if (!room.IsEmpty)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(room, value);
        }
    }

    /// <summary>Four octets of the family's fixed part.</summary>
    internal void WriteUInt32(uint value)
    {
        var room = Take(4);
        if (!room.IsEmpty)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(room, value);
        }
    }

    /// <summary>An attribute with these octets, padded to four.</summary>
    internal void Attribute(ushort type, scoped ReadOnlySpan<byte> value)
    {
        var room = TakeAttribute(type, value.Length);
        if (room.Length == value.Length)
        {
            value.CopyTo(room);
        }
    }

    /// <summary>An attribute of one octet.</summary>
    internal void AttributeByte(ushort type, byte value) => Attribute(type, [value]);

    /// <summary>An attribute of four octets in the machine's order.</summary>
    internal void AttributeUInt32(ushort type, uint value)
    {
        Span<byte> octets = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(octets, value);
        Attribute(type, octets);
    }

    /// <summary>An attribute of four octets in network order.</summary>
    internal void AttributeUInt32BigEndian(ushort type, uint value)
    {
        Span<byte> octets = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        Attribute(type, octets);
    }

    /// <summary>An attribute with an IPv4 address.</summary>
    internal void AttributeIpv4(ushort type, Ipv4Address address) => AttributeUInt32BigEndian(type, address.Value);

    /// <summary>An attribute with an Ethernet address.</summary>
    internal void AttributeMac(ushort type, MacAddress mac)
    {
        Span<byte> octets = stackalloc byte[MacAddress.Size];
        mac.Write(octets);
        Attribute(type, octets);
    }

    /// <summary>An attribute with text and a zero octet.</summary>
    internal void AttributeText(ushort type, string text)
    {
        var room = TakeAttribute(type, Encoding.UTF8.GetByteCount(text) + 1);
        if (!room.IsEmpty)
        {
            Encoding.UTF8.GetBytes(text, room);
        }
    }

    /// <summary>Starts an attribute that holds attributes; give the result to <see cref="EndNested"/>.</summary>
    internal int BeginNested(ushort type)
    {
        var start = Length;
        WriteUInt16(0);
        WriteUInt16((ushort)(type | NestedFlag));
        return start;
    }

    /// <summary>The same without NLA_F_NESTED: what rtnetlink's link attributes were defined as.</summary>
    internal int BeginPlainNested(ushort type)
    {
        var start = Length;
        WriteUInt16(0);
        WriteUInt16(type);
        return start;
    }

    /// <summary>Ends an attribute that holds attributes.</summary>
    internal readonly void EndNested(int start)
    {
        if (!Overflowed)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_buffer[start..], (ushort)(Length - start));
        }
    }

    private Span<byte> TakeAttribute(ushort type, int octets)
    {
        const int headerOctets = 4;
        var room = octets > ushort.MaxValue - headerOctets ? Refuse() : Take(headerOctets + Aligned(octets));
        if (room.IsEmpty)
        {
            return [];
        }

        room.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(room, (ushort)(headerOctets + octets));
        BinaryPrimitives.WriteUInt16LittleEndian(room[2..], type);
        return room.Slice(headerOctets, octets);
    }

    private Span<byte> Take(int count)
    {
        if (Overflowed || count > _buffer.Length - Length)
        {
            return Refuse();
        }

        var room = _buffer.Slice(Length, count);
        Length += count;
        return room;
    }

    private Span<byte> Refuse()
    {
        Overflowed = true;
        return [];
    }
}
