namespace XenNet.Wire.Tftp;

/// <summary>Why a packet is no request for a file. The names are also metric labels.</summary>
public enum TftpRefusal : byte
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>Shorter than an opcode.</summary>
    OpcodeCut,

    /// <summary>Longer than a request may be (RFC 2347: 512 octets).</summary>
    RequestTooLong,

    /// <summary>A client wants to store a file.</summary>
    WriteRequest,

    /// <summary>A part of a transfer that is not known here.</summary>
    NotARequest,

    /// <summary>No TFTP operation.</summary>
    OpcodeUnknown,

    /// <summary>The name of the file has no end.</summary>
    NameCut,

    /// <summary>The name of the file is empty.</summary>
    NameEmpty,

    /// <summary>The mode is missing, or has no end.</summary>
    ModeCut,

    /// <summary>Neither netascii nor octet.</summary>
    ModeUnknown,
}
