using System.Diagnostics;
using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>What is learnt about upstreams from how they answer, and said when one goes or comes back.</summary>
/// <param name="failures">Forgotten when a server is back.</param>
/// <param name="log">Told of changes.</param>
internal sealed class UpstreamLearning(FailureMemory failures, UpstreamLog log)
{
    /// <summary>It has spoken: it is there, and if it was asked once only, the time that it took counts.</summary>
    public void Heard(Attempt attempt, long now)
    {
        var elapsed = attempt.IsUnmeasurable ? 0 : (long)Stopwatch.GetElapsedTime(attempt.SentAt).TotalMicroseconds + 1;
        var upstream = attempt.Upstream;
        attempt.IsUnmeasurable = true;
        attempt.WasSilent = true;
        Spoke(upstream, upstream.Health.Answered(elapsed, now), now);
    }

    /// <summary>It said that it cannot or will not.</summary>
    public void Failed(Upstream upstream, long now)
    {
        upstream.Failed++;
        Spoke(upstream, upstream.Health.Failed(now), now);
    }

    /// <summary>Counts those whose time is over, once each.</summary>
    public void WereSilent(OutstandingQuery query, long now)
    {
        for (var attempt = query.Attempts; attempt is not null; attempt = attempt.Next)
        {
            if (now >= attempt.SilentAt)
                WasSilent(attempt, now);
        }
    }

    /// <summary>It did not answer in time, or cannot be reached; counted once.</summary>
    public void WasSilent(Attempt attempt, long now)
    {
        if (attempt.WasSilent)
            return;

        attempt.WasSilent = true;
        attempt.Upstream.Silent++;
        if (attempt.Upstream.Health.WasSilent(now))
            log.Look(attempt.Upstream, "does not answer", now);
    }

    /// <summary>Counts those that failed what another has answered.</summary>
    public void WereOutdone(OutstandingQuery query, long now)
    {
        for (var i = 0; i < query.Group.Upstreams.Length; i++)
        {
            if ((query.Refused >> i & 1) != 0 && query.Group.Health[i].WasOutdone(now))
                log.Look(query.Group.Upstreams[i], "fails what others answer", now);
        }
    }

    private void Spoke(Upstream upstream, bool wasDown, long now)
    {
        if (wasDown)
            failures.Clear();

        log.Look(upstream, why: null, now);
    }
}
