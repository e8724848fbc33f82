using System.Buffers.Binary;
using System.Globalization;

namespace XenNet.Wire;

/// <summary>An Ethernet address: 48 bits.</summary>
public readonly record struct MacAddress
{
    /// <summary>Octets on the wire.</summary>
    public const int Size = 6;

    // In six octets and not in eight: a host may know 65,535 of them, some of them twice.
    private readonly ushort _high;
    private readonly ushort _middle;
    private readonly ushort _low;

    private MacAddress(ulong value) =>
        (_high, _middle, _low) = ((ushort)(value >> 32), (ushort)(value >> 16), (ushort)value);

    /// <summary>00:00:00:00:00:00, the default value: no address.</summary>
    public static MacAddress None => default;

    /// <summary>ff:ff:ff:ff:ff:ff.</summary>
    public static MacAddress Broadcast => new(0xffff_ffff_ffff);

    /// <summary>The Xen project's prefix 00:16:3e with 24 bits of the caller's choice.</summary>
    public static MacAddress Xen(uint low24Bits) => new(0x00163e000000UL | (low24Bits & 0xffffff));

    /// <summary>True when it names one station: not a group address (lowest bit of the first octet) and not all zero.</summary>
    public bool IsUnicast => ToUInt64() != 0 && (_high >> 8 & 1) == 0;

    /// <summary>The 48 bits as a number, the first octet highest.</summary>
    public ulong ToUInt64() => (ulong)_high << 32 | (uint)_middle << 16 | _low;

    /// <summary>Takes the lower 48 bits of <paramref name="value"/>.</summary>
    public static MacAddress FromUInt64(ulong value) => new(value & 0xffff_ffff_ffff);

    /// <summary>Reads six octets.</summary>
    public static MacAddress Read(ReadOnlySpan<byte> octets) =>
        new((ulong)BinaryPrimitives.ReadUInt16BigEndian(octets) << 32 | BinaryPrimitives.ReadUInt32BigEndian(octets[2..]));

    /// <summary>Writes six octets.</summary>
    public void Write(Span<byte> octets)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, _high);
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], _middle);
        BinaryPrimitives.WriteUInt16BigEndian(octets[4..], _low);
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
        $"{_high >> 8:x2}:{_high & 255:x2}:{_middle >> 8:x2}:{_middle & 255:x2}:{_low >> 8:x2}:{_low & 255:x2}");
}
