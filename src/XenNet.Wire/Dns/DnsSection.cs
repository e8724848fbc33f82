namespace XenNet.Wire.Dns;

/// <summary>The sections that hold records, in the order of the message (RFC 1035 §4.1).</summary>
public enum DnsSection : byte
{
    /// <summary>Records that answer the question.</summary>
    Answer,

    /// <summary>Records about who has authority; SOA in negative answers (RFC 2308).</summary>
    Authority,

    /// <summary>Records that may help, and OPT.</summary>
    Additional,
}
