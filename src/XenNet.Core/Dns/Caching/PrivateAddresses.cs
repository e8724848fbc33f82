using System.Buffers.Binary;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Caching;

/// <summary>Addresses that no name of the outside has an honest use for (RFC 6890, RFC 4193).</summary>
public static class PrivateAddresses
{
    /// <summary>True for the address of a server that is asked about the inside.</summary>
    public static bool Contains(IpEndpoint server)
    {
        Span<byte> octets = stackalloc byte[16];
        if (server.IsIpv4)
            return IsPrivate(server.Ipv4.Value);

        server.Ipv6.Write(octets);
        return IsPrivate(octets);
    }

    /// <summary>True for data of an A or AAAA record that is such an address, or of SVCB or HTTPS that hints at one.</summary>
    public static bool IsIn(DnsType type, ReadOnlySpan<byte> data) => type switch
    {
        DnsType.A when data.Length == 4 => IsPrivate(BinaryPrimitives.ReadUInt32BigEndian(data)),
        DnsType.Aaaa when data.Length == 16 => IsPrivate(data),
        DnsType.Svcb or DnsType.Https => IsHinted(data),
        _ => false,
    };

    // Clients may connect to hints at once (RFC 9460 §7.3). Parameters stand behind priority and target, each as an
    // option of EDNS does: key (2), length (2), value. A target should not be compressed, but whoever reads it expands it.
    private static bool IsHinted(ReadOnlySpan<byte> data)
    {
        const ushort Ipv4Hint = 4, Ipv6Hint = 6;
        var at = sizeof(ushort);
        while (at < data.Length && data[at] is > 0 and <= DnsName.LabelOctetsMax)
            at += 1 + data[at];

        at += at < data.Length && data[at] != 0 ? sizeof(ushort) : 1;
        var isPrivate = false;
        for (var left = at < data.Length ? data[at..] : []; DnsEdns.TryTakeOption(ref left, out var key, out var value);)
        {
            for (; key == Ipv4Hint && value.Length >= 4; value = value[4..])
                isPrivate |= IsPrivate(BinaryPrimitives.ReadUInt32BigEndian(value));

            for (; key == Ipv6Hint && value.Length >= 16; value = value[16..])
                isPrivate |= IsPrivate(value[..16]);
        }

        return isPrivate;
    }

    // "This" network, 10/8, shared space, loopback, link-local, 172.16/12, 192.168/16.
    private static bool IsPrivate(uint address) =>
        (address >> 24) is 0 or 10 or 127
        || (address >> 22) == ((100 << 2) | 1)
        || (address >> 20) == ((172 << 4) | 1)
        || (address >> 16) is ((169 << 8) | 254) or ((192 << 8) | 168);

    private static bool IsPrivate(ReadOnlySpan<byte> address)
    {
        // ::/96 (unspecified, loopback, IPv4-compatible), ::ffff:0:0/96 and 64:ff9b::/96 hold an IPv4 address.
        var high = BinaryPrimitives.ReadUInt64BigEndian(address);
        var middle = BinaryPrimitives.ReadUInt32BigEndian(address[8..]);
        var low = BinaryPrimitives.ReadUInt32BigEndian(address[12..]);
        const ulong Nat64 = 0x0064_ff9b_0000_0000;
        if (high is 0 or Nat64 && middle == 0)
            return high == 0 && low <= 1 || IsPrivate(low);

        return (high == 0 && middle == 0xffff && IsPrivate(low))
            || address[0] is 0xfc or 0xfd
            || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
    }
}
