using System.Buffers.Binary;

namespace XenNet.Wire.Frames;

/// <summary>The checksum of IP and UDP, over 16-bit words in ones' complement (RFC 1071).</summary>
internal static class InternetChecksum
{
    /// <summary>Adds octets to a sum; an odd last octet counts as the high half of a word.</summary>
    /// <remarks>A datagram has at most 32,768 words of 16 bits: 31 bits hold the sum.</remarks>
    public static uint Add(uint sum, ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= sizeof(ushort))
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(octets);
            octets = octets[sizeof(ushort)..];
        }

        return octets.IsEmpty ? sum : sum + ((uint)octets[0] << 8);
    }

    /// <summary>Folds the carries in and complements.</summary>
    public static ushort Finish(uint sum)
    {
        sum = (sum >> 16) + (sum & 0xffff);
        sum += sum >> 16;
        return (ushort)~sum;
    }
}
