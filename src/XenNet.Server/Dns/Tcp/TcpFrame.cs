using System.Buffers.Binary;
using XenNet.Core.Dns;

namespace XenNet.Server.Dns.Tcp;

/// <summary>A message behind its length: both leave in one segment (RFC 7766 §8).</summary>
internal static class TcpFrame
{
    /// <summary>Octets of the length (RFC 1035 §4.2.2).</summary>
    public const int LengthOctets = sizeof(ushort);

    /// <summary>Octets of a frame at the most.</summary>
    public const int OctetsMost = LengthOctets + DnsResponder.ReplyOctetsMax;

    /// <summary>Where the message is written to.</summary>
    /// <param name="frame">At least <see cref="OctetsMost"/> octets.</param>
    public static Span<byte> Message(byte[] frame) => frame.AsSpan(LengthOctets, DnsResponder.ReplyOctetsMax);

    /// <summary>Puts the length before the message, and gives both.</summary>
    public static ReadOnlySpan<byte> Finish(byte[] frame, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)length);
        return frame.AsSpan(0, LengthOctets + length);
    }
}
