using System.Buffers.Binary;

namespace XenNet.Wire.Tftp;

/// <summary>What a client says while a file is sent to it: ACK, ERROR, or what is neither.</summary>
/// <remarks>Opcode 0..1, number of a block or of an error 2..3.</remarks>
/// <param name="Opcode">Of the packet; <see cref="TftpOpcode.None"/> when it is too short for what it says.</param>
/// <param name="Number">The last block that has come, or an error's number.</param>
public readonly record struct TftpAnswer(TftpOpcode Opcode, ushort Number)
{
    /// <summary>Octets that are looked at; what follows, such as an error's text, is not.</summary>
    public const int Octets = 4;

    /// <summary>Reads a datagram.</summary>
    public static TftpAnswer Read(ReadOnlySpan<byte> packet) => packet.Length < Octets
        ? default
        : new TftpAnswer(
            (TftpOpcode)BinaryPrimitives.ReadUInt16BigEndian(packet), BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
}
