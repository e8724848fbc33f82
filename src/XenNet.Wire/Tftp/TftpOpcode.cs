namespace XenNet.Wire.Tftp;

/// <summary>The kinds of packets (RFC 1350 §5, RFC 2347).</summary>
public enum TftpOpcode : ushort
{
    /// <summary>None.</summary>
    None,

    /// <summary>RRQ: a client wants a file.</summary>
    Read,

    /// <summary>WRQ: a client wants to store a file.</summary>
    Write,

    /// <summary>DATA: a block of the file.</summary>
    Data,

    /// <summary>ACK: all blocks up to one have come.</summary>
    Acknowledgement,

    /// <summary>ERROR: the transfer is over.</summary>
    Error,

    /// <summary>OACK: which options hold.</summary>
    OptionAcknowledgement,
}

/// <summary>What an ERROR is about (RFC 1350 appendix I, RFC 2347).</summary>
public enum TftpErrorCode : ushort
{
    /// <summary>See the text.</summary>
    NotDefined,

    /// <summary>There is no such file.</summary>
    FileNotFound,

    /// <summary>It may not be read.</summary>
    AccessViolation,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>No TFTP operation.</summary>
    IllegalOperation,

    /// <summary>Nothing is sent from or to that port.</summary>
    UnknownTransfer,

    /// <summary>The file is there already.</summary>
    FileExists,

    /// <summary>There is no such user.</summary>
    NoSuchUser,

    /// <summary>The options cannot be agreed on.</summary>
    OptionsRefused,
}
