using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace XenNet.Wire.Dns;

/// <summary>The names under which addresses are asked about.</summary>
public static class ReverseNameText
{
    /// <summary>The octets from the last to the first (RFC 1035 §3.5).</summary>
    public static string Of(Ipv4Address address) =>
        new Ipv4Address(BinaryPrimitives.ReverseEndianness(address.Value)) + ".in-addr.arpa";

    /// <summary>The half octets from the last to the first (RFC 3596 §2.5).</summary>
    public static string Of(Ipv6Address address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.Write(octets);
        var name = new StringBuilder();
        for (var at = octets.Length - 1; at >= 0; at--)
            name.Append(CultureInfo.InvariantCulture, $"{octets[at] & 15:x}.{octets[at] >> 4:x}.");

        return name.Append("ip6.arpa").ToString();
    }
}
