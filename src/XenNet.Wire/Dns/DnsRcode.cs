namespace XenNet.Wire.Dns;

/// <summary>RCODE: four bits in the header, eight more above them in OPT (RFC 6891 §6.1.3).</summary>
public enum DnsRcode : ushort
{
    /// <summary>NOERROR.</summary>
    NoError = 0,

    /// <summary>FORMERR: the query is damaged.</summary>
    FormatError = 1,

    /// <summary>SERVFAIL: no server could be brought to answer.</summary>
    ServerFailure = 2,

    /// <summary>NXDOMAIN: no record of any type has this name, nor has any name below it (RFC 8020).</summary>
    NameError = 3,

    /// <summary>NOTIMP: the opcode is not served.</summary>
    NotImplemented = 4,

    /// <summary>REFUSED: by policy.</summary>
    Refused = 5,

    /// <summary>NOTAUTH (RFC 2136).</summary>
    NotAuthoritative = 9,

    /// <summary>BADVERS: an EDNS version above 0 (RFC 6891 §6.1.3). Does not fit in the header alone.</summary>
    BadVersion = 16,
}
