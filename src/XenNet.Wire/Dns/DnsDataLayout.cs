namespace XenNet.Wire.Dns;

/// <summary>
/// Where names stand in RDATA, for the types that may hold compressed ones (RFC 3597 §4) and the few later ones in which
/// a name must be whole. Any other type is octets without a meaning to us.
/// </summary>
/// <param name="OctetsBefore">Fixed octets before the first name.</param>
/// <param name="Names">Names that follow.</param>
/// <param name="OctetsAfter">Octets after them: exactly so many, or <see cref="AnyOctets"/>.</param>
/// <param name="IsCompressible">True for types of RFC 1035: others are written whole.</param>
internal readonly record struct DnsDataLayout(int OctetsBefore, int Names, int OctetsAfter, bool IsCompressible)
{
    /// <summary>As many octets as there are.</summary>
    public const int AnyOctets = -1;

    /// <summary>SERIAL, REFRESH, RETRY, EXPIRE, MINIMUM.</summary>
    private const int SoaNumbers = 5 * sizeof(uint);

    /// <summary>Types of three obsolete mail records that held one name: MD, MF; MB, MG, MR.</summary>
    private const ushort Md = 3, Mf = 4, Mb = 7, Mg = 8, Mr = 9, Minfo = 14, Rp = 17, Afsdb = 18, Rt = 21, Px = 26;

    private const ushort Kx = 36, Dname = 39, Rrsig = 46, Nsec = 47;

    /// <summary>The layout of a type.</summary>
    public static DnsDataLayout Of(DnsType type) => type switch
    {
        DnsType.Ns or DnsType.Cname or DnsType.Ptr or (DnsType)Md or (DnsType)Mf or (DnsType)Mb or (DnsType)Mg
            or (DnsType)Mr => new(0, 1, 0, true),
        DnsType.Soa => new(0, 2, SoaNumbers, true),
        DnsType.Mx => new(2, 1, 0, true),
        (DnsType)Minfo => new(0, 2, 0, true),
        (DnsType)Rp => new(0, 2, 0, false),
        (DnsType)Afsdb or (DnsType)Rt or (DnsType)Kx => new(2, 1, 0, false),
        (DnsType)Px => new(2, 2, 0, false),
        DnsType.Srv => new(6, 1, 0, false),
        (DnsType)Dname => new(0, 1, 0, false),
        (DnsType)Rrsig => new(18, 1, AnyOctets, false),
        (DnsType)Nsec => new(0, 1, AnyOctets, false),
        DnsType.Svcb or DnsType.Https => new(2, 1, AnyOctets, false),
        _ => new(0, 0, AnyOctets, false),
    };
}
