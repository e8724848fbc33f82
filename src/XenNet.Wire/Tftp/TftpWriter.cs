using System.Buffers.Binary;
using System.Buffers.Text;

namespace XenNet.Wire.Tftp;

/// <summary>Writes what a server sends.</summary>
public static class TftpWriter
{
    /// <summary>Octets before those of the file: opcode 0..1, number of the block 2..3.</summary>
    public const int DataHeaderOctets = 4;

    /// <summary>Room that an ERROR of ours, or an OACK, never fills.</summary>
    public const int ControlOctetsMost = 128;

    /// <summary>Writes the beginning of a DATA.</summary>
    public static void WriteDataHeader(Span<byte> packet, ushort block)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet, (ushort)TftpOpcode.Data);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], block);
    }

    /// <summary>Writes an ERROR.</summary>
    /// <returns>Its octets.</returns>
    public static int WriteError(Span<byte> packet, TftpErrorCode code, ReadOnlySpan<byte> text)
    {
        var writer = new WireWriter(packet);
        writer.WriteUInt16((ushort)TftpOpcode.Error);
        writer.WriteUInt16((ushort)code);
        writer.WriteBytes(text[..Math.Min(text.Length, writer.Room - 1)]);
        writer.WriteByte(0);
        return writer.Length;
    }

    /// <summary>Begins an OACK.</summary>
    public static void BeginOptions(ref WireWriter writer) => writer.WriteUInt16((ushort)TftpOpcode.OptionAcknowledgement);

    /// <summary>Adds an option to it.</summary>
    public static void AddOption(ref WireWriter writer, ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        writer.WriteBytes(name);
        writer.WriteByte(0);
        writer.WriteBytes(digits[..length]);
        writer.WriteByte(0);
    }
}
