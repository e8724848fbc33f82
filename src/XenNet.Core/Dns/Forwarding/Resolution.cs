using XenNet.Core.Dns.Caching;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>Why upstreams gave no answer. The names are also metric labels.</summary>
public enum ResolutionFailure : byte
{
    /// <summary>They gave one.</summary>
    None,

    /// <summary>There is no upstream to ask.</summary>
    NoUpstream,

    /// <summary>None answered in time.</summary>
    Timeout,

    /// <summary>None can be reached: no route, or nobody listens there.</summary>
    Unreachable,

    /// <summary>All that answered said that they cannot or will not.</summary>
    Refused,

    /// <summary>What came was no sound answer to the question.</summary>
    Damaged,

    /// <summary>Too many queries wait already, of this client or in all.</summary>
    Overloaded,
}

/// <summary>What asking upstreams came to.</summary>
/// <param name="Answer">The answer; null when there is none.</param>
/// <param name="IsStale">True when it is one from before whose time is over, for want of a better (RFC 8767).</param>
/// <param name="Failure">Why there is no new answer.</param>
public readonly record struct Resolution(CachedAnswer? Answer, bool IsStale, ResolutionFailure Failure)
{
    /// <summary>A new answer.</summary>
    public static Resolution Of(CachedAnswer answer) => new(answer, false, ResolutionFailure.None);

    /// <summary>An expired answer, as there is no new one.</summary>
    public static Resolution Stale(CachedAnswer answer, ResolutionFailure failure) => new(answer, true, failure);

    /// <summary>No new answer: the expired one, if there is one.</summary>
    public static Resolution Of(CachedAnswer? expired, ResolutionFailure failure) => new(expired, expired is not null, failure);

    /// <summary>None.</summary>
    public static Resolution Failed(ResolutionFailure failure) => new(null, false, failure);
}
