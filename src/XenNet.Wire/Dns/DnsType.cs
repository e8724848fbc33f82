using System.Diagnostics.CodeAnalysis;

namespace XenNet.Wire.Dns;

/// <summary>
/// TYPE and QTYPE values (RFC 1035 §3.2.2, IANA registry) that this server names; any other passes as a number.
/// </summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "PTR is the record's name.")]
public enum DnsType : ushort
{
    /// <summary>IPv4 address.</summary>
    A = 1,

    /// <summary>Authoritative name server.</summary>
    Ns = 2,

    /// <summary>Canonical name of an alias.</summary>
    Cname = 5,

    /// <summary>Start of a zone of authority.</summary>
    Soa = 6,

    /// <summary>Name of an address.</summary>
    Ptr = 12,

    /// <summary>Host information; today the answer to ANY (RFC 8482).</summary>
    Hinfo = 13,

    /// <summary>Mail exchange.</summary>
    Mx = 15,

    /// <summary>Text strings.</summary>
    Txt = 16,

    /// <summary>IPv6 address (RFC 3596).</summary>
    Aaaa = 28,

    /// <summary>Server selection (RFC 2782).</summary>
    Srv = 33,

    /// <summary>Rewriting rule of a name (RFC 3403).</summary>
    Naptr = 35,

    /// <summary>Alias of a whole subtree (RFC 6672).</summary>
    Dname = 39,

    /// <summary>EDNS(0) pseudo-record (RFC 6891).</summary>
    Opt = 41,

    /// <summary>Delegation signer (RFC 4034); lives on the parent's side of a zone cut.</summary>
    Ds = 43,

    /// <summary>Fingerprint of an SSH host's key (RFC 4255).</summary>
    Sshfp = 44,

    /// <summary>Zone signing key (RFC 4034).</summary>
    Dnskey = 48,

    /// <summary>Certificate of a TLS service (RFC 6698).</summary>
    Tlsa = 52,

    /// <summary>Service binding (RFC 9460).</summary>
    Svcb = 64,

    /// <summary>Service binding for HTTP (RFC 9460).</summary>
    Https = 65,

    /// <summary>Key negotiation (RFC 2930); a meta type.</summary>
    Tkey = 249,

    /// <summary>Transaction signature (RFC 8945); a meta type.</summary>
    Tsig = 250,

    /// <summary>Incremental zone transfer (RFC 1995); only asked.</summary>
    Ixfr = 251,

    /// <summary>Zone transfer (RFC 5936); only asked.</summary>
    Axfr = 252,

    /// <summary>Mailbox records, obsolete; only asked.</summary>
    Mailb = 253,

    /// <summary>Mail agent records, obsolete; only asked.</summary>
    Maila = 254,

    /// <summary>Any type the server cares to give (RFC 8482); only asked.</summary>
    Any = 255,

    /// <summary>Which authorities may issue certificates (RFC 8659).</summary>
    Caa = 257,
}
