namespace XenNet.Wire.Dns;

/// <summary>
/// Why a message is not taken as it stands. The names are also log words, metric labels, expectations.
/// </summary>
public enum DnsRefusal : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Shorter than the header's 12 octets: there is no ID to answer to.</summary>
    HeaderCut,

    /// <summary>QR says reply where a query is due; answering one could start a loop between two servers.</summary>
    NotAQuery,

    /// <summary>OPCODE is not QUERY.</summary>
    OpcodeNotServed,

    /// <summary>QDCOUNT is not 1 (RFC 9619).</summary>
    QuestionCountNotOne,

    /// <summary>The packet ends before a question that QDCOUNT announces.</summary>
    QuestionMissing,

    /// <summary>The packet ends inside QTYPE or QCLASS.</summary>
    QuestionCut,

    /// <summary>The packet ends inside a name, before its root label or pointer.</summary>
    NameCut,

    /// <summary>A name is longer than 255 octets when expanded (RFC 1035 §2.3.4).</summary>
    NameTooLong,

    /// <summary>A label's upper two bits are 01 or 10 (RFC 6891 §5, RFC 2673 retired by RFC 6891).</summary>
    LabelTypeUnknown,

    /// <summary>The packet ends between the two octets of a compression pointer.</summary>
    PointerCut,

    /// <summary>
    /// A pointer does not lead to a prior name (RFC 1035 §4.1.4) but forward or into its own run.
    /// </summary>
    NamePointsForward,

    /// <summary>A pointer leads into the header, where no name can stand.</summary>
    NamePointsIntoHeader,

    /// <summary>The packet ends before a record that one of the three counts announces.</summary>
    RecordMissing,

    /// <summary>The packet ends inside TYPE, CLASS, TTL or RDLENGTH.</summary>
    RecordCut,

    /// <summary>RDLENGTH reaches beyond the packet.</summary>
    RecordDataCut,

    /// <summary>A name inside RDATA does not end where RDATA ends.</summary>
    RecordDataMismatch,

    /// <summary>Octets are left after the last record that is announced.</summary>
    OctetsAfterEnd,

    /// <summary>A second OPT (RFC 6891 §6.1.1).</summary>
    TwoOpts,

    /// <summary>OPT's owner is not the root (RFC 6891 §6.1.2).</summary>
    OptNameNotRoot,

    /// <summary>OPT stands in the answer or authority section (RFC 6891 §6.1.1).</summary>
    OptNotAdditional,

    /// <summary>An EDNS option's code, length or data reaches beyond OPT's RDATA.</summary>
    OptionCut,

    /// <summary>A COOKIE option is neither 8 nor 16 to 40 octets long (RFC 7873 §4).</summary>
    CookieDamaged,

    /// <summary>EDNS version above 0: answered with BADVERS.</summary>
    EdnsVersionUnknown,

    /// <summary>QTYPE is OPT or TSIG, which are parts of a message and cannot be asked for.</summary>
    TypeNotAskable,

    /// <summary>QTYPE is an operation that is not served: TKEY, MAILA or MAILB.</summary>
    TypeNotServed,

    /// <summary>A zone transfer of no zone of ours, over UDP, or to somebody who is no secondary.</summary>
    TransferRefused,

    /// <summary>A secondary that is not served otherwise asks about a name that is not of our zones.</summary>
    NotOfOurZones,

    /// <summary>QCLASS is not IN, or is CH for something that is not told, or not told to this client.</summary>
    ClassNotServed,

    /// <summary>Not our name, and recursion was not asked for.</summary>
    RecursionNotDesired,
}
