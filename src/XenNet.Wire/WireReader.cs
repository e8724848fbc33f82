using System.Buffers.Binary;

namespace XenNet.Wire;

/// <summary>
/// Reads big-endian fields from a packet. It fails once and stays failed: a failed reader stands at the end, gives
/// zeros and empty spans, and <c>while (reader.Remaining &gt; 0)</c> always finishes.
/// </summary>
public ref struct WireReader(ReadOnlySpan<byte> packet)
{
    private readonly ReadOnlySpan<byte> _packet = packet;

    /// <summary>Octets read so far; the packet's length once failed.</summary>
    public int Offset { get; private set; }

    /// <summary>True once a read went past the end.</summary>
    public bool Failed { get; private set; }

    /// <summary>Octets left to read.</summary>
    public readonly int Remaining => _packet.Length - Offset;

    /// <summary>The whole packet, for pointers into it.</summary>
    public readonly ReadOnlySpan<byte> Packet => _packet;

    /// <summary>One octet.</summary>
    public byte ReadByte()
    {
        var octets = ReadBytes(1);
        return octets.IsEmpty ? (byte)0 : octets[0];
    }

    /// <summary>Two octets, big-endian.</summary>
    public ushort ReadUInt16()
    {
        var octets = ReadBytes(2);
        return octets.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(octets);
    }

    /// <summary>Four octets, big-endian.</summary>
    public uint ReadUInt32()
    {
        var octets = ReadBytes(4);
        return octets.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(octets);
    }

    /// <summary>A view of the next <paramref name="count"/> octets; empty when that many are not there.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if ((uint)count > (uint)Remaining)
        {
            Fail();
            return [];
        }

        var octets = _packet.Slice(Offset, count);
        Offset += count;
        return octets;
    }

    /// <summary>Passes over octets.</summary>
    public void Skip(int count) => ReadBytes(count);

    /// <summary>Marks the packet as damaged: every later read fails too.</summary>
    public void Fail()
    {
        Failed = true;
        Offset = _packet.Length;
    }
}
