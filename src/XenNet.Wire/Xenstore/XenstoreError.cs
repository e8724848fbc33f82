namespace XenNet.Wire.Xenstore;

/// <summary>Why xenstored refused, or why nothing came of asking it.</summary>
public enum XenstoreError
{
    /// <summary>It did as asked.</summary>
    None,

    /// <summary>
    /// EINVAL, and what xenstored says that is not in this list: most often a path with a character it has not.
    /// </summary>
    Invalid,

    /// <summary>EACCES or EPERM.</summary>
    AccessDenied,

    /// <summary>EEXIST: the watch is there already.</summary>
    Exists,

    /// <summary>ENOENT: there is no such node, or the transaction is over.</summary>
    NoEntry,

    /// <summary>ENOSPC or ENOMEM: a limit of xenstored's is reached.</summary>
    NoSpace,

    /// <summary>EAGAIN: another one changed what the transaction read or wrote.</summary>
    Again,

    /// <summary>E2BIG: the answer has over 4096 octets.</summary>
    TooBig,

    /// <summary>ENOSYS: this xenstored does not know the request.</summary>
    NotSupported,

    /// <summary>EIO, EROFS, EBUSY, EISCONN, EISDIR, ENOTEMPTY.</summary>
    Failed,

    /// <summary>Ours: it does not fit a message, or a path has a zero octet in it; nothing was sent.</summary>
    Unsendable,

    /// <summary>Ours: no answer in time. The connection is closed, as the answer may still come.</summary>
    TimedOut,

    /// <summary>Ours: xenstored closed the connection, or it was closed before.</summary>
    Disconnected,

    /// <summary>Ours: what came is no xenstore message. The connection is closed.</summary>
    Garbled,
}
