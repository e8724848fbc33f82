using System.Buffers.Binary;

namespace XenNet.Wire;

/// <summary>
/// Writes big-endian fields into a buffer that the caller owns. When the room is used up it writes nothing more and
/// says <see cref="Overflowed"/>; what stood before the write that did not fit stays whole.
/// </summary>
public ref struct WireWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>Octets written.</summary>
    public int Length { get; private set; }

    /// <summary>True once a write did not fit.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Octets still free.</summary>
    public readonly int Room => Overflowed ? 0 : _buffer.Length - Length;

    /// <summary>What has been written.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    /// <summary>One octet.</summary>
    public void WriteByte(byte value)
    {
        var room = Take(1);
        if (!room.IsEmpty)
        {
            room[0] = value;
        }
    }

    /// <summary>Two octets, big-endian.</summary>
    public void WriteUInt16(ushort value)
    {
        var room = Take(2);
        if (!room.IsEmpty)
        {
            BinaryPrimitives.WriteUInt16BigEndian(room, value);
        }
    }

    /// <summary>Four octets, big-endian.</summary>
    public void WriteUInt32(uint value)
    {
        var room = Take(4);
        if (!room.IsEmpty)
        {
            BinaryPrimitives.WriteUInt32BigEndian(room, value);
        }
    }

    /// <summary>All of <paramref name="octets"/> or none.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> octets)
    {
        var room = Take(octets.Length);
        if (room.Length == octets.Length)
        {
            octets.CopyTo(room);
        }
    }

    /// <summary>Octets of value zero.</summary>
    public void WriteZeros(int count) => Take(count).Clear();

    /// <summary>Sets two octets that were written before, such as a length or a count.</summary>
    public readonly void PatchUInt16(int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[offset..Length], value);

    /// <summary>Goes back to an earlier length, and forgets that a later write did not fit.</summary>
    public void RewindTo(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length);
        Length = length;
        Overflowed = false;
    }

    private Span<byte> Take(int count)
    {
        if (count > Room)
        {
            Overflowed = true;
            return [];
        }

        var room = _buffer.Slice(Length, count);
        Length += count;
        return room;
    }
}
