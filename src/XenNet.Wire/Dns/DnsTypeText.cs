using System.Globalization;

namespace XenNet.Wire.Dns;

/// <summary>Types as they are written: <c>AAAA</c>, or <c>TYPE65280</c> for one without a name here (RFC 3597 §5).</summary>
public static class DnsTypeText
{
    private static readonly (string Name, DnsType Type)[] Types =
    [
        ("A", DnsType.A), ("NS", DnsType.Ns), ("CNAME", DnsType.Cname), ("SOA", DnsType.Soa), ("PTR", DnsType.Ptr),
        ("MX", DnsType.Mx), ("TXT", DnsType.Txt), ("AAAA", DnsType.Aaaa), ("SRV", DnsType.Srv),
        ("NAPTR", DnsType.Naptr), ("DNAME", DnsType.Dname), ("DS", DnsType.Ds), ("SSHFP", DnsType.Sshfp),
        ("DNSKEY", DnsType.Dnskey), ("TLSA", DnsType.Tlsa), ("SVCB", DnsType.Svcb), ("HTTPS", DnsType.Https),
        ("CAA", DnsType.Caa), ("ANY", DnsType.Any),
    ];

    /// <summary>A name in any case, or <c>TYPE</c> and 0 to 65535.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DnsType type)
    {
        foreach (var known in Types)
        {
            if (!text.Equals(known.Name, StringComparison.OrdinalIgnoreCase))
                continue;

            type = known.Type;
            return true;
        }

        ushort number = 0;
        var isNumbered = text.StartsWith("TYPE", StringComparison.OrdinalIgnoreCase)
            && ushort.TryParse(text[4..], NumberStyles.None, CultureInfo.InvariantCulture, out number);
        type = (DnsType)number;
        return isNumbered;
    }

    /// <summary>The name, or <c>TYPE</c> and the number.</summary>
    public static string Format(DnsType type)
    {
        foreach (var known in Types)
        {
            if (known.Type == type)
                return known.Name;
        }

        return string.Create(CultureInfo.InvariantCulture, $"TYPE{(ushort)type}");
    }
}
