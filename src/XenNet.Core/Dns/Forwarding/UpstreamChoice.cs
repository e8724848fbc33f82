namespace XenNet.Core.Dns.Forwarding;

/// <summary>
/// Which of several upstreams is asked. Sets of them are bits: bit 0 is the first of the list.
/// </summary>
public static class UpstreamChoice
{
    /// <summary>Upstreams of one list at the most.</summary>
    public const int UpstreamsMost = 16;

    /// <summary>Whom to ask next: those that answer before those that are down. -1 when all were asked.</summary>
    /// <param name="upstreams">In the order given.</param>
    /// <param name="order">How to choose among those that answer.</param>
    /// <param name="asked">Those that were asked already.</param>
    public static int Next(ReadOnlySpan<UpstreamHealth> upstreams, UpstreamOrder order, uint asked)
    {
        var best = -1;
        var bestRank = long.MaxValue;
        for (var i = 0; i < upstreams.Length; i++)
        {
            if ((asked >> i & 1) != 0 || !upstreams[i].IsUsable)
                continue;

            var rank = Rank(upstreams[i], order);
            if (rank < bestRank)
                (best, bestRank) = (i, rank);
        }

        return best;
    }

    /// <summary>
    /// Who is asked at the same time as the one that <see cref="Next"/> gives first. The query is theirs as well, so
    /// that whoever answers first is heard, and the loss of theirs costs the client nothing.
    /// </summary>
    /// <param name="upstreams">In the order given.</param>
    /// <param name="order">All of those that answer, for a race.</param>
    /// <param name="first">Whom <see cref="Next"/> gave.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public static uint Companions(ReadOnlySpan<UpstreamHealth> upstreams, UpstreamOrder order, int first, long now)
    {
        // When nobody answers everybody is asked, so that the first that is back is found.
        var all = order == UpstreamOrder.Race || !upstreams[first].IsTrusted;
        var companions = 0u;
        for (var i = 0; i < upstreams.Length; i++)
        {
            var health = upstreams[i];
            var isAsked = health.IsTrusted
                ? all || (order == UpstreamOrder.Fastest && health.WantsProbe(now))
                : health.IsUsable && (!upstreams[first].IsTrusted || health.WantsProbe(now));
            if (i != first && isAsked)
                companions |= 1u << i;
        }

        return companions | Witness(upstreams, first, now);
    }

    // Traffic that turns to a server which was not heard of for some time, while another was, may turn to one that has
    // died meanwhile: the other is asked as well, until that one has spoken or is known to be down. Bit or 0.
    private static uint Witness(ReadOnlySpan<UpstreamHealth> upstreams, int first, long now)
    {
        var heardAt = upstreams[first].HeardAt;
        if (now - heardAt < UpstreamHealth.HeardMilliseconds)
            return 0;

        var witness = 0u;
        for (var i = 0; i < upstreams.Length; i++)
        {
            if (upstreams[i].IsTrusted && upstreams[i].HeardAt > heardAt)
                (witness, heardAt) = (1u << i, upstreams[i].HeardAt);
        }

        return witness;
    }

    private static long Rank(UpstreamHealth health, UpstreamOrder order)
    {
        const long Unknown = int.MaxValue;
        const long Down = 2 * Unknown;
        if (!health.IsTrusted)
            return Down;

        return order == UpstreamOrder.Strict ? 0
            : health.RoundTrip.IsKnown ? health.RoundTrip.SmoothedMicroseconds
            : Unknown;
    }
}
