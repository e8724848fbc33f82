using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace XenNet.Wire;

/// <summary>An IPv6 address: 128 bits in host order, so that comparison is plain.</summary>
/// <param name="Value">The address as a number: ::1 is 1.</param>
public readonly record struct Ipv6Address(UInt128 Value)
{
    /// <summary>Octets on the wire.</summary>
    public const int Size = 16;

    private const int Groups = 8;

    // The upper 96 bits of ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
    private const uint MappedMark = 0xffff;

    /// <summary>::, the default value: no address.</summary>
    public static Ipv6Address None => default;

    /// <summary>::1.</summary>
    public static Ipv6Address Loopback => new(1);

    /// <summary>True for ::.</summary>
    public bool IsNone => Value == 0;

    /// <summary>True for ::1.</summary>
    public bool IsLoopback => Value == 1;

    /// <summary>True in ff00::/8.</summary>
    public bool IsMulticast => Value >> 120 == 0xff;

    /// <summary>True in fe80::/10: of use only together with an interface.</summary>
    public bool IsLinkLocal => Value >> 118 == 0x3fa;

    /// <summary>True in ::ffff:0:0/96: an IPv4 address in disguise.</summary>
    public bool IsMapped => Value >> 32 == MappedMark;

    /// <summary>Reads sixteen octets in network order.</summary>
    public static Ipv6Address Read(ReadOnlySpan<byte> octets) => new(BinaryPrimitives.ReadUInt128BigEndian(octets));

    /// <summary>Writes sixteen octets in network order.</summary>
    public void Write(Span<byte> octets) => BinaryPrimitives.WriteUInt128BigEndian(octets, Value);

    /// <summary>
    /// The forms of RFC 4291 section 2.2: groups of one to four hexadecimal digits, one <c>::</c> for groups of zeros, and
    /// a dotted quad in the place of the last two. No zone (<c>%eth0</c>), no brackets.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv6Address address)
    {
        address = default;
        var gap = text.IndexOf("::", StringComparison.Ordinal);
        if (gap < 0)
        {
            if (!TryReadGroups(text, out var whole, out var count) || count != Groups)
                return false;

            address = new Ipv6Address(whole);
            return true;
        }

        // The gap stands for one group at least (RFC 5952 section 4.2.2 says so for writers, and BIND for readers; the
        // older RFC leaves it open, and then eight groups beside a gap are a slip).
        if (!TryReadGroups(text[..gap], out var before, out var left)
            || !TryReadGroups(text[(gap + 2)..], out var behind, out var right)
            || left + right >= Groups || text[..gap].Contains('.'))
        {
            return false;
        }

        address = new Ipv6Address(left == 0 ? behind : before << 16 * (Groups - left) | behind);
        return true;
    }

    /// <summary>The framework's form, for its sockets.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[Size];
        Write(octets);
        return new IPAddress(octets);
    }

    /// <summary>
    /// RFC 5952: lower case, no leading zeros, <c>::</c> for the first longest run of two or more zero groups; an IPv4
    /// address in ::ffff:0:0/96 as a dotted quad.
    /// </summary>
    public override string ToString()
    {
        if (IsMapped)
            return $"::ffff:{new Ipv4Address((uint)Value)}";

        var (gap, length) = LongestRunOfZeros();
        var text = new StringBuilder(39);
        for (var i = 0; i < Groups; i++)
        {
            if (length > 1 && i == gap)
            {
                text.Append("::");
                i += length - 1;
                continue;
            }

            if (i > 0 && text[^1] != ':')
                text.Append(':');

            text.Append(CultureInfo.InvariantCulture, $"{Group(i):x}");
        }

        return text.ToString();
    }

    private static bool TryReadGroups(ReadOnlySpan<char> text, out UInt128 value, out int count)
    {
        value = 0;
        count = 0;
        if (text.IsEmpty)
            return true;

        while (true)
        {
            var colon = text.IndexOf(':');
            var group = colon < 0 ? text : text[..colon];
            if (colon < 0 && group.Contains('.'))
            {
                value = value << 32;
                count += 2;
                if (count > Groups || !Ipv4Address.TryParse(group, out var quad))
                    return false;

                value |= quad.Value;
                return true;
            }

            if (++count > Groups || group.Length is 0 or > 4
                || !ushort.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
            {
                return false;
            }

            value = value << 16 | bits;
            if (colon < 0)
                return true;

            text = text[(colon + 1)..];
        }
    }

    private ushort Group(int index) => (ushort)(Value >> 16 * (Groups - 1 - index));

    private (int At, int Length) LongestRunOfZeros()
    {
        var (longestAt, longest) = (0, 0);
        for (var i = 0; i < Groups; i++)
        {
            var length = 0;
            while (i + length < Groups && Group(i + length) == 0)
                length++;

            if (length > longest)
                (longestAt, longest) = (i, length);

            i += length;
        }

        return (longestAt, longest);
    }
}
