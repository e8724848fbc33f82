namespace XenNet.Core.Dns.Forwarding;

/// <summary>What a message that came from an upstream is worth.</summary>
public enum UpstreamVerdict
{
    /// <summary>It answers: NOERROR, NXDOMAIN or YXDOMAIN, whole and sound.</summary>
    Answer,

    /// <summary>It is the upstream's, with TC: ask again over TCP.</summary>
    Truncated,

    /// <summary>The upstream cannot or will not answer, or only says whom else to ask: ask the next.</summary>
    Failure,

    /// <summary>FORMERR or NOTIMP without OPT to a query with one: a server from before EDNS (RFC 6891 §7).</summary>
    EdnsNotUnderstood,

    /// <summary>
    /// Right but for the case of letters over UDP: the server folds them, or a forger guessed all else. TCP tells.
    /// </summary>
    OtherLetters,

    /// <summary>Shorter than a header.</summary>
    HeaderCut,

    /// <summary>QR is clear.</summary>
    NotAReply,

    /// <summary>Another ID than ours.</summary>
    ForeignId,

    /// <summary>Another opcode than ours.</summary>
    ForeignOpcode,

    /// <summary>Not our question, or not exactly one.</summary>
    ForeignQuestion,

    /// <summary>Our ID and question, but the records are not sound.</summary>
    Damaged,
}
