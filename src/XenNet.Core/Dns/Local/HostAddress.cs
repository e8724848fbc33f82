using System.Globalization;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>An address of a hosts file, of either kind.</summary>
internal readonly struct HostAddress
{
    // 39 characters of IPv6 and a dotted quad in it.
    private const int TextMost = 45;

    private readonly Ipv4Address _ipv4;
    private readonly Ipv6Address _ipv6;
    private readonly bool _isIpv4;

    private HostAddress(Ipv4Address ipv4, Ipv6Address ipv6, bool isIpv4) => (_ipv4, _ipv6, _isIpv4) = (ipv4, ipv6, isIpv4);

    /// <summary>A or AAAA.</summary>
    public DnsType Type => _isIpv4 ? DnsType.A : DnsType.Aaaa;

    /// <summary>0.0.0.0 and ::, by which block lists say that a name leads nowhere.</summary>
    public bool IsNone => _isIpv4 ? _ipv4.IsNone : _ipv6.IsNone;

    /// <summary>
    /// Loopback, link-local of IPv6, broadcast and multicast: each host's own, and never another's.
    /// </summary>
    public bool IsOfNobodyElse => _isIpv4
        ? _ipv4.IsLoopback || _ipv4.Value >> 24 >= 224
        : _ipv6.IsLoopback || _ipv6.IsLinkLocal || _ipv6.IsMulticast || _ipv6.Value == IpNodeLocal;

    // fe00::, which Debian's file calls ip6-localnet.
    private static UInt128 IpNodeLocal => (UInt128)0xfe00 << 112;

    /// <summary>Either form; no zone behind <c>%</c>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out HostAddress address)
    {
        address = default;
        Span<char> characters = stackalloc char[TextMost];
        if (text.Length > TextMost)
            return false;

        for (var i = 0; i < text.Length; i++)
            characters[i] = (char)text[i];

        var isIpv4 = Ipv4Address.TryParse(characters[..text.Length], out var ipv4);
        var isIpv6 = !isIpv4 & Ipv6Address.TryParse(characters[..text.Length], out var ipv6);
        address = new HostAddress(ipv4, ipv6, isIpv4);
        return isIpv4 || isIpv6;
    }

    /// <summary>RDATA; returns its octets.</summary>
    public int Write(Span<byte> data)
    {
        if (_isIpv4)
            _ipv4.Write(data);
        else
            _ipv6.Write(data);

        return _isIpv4 ? Ipv4Address.Size : Ipv6Address.Size;
    }

    /// <summary>
    /// The name of the address in in-addr.arpa (RFC 1035 section 3.5) or ip6.arpa (RFC 3596 section 2.5), expanded.
    /// </summary>
    public int WriteReverseName(Span<byte> name)
    {
        Span<byte> octets = stackalloc byte[Ipv6Address.Size];
        octets = octets[..Write(octets)];
        var length = 0;
        for (var i = octets.Length - 1; i >= 0; i--)
        {
            if (_isIpv4)
            {
                octets[i].TryFormat(name[(length + 1)..], out var digits, default, CultureInfo.InvariantCulture);
                name[length] = (byte)digits;
                length += 1 + digits;
                continue;
            }

            (name[length], name[length + 1]) = (1, Nibble(octets[i] & 15));
            (name[length + 2], name[length + 3]) = (1, Nibble(octets[i] >> 4));
            length += 4;
        }

        var top = _isIpv4 ? "\u0007in-addr\u0004arpa\0"u8 : "\u0003ip6\u0004arpa\0"u8;
        top.CopyTo(name[length..]);
        return length + top.Length;
    }

    private static byte Nibble(int value) => "0123456789abcdef"u8[value];
}
