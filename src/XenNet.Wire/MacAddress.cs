using System.Buffers.Binary;
using System.Globalization;

namespace XenNet.Wire;

/// <summary>An Ethernet address: 48 bits.</summary>
public readonly record struct MacAddress
{
    /// <summary>Octets on the wire.</summary>
    public const int Size = 6;

    private readonly ulong _value;

    private MacAddress(ulong value) => _value = value;

    /// <summary>00:00:00:00:00:00, the default value: no address.</summary>
    public static MacAddress None => default;

    /// <summary>ff:ff:ff:ff:ff:ff.</summary>
    public static MacAddress Broadcast => new(0xffff_ffff_ffff);

    /// <summary>The Xen project's prefix 00:16:3e with 24 bits of the caller's choice.</summary>
    public static MacAddress Xen(uint low24Bits) => new(0x00163e000000UL | (low24Bits & 0xffffff));

    /// <summary>True when it names one station: not a group address (lowest bit of the first octet) and not all zero.</summary>
    public bool IsUnicast => _value != 0 && (_value >> 40 & 1) == 0;

    /// <summary>The 48 bits as a number, the first octet highest.</summary>
    public ulong ToUInt64() => _value;

    /// <summary>Takes the lower 48 bits of <paramref name="value"/>.</summary>
    public static MacAddress FromUInt64(ulong value) => new(value & 0xffff_ffff_ffff);

    /// <summary>Reads six octets.</summary>
    public static MacAddress Read(ReadOnlySpan<byte> octets) =>
        new((ulong)BinaryPrimitives.ReadUInt16BigEndian(octets) << 32 | BinaryPrimitives.ReadUInt32BigEndian(octets[2..]));

    /// <summary>Writes six octets.</summary>
    public void Write(Span<byte> octets)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)(_value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[2..], (uint)_value);
    }

    /// <summary>Six groups of two hexadecimal digits, separated by one kind of <c>:</c> or <c>-</c>; either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress mac)
    {
        mac = default;
        if (text.Length != 17 || text[2] is not (':' or '-'))
        {
            return false;
        }

        ulong value = 0;
        for (var group = 0; group < Size; group++)
        {
            var at = group * 3;
            if ((group > 0 && text[at - 1] != text[2]) || !byte.TryParse(
                text.Slice(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                return false;
            }

            value = value << 8 | octet;
        }

        mac = new MacAddress(value);
        return true;
    }

    /// <summary>Lower case with colons.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{_value >> 40 & 255:x2}:{_value >> 32 & 255:x2}:{_value >> 24 & 255:x2}:{_value >> 16 & 255:x2}:{_value >> 8 & 255:x2}:{_value & 255:x2}");
}
