using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace XenNet.Wire;

/// <summary>An IPv4 address: 32 bits in host order, so that arithmetic and comparison are plain.</summary>
/// <param name="Value">The address as a number: 10.0.1.1 is 0x0a000101.</param>
public readonly record struct Ipv4Address(uint Value)
{
    /// <summary>Octets on the wire.</summary>
    public const int Size = 4;

    /// <summary>0.0.0.0, the default value: no address.</summary>
    public static Ipv4Address None => default;

    /// <summary>255.255.255.255, the limited broadcast (RFC 919).</summary>
    public static Ipv4Address Broadcast => new(uint.MaxValue);

    /// <summary>127.0.0.1.</summary>
    public static Ipv4Address Loopback => new(0x7f000001);

    /// <summary>True for 0.0.0.0.</summary>
    public bool IsNone => Value == 0;

    /// <summary>True in 127.0.0.0/8.</summary>
    public bool IsLoopback => Value >> 24 == 127;

    /// <summary>Reads four octets in network order.</summary>
    public static Ipv4Address Read(ReadOnlySpan<byte> octets) => new(BinaryPrimitives.ReadUInt32BigEndian(octets));

    /// <summary>Writes four octets in network order.</summary>
    public void Write(Span<byte> octets) => BinaryPrimitives.WriteUInt32BigEndian(octets, Value);

    /// <summary>Dotted quad, four decimal parts without leading zeros; nothing else is an address here.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv4Address address)
    {
        address = default;
        uint value = 0;
        for (var part = 0; part < 4; part++)
        {
            var end = part < 3 ? text.IndexOf('.') : text.Length;
            if (end is < 1 or > 3 || (end > 1 && text[0] == '0')
                || !byte.TryParse(text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var octet))
            {
                return false;
            }

            value = (value << 8) | octet;
            text = part < 3 ? text[(end + 1)..] : [];
        }

        address = new Ipv4Address(value);
        return true;
    }

    /// <summary>The framework's form, for its sockets.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[Size];
        Write(octets);
        return new IPAddress(octets);
    }

    /// <summary>Dotted quad.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Value >> 24}.{(Value >> 16) & 255}.{(Value >> 8) & 255}.{Value & 255}");
}
