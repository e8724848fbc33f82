using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Dns.Transfer;

/// <summary>The zones in in-addr.arpa that the prefix is served as: see <see cref="ReverseNames"/>.</summary>
internal static class ReverseZone
{
    private const int BitsOfLabel = 8;
    private const int NameOctetsMost = 29;

    private static ReadOnlySpan<byte> Top => "\u0007in-addr\u0004arpa\0"u8;

    /// <summary>The apexes of all of them, uncompressed: 1 to 128.</summary>
    public static IEnumerable<byte[]> Apexes(AddressScheme scheme)
    {
        var length = Length(scheme);
        var octetsBelow = (32 - length) / BitsOfLabel;
        for (var network = (long)scheme.Prefix.Network.Value; network <= scheme.Prefix.Last.Value; network += 1L << (32 - length))
        {
            var name = new byte[NameOctetsMost];
            var whole = name.AsSpan(0, WriteName(new Ipv4Address((uint)network), name));
            for (var octet = 0; octet < octetsBelow; octet++)
                whole = whole[(1 + whole[0])..];

            yield return whole.ToArray();
        }
    }

    /// <summary>The network of the zone that has this name; false when it is none of the prefix's zones.</summary>
    /// <param name="scheme">The addressing in force.</param>
    /// <param name="name">Uncompressed and lower case.</param>
    /// <param name="network">Of 8, 16 or 24 bits.</param>
    public static bool TryRead(AddressScheme scheme, ReadOnlySpan<byte> name, out Ipv4Prefix network)
    {
        network = default;
        if (!DnsLabels.TryFindTail(name, Top, out var topAt))
            return false;

        // Labels stand lowest octet first.
        var length = Length(scheme);
        var address = 0u;
        var shift = 32 - length;
        for (var labels = name[..topAt]; !labels.IsEmpty; shift += BitsOfLabel)
        {
            if (shift >= 32 || !DnsLabels.TryReadOctet(DnsLabels.TakeFirst(ref labels), out var octet))
                return false;

            address |= (uint)octet << shift;
        }

        network = Ipv4Prefix.Containing(new Ipv4Address(address), length);
        return shift == 32 && scheme.Prefix.Contains(new Ipv4Address(address));
    }

    /// <summary>The name of one address, uncompressed: four labels, lowest octet first, and the top.</summary>
    /// <param name="address">The address.</param>
    /// <param name="name">29 octets are enough: 255.255.255.255.in-addr.arpa.</param>
    /// <returns>Octets of the name.</returns>
    public static int WriteName(Ipv4Address address, Span<byte> name)
    {
        var length = 0;
        for (var shift = 0; shift < 32; shift += BitsOfLabel)
        {
            var octet = (byte)(address.Value >> shift);
            octet.TryFormat(name[(length + 1)..], out var digits, default, CultureInfo.InvariantCulture);
            name[length] = (byte)digits;
            length += 1 + digits;
        }

        Top.CopyTo(name[length..]);
        return length + Top.Length;
    }

    // Zones end at octets.
    private static int Length(AddressScheme scheme) =>
        (scheme.Prefix.Length + BitsOfLabel - 1) / BitsOfLabel * BitsOfLabel;
}
