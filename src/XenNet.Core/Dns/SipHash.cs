using System.Buffers.Binary;
using System.Numerics;

namespace XenNet.Core.Dns;

/// <summary>
/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of short inputs. Whoever does not know the key can neither
/// choose names that collide in a table nor make a DNS cookie (RFC 9018 §4.4).
/// </summary>
/// <param name="k0">The key's first eight octets, little-endian.</param>
/// <param name="k1">The key's last eight octets, little-endian.</param>
public readonly struct SipHash(ulong k0, ulong k1)
{
    /// <summary>Octets of a key.</summary>
    public const int KeyOctets = 16;

    /// <summary>A hash under that key.</summary>
    /// <param name="key"><see cref="KeyOctets"/> octets that nobody outside can guess.</param>
    public static SipHash FromKey(ReadOnlySpan<byte> key) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[8..]));

    /// <summary>The hash of the octets, of any length.</summary>
    public ulong Compute(ReadOnlySpan<byte> octets)
    {
        var v0 = k0 ^ 0x736f6d6570736575;
        var v1 = k1 ^ 0x646f72616e646f6d;
        var v2 = k0 ^ 0x6c7967656e657261;
        var v3 = k1 ^ 0x7465646279746573;
        var last = (ulong)octets.Length << 56;
        for (; octets.Length >= 8; octets = octets[8..])
            Absorb(BinaryPrimitives.ReadUInt64LittleEndian(octets), ref v0, ref v1, ref v2, ref v3);

        for (var i = 0; i < octets.Length; i++)
            last |= (ulong)octets[i] << (8 * i);

        Absorb(last, ref v0, ref v1, ref v2, ref v3);
        v2 ^= 0xff;
        for (var round = 0; round < 4; round++)
            Round(ref v0, ref v1, ref v2, ref v3);

        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Absorb(ulong word, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
