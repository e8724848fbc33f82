namespace XenNet.Core.Dns.Caching;

/// <summary>What an upstream's answer may hold and how long it is kept.</summary>
/// <param name="AllowsPrivateAddresses">
/// False: an address that belongs inside (RFC 1918 and the like) makes the answer none, as it would let a web page of
/// the outside reach into the inside (DNS rebinding).
/// </param>
/// <param name="TtlLeast">Seconds that an answer is kept at least.</param>
/// <param name="TtlMost">Seconds that an answer is kept at the most.</param>
/// <param name="NegativeTtlMost">Seconds that NXDOMAIN and NODATA are kept at the most; 0: not at all.</param>
public readonly record struct AnswerPolicy(
    bool AllowsPrivateAddresses, uint TtlLeast = 0, uint TtlMost = 86400, uint NegativeTtlMost = 3600);

/// <summary>What was wrong with an upstream's answer. The names are also metric labels.</summary>
public enum AnswerFault : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A record is damaged.</summary>
    Damaged,

    /// <summary>More aliases than <see cref="AnswerReader.AliasesMost"/>, or a circle of them.</summary>
    ChainTooLong,

    /// <summary>It holds an address that may not come from outside; the answer made of it is empty.</summary>
    PrivateAddress,
}
