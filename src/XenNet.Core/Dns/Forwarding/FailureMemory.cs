namespace XenNet.Core.Dns.Forwarding;

/// <summary>
/// Questions that nobody could answer of late, so that they are not asked again at once (RFC 9520 §3.2; RFC 8767 §5).
/// Of fixed size: a newer failure takes the place of an older one.
/// </summary>
public sealed class FailureMemory
{
    /// <summary>A question that failed is not asked again for that long, in milliseconds.</summary>
    public const int RetryMilliseconds = 1000;

    /// <summary>An expired answer is given at once for that long after a failure, in milliseconds.</summary>
    public const int StaleMilliseconds = 5000;

    private const int Places = 1024;

    private readonly Failure[] _places = new Failure[Places];

    /// <summary>How it failed; None when it did not within <see cref="StaleMilliseconds"/>.</summary>
    /// <param name="hash">Of the question, keyed: who does not know the key cannot make two agree.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    /// <param name="mayRetry">True when it should be asked again all the same: the last time is long enough ago.</param>
    public ResolutionFailure Find(ulong hash, long now, out bool mayRetry)
    {
        ref var failure = ref _places[hash % Places];
        var isKnown = failure.Kind != ResolutionFailure.None && failure.Hash == hash
            && now - failure.FailedAt < StaleMilliseconds;
        mayRetry = !isKnown || now - failure.TriedAt >= RetryMilliseconds;
        return isKnown ? failure.Kind : ResolutionFailure.None;
    }

    /// <summary>It failed.</summary>
    public void Add(ulong hash, ResolutionFailure kind, long now) => _places[hash % Places] = new(hash, kind, now, now);

    /// <summary>One that failed is asked again: the next time must wait again.</summary>
    public void Retried(ulong hash, long now)
    {
        ref var failure = ref _places[hash % Places];
        if (failure.Hash == hash)
            failure.TriedAt = now;
    }

    /// <summary>It was answered.</summary>
    public void Remove(ulong hash)
    {
        ref var failure = ref _places[hash % Places];
        if (failure.Hash == hash)
            failure = default;
    }

    /// <summary>A server is back: whatever failed for want of it may be asked again.</summary>
    public void Clear() => Array.Clear(_places);

    private record struct Failure(ulong Hash, ResolutionFailure Kind, long FailedAt, long TriedAt);
}
