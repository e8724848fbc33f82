namespace XenNet.Wire.Dns;

/// <summary>OPCODE, four bits of the header (RFC 1035 §4.1.1).</summary>
public enum DnsOpcode : byte
{
    /// <summary>A plain question.</summary>
    Query = 0,

    /// <summary>Inverse query, retired by RFC 3425.</summary>
    InverseQuery = 1,

    /// <summary>Server status, never defined.</summary>
    Status = 2,

    /// <summary>Zone change notice (RFC 1996).</summary>
    Notify = 4,

    /// <summary>Dynamic update (RFC 2136).</summary>
    Update = 5,

    /// <summary>Stateful operations (RFC 8490).</summary>
    StatefulOperations = 6,
}
