namespace XenNet.Wire.Dns;

/// <summary>
/// The header's second 16 bits: <c>QR Opcode(4) AA TC RD | RA Z AD CD RCODE(4)</c> (RFC 1035 §4.1.1, RFC 4035 §3.2).
/// </summary>
/// <param name="Value">The bits in host order, QR highest.</param>
public readonly record struct DnsFlags(ushort Value)
{
    /// <summary>QR: this is a reply.</summary>
    public bool IsReply { get => Has(15); init => Value = Put(15, value); }

    /// <summary>OPCODE, 0 to 15.</summary>
    public DnsOpcode Opcode
    {
        get => (DnsOpcode)(Value >> 11 & 15);
        init => Value = (ushort)(Value & ~(15 << 11) | ((int)value & 15) << 11);
    }

    /// <summary>AA: the answer comes from the zone itself.</summary>
    public bool Authoritative { get => Has(10); init => Value = Put(10, value); }

    /// <summary>TC: more did not fit.</summary>
    public bool Truncated { get => Has(9); init => Value = Put(9, value); }

    /// <summary>RD.</summary>
    public bool RecursionDesired { get => Has(8); init => Value = Put(8, value); }

    /// <summary>RA.</summary>
    public bool RecursionAvailable { get => Has(7); init => Value = Put(7, value); }

    /// <summary>AD: the server vouches for signatures (RFC 4035 §3.2.3).</summary>
    public bool AuthenticData { get => Has(5); init => Value = Put(5, value); }

    /// <summary>CD: the client checks signatures itself (RFC 4035 §3.2.2).</summary>
    public bool CheckingDisabled { get => Has(4); init => Value = Put(4, value); }

    /// <summary>The lower four bits of the RCODE; OPT may carry eight more.</summary>
    public DnsRcode Rcode
    {
        get => (DnsRcode)(Value & 15);
        init => Value = (ushort)(Value & ~15 | (int)value & 15);
    }

    /// <summary>
    /// A reply's flags for this query: QR and RA set, opcode, RD and CD as asked, all else clear.
    /// </summary>
    public DnsFlags ToReply() => new((ushort)(Value & (15 << 11 | 1 << 8 | 1 << 4) | 1 << 15 | 1 << 7));

    private bool Has(int bit) => (Value >> bit & 1) != 0;

    private ushort Put(int bit, bool on) => (ushort)(on ? Value | 1 << bit : Value & ~(1 << bit));
}
