using System.Diagnostics;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// The life of an outstanding query: whom to ask at first, whom when that one is silent or fails, when to give up, and
/// what is learnt about upstreams on the way. On the forwarding thread alone.
/// </summary>
internal sealed class QuerySteps(
    InForce<DnsServerOptions> options,
    Upstreams upstreams,
    QueryTable queries,
    UpstreamSockets sockets,
    StreamReplies streamReplies,
    FailureMemory failures,
    UpstreamLearning learnt,
    DnsCache cache,
    UpstreamLog log)
{
    /// <summary>When who waits is given an expired answer: RFC 8767 §5 recommends 1.8 s.</summary>
    public const int StaleMilliseconds = 1800;

    // Between two rounds of asking all: long enough for a server to answer, short enough that one that is back is found.
    private const int RoundMillisecondsMost = 750;

    // A connection takes two round trips or three, and a server that must be asked over one is well known to be there.
    private const int StreamMillisecondsLeast = 1500;

    private readonly long _deadlineMilliseconds = (long)options.Value.UpstreamDeadline.TotalMilliseconds;

    /// <summary>One more waits for it.</summary>
    public void Join(OutstandingQuery query, ForwardWaiter waiter, long now)
    {
        query.Add(waiter);
        if (query.GaveExpired && query.Expired is { } expired)
            query.Complete(Resolution.Stale(expired, query.Failure));
        else
            Schedule(query);
    }

    /// <summary>Asks the first, and those that are asked beside it.</summary>
    public void Start(OutstandingQuery query, long now)
    {
        var health = query.Group.Health;
        var first = UpstreamChoice.Next(health, options.Value.UpstreamOrder, asked: 0);
        if (first < 0)
        {
            Fail(query, ResolutionFailure.NoUpstream, now);
            return;
        }

        var companions = UpstreamChoice.Companions(health, options.Value.UpstreamOrder, first, now);
        var isOnItsWay = Ask(query, first, now);
        for (var i = 0; companions != 0; i++, companions >>= 1)
        {
            if ((companions & 1) != 0)
                Ask(query, i, now);
        }

        if (isOnItsWay)
            WaitFor(query, health[first].RoundTrip.TimeoutMilliseconds, now);
        else
            AskNext(query, now);
    }

    /// <summary>Its time has come: somebody was silent, or it is over.</summary>
    public void TimeCame(OutstandingQuery query, long now)
    {
        if (query.IsOver || now - query.StartedAt >= _deadlineMilliseconds)
        {
            learnt.WereSilent(query, now);
            if (!query.IsOver)
                Fail(query, query.Failure, now);
            else
                EndQuery(query);

            return;
        }

        if (now >= query.NextStepAt)
        {
            learnt.WereSilent(query, now);
            Step(query, now);
        }

        if (!query.IsOver && IsStaleDue(query, now))
            GiveExpired(query, now);

        if (!query.IsOver)
            Schedule(query);
    }

    /// <summary>A message came to it.</summary>
    public void Replied(Attempt attempt, ReadOnlySpan<byte> reply, bool overStream, long now)
    {
        var upstream = attempt.Upstream;
        var verdict = UpstreamMessage.Judge(reply, attempt.Message, overStream);
        if (verdict >= UpstreamVerdict.HeaderCut)
        {
            CountMismatch(attempt, overStream, now);
            return;
        }

        if (overStream && verdict == UpstreamVerdict.Answer && upstream.KeepsLetters
            && upstream.ToldLetters(UpstreamMessage.KeepsLetters(reply, attempt.Message)))
        {
            log.FoldsLetters(upstream.Server);
        }

        if (verdict == UpstreamVerdict.Failure)
            learnt.Failed(upstream, now);
        else
            learnt.Heard(attempt, now);

        if (attempt.Query!.IsOver)
        {
            // It came too late to be of use, but not to tell how the server is.
            upstream.Answered += verdict == UpstreamVerdict.Answer ? 1 : 0;
            Over(attempt, ResolutionFailure.None, now);
            return;
        }

        switch (verdict)
        {
            case UpstreamVerdict.Answer:
                TakeAnswer(attempt, reply, now);
                break;
            case UpstreamVerdict.Failure:
                Over(attempt, ResolutionFailure.Refused, now);
                break;
            case UpstreamVerdict.EdnsNotUnderstood:
                AskWithoutEdns(attempt, overStream, now);
                break;
            default:
                upstream.Folded += verdict == UpstreamVerdict.OtherLetters ? 1 : 0;
                AskOverStream(attempt, now);
                break;
        }
    }

    /// <summary>It cannot be reached, or hung up: as good as silent, only sooner.</summary>
    public void Unreachable(Attempt attempt, long now)
    {
        learnt.WasSilent(attempt, now);
        Over(attempt, ResolutionFailure.Unreachable, now);
    }

    /// <summary>Its certificate is not good: nothing may be asked of it until it has been looked at anew.</summary>
    public void Untrusted(Attempt attempt, string why, long now)
    {
        var upstream = attempt.Upstream;
        upstream.TlsError = why;
        upstream.Exclude(UpstreamState.Untrusted, now);
        log.Look(upstream, why, now);
        Over(attempt, ResolutionFailure.Unreachable, now);
    }

    /// <summary>We stop: whoever waits is told so.</summary>
    public void CloseAll(ForwardWaiter? waiting)
    {
        var stopped = Resolution.Failed(ResolutionFailure.NoUpstream);
        while (waiting is not null)
        {
            var next = waiting.Next;
            waiting.Complete(stopped);
            waiting = next;
        }

        while (queries.TryTakeDue(long.MaxValue, out var query))
        {
            if (!query.IsOver)
                queries.Unlist(query);

            query.Complete(stopped);
            EndQuery(query);
        }
    }

    private bool Ask(OutstandingQuery query, int index, long now)
    {
        query.Asked |= 1u << index;
        if (sockets.Begin(query, index) is not { } attempt)
        {
            query.Failure = ResolutionFailure.Overloaded;
            return false;
        }

        var upstream = attempt.Upstream;
        upstream.Asked++;
        upstream.Health.Asked(now);
        if (upstream.Server.TlsName is not null)
        {
            AskOverStream(attempt, now);
            return true;
        }

        return TrySend(attempt, now);
    }

    private bool TrySend(Attempt attempt, long now)
    {
        var upstream = attempt.Upstream;
        var caseBits = upstream.KeepsLetters ? sockets.Random.Take(UpstreamMessage.CaseOctets) : [];
        attempt.Write(sockets.Random.NextUInt16(), caseBits);
        (attempt.IsUnmeasurable, attempt.WasSilent) = (false, false);
        attempt.SentAt = Stopwatch.GetTimestamp();
        attempt.SilentAt = now + upstream.Health.RoundTrip.TimeoutMilliseconds;
        var sent = sockets.Send(attempt);
        if (sent == UpstreamSend.NoPort)
            AskOverStream(attempt, now);

        if (sent != UpstreamSend.NoWay)
            return true;

        attempt.Query!.Failure = ResolutionFailure.Unreachable;
        learnt.WasSilent(attempt, now);
        sockets.End(attempt);
        return false;
    }

    private void AskWithoutEdns(Attempt attempt, bool overStream, long now)
    {
        UpstreamSockets.CloseSocket(attempt);
        attempt.WithEdns = false;
        var query = attempt.Query!;
        if (overStream)
            AskOverStream(attempt, now);
        else if (!TrySend(attempt, now))
            AskNext(query, now);
    }

    private void AskOverStream(Attempt attempt, long now)
    {
        UpstreamSockets.CloseSocket(attempt);
        var upstream = attempt.Upstream;
        upstream.AskedOverStream++;
        var isTls = upstream.Server.TlsName is not null;
        var roundTrip = upstream.Health.RoundTrip;
        var wait = isTls && roundTrip.IsKnown ? roundTrip.TimeoutMilliseconds : StreamMillisecondsLeast;
        (attempt.IsUnmeasurable, attempt.WasSilent) = (!isTls, false);
        (attempt.SentAt, attempt.SilentAt) = (Stopwatch.GetTimestamp(), now + wait);
        var caseBits = upstream.KeepsLetters ? sockets.Random.Take(UpstreamMessage.CaseOctets) : [];
        attempt.Write(sockets.Random.NextUInt16(), caseBits);
        var framed = isTls ? UpstreamMessage.FramePadded(attempt.Message) : UpstreamMessage.Frame(attempt.Message);
        upstream.Stream.Ask(new StreamQuery(framed, attempt.Number, attempt.Use, streamReplies));
        WaitFor(attempt.Query!, wait, now);
    }

    // Who was asked last is silent: the next is asked; and when all were, all that may still answer are asked again.
    private void Step(OutstandingQuery query, long now)
    {
        var next = UpstreamChoice.Next(query.Group.Health, options.Value.UpstreamOrder, query.Asked);
        if (next >= 0)
        {
            AskNext(query, now);
            return;
        }

        var wait = 0;
        for (var attempt = query.Attempts; attempt is not null; attempt = attempt.Next)
        {
            wait = Math.Max(wait, attempt.Upstream.Health.RoundTrip.TimeoutMilliseconds);
            if (attempt.Descriptor == Attempt.NoDescriptor)
                continue;

            UpstreamSockets.Repeat(attempt);
            attempt.IsUnmeasurable = true;
        }

        query.Rounds++;
        WaitFor(query, Math.Min(wait << Math.Min(query.Rounds, 4), RoundMillisecondsMost), now);
    }

    private void AskNext(OutstandingQuery query, long now)
    {
        while (true)
        {
            var next = UpstreamChoice.Next(query.Group.Health, options.Value.UpstreamOrder, query.Asked);
            if (next < 0)
                break;

            if (Ask(query, next, now))
            {
                WaitFor(query, query.Group.Health[next].RoundTrip.TimeoutMilliseconds, now);
                return;
            }
        }

        if (query.Attempts is null)
            Fail(query, query.Failure, now);
        else if (query.NextStepAt == long.MaxValue)
            WaitFor(query, RoundTrip.TimeoutMillisecondsUnknown, now);
        else
            Schedule(query);
    }

    private void Over(Attempt attempt, ResolutionFailure failure, long now)
    {
        var query = attempt.Query!;
        query.Refused |= failure == ResolutionFailure.Unreachable ? 0 : 1u << attempt.Index;
        query.Failure = failure;
        sockets.End(attempt);
        if (!query.IsOver)
            AskNext(query, now);
        else if (query.Attempts is null)
            EndQuery(query);
    }

    private void TakeAnswer(Attempt attempt, ReadOnlySpan<byte> reply, long now)
    {
        var query = attempt.Query!;
        var upstream = attempt.Upstream;
        upstream.Answered++;
        upstream.TlsError = "";
        var question = UpstreamQuestion.Read(query.Key);
        var isTrusted = upstreams.MayTellOfInside(query.Group, upstream, question.Name);
        var policy = new AnswerPolicy(
            isTrusted, (uint)options.Value.CacheTtlMin, (uint)options.Value.CacheTtlMax, (uint)options.Value.NegativeTtlMax);
        if (AnswerReader.Read(reply, question, policy, now, out _) is not { } answer)
        {
            upstream.Failed++;
            Over(attempt, ResolutionFailure.Damaged, now);
            return;
        }

        cache.Store(answer);
        failures.Remove(query.Hash);
        sockets.End(attempt);
        learnt.WereOutdone(query, now);
        Finish(query, Resolution.Of(answer), now);
    }

    private void Fail(OutstandingQuery query, ResolutionFailure failure, long now)
    {
        if (failure != ResolutionFailure.NoUpstream)
            failures.Add(query.Hash, failure, now);

        Finish(query, query.Expired is { } expired
            ? Resolution.Stale(expired, failure) : Resolution.Failed(failure), now);
    }

    // The question may be asked anew from here on; what others still say about this one tells how they are.
    private void Finish(OutstandingQuery query, in Resolution resolution, long now)
    {
        queries.Unlist(query);
        query.IsOver = true;
        query.Complete(resolution);
        if (query.Attempts is null || !queries.HasRoom || now - query.StartedAt >= _deadlineMilliseconds)
            EndQuery(query);
        else
            queries.SetDue(query, now + RoundTrip.TimeoutMillisecondsMost);
    }

    private void EndQuery(OutstandingQuery query)
    {
        while (query.Attempts is { } attempt)
            sockets.End(attempt);

        queries.End(query);
    }

    private static bool IsStaleDue(OutstandingQuery query, long now) =>
        query.Expired is not null && !query.GaveExpired && now - query.StartedAt >= StaleMilliseconds;

    private void GiveExpired(OutstandingQuery query, long now)
    {
        query.GaveExpired = true;
        failures.Add(query.Hash, query.Failure, now);
        query.Complete(Resolution.Stale(query.Expired!, query.Failure));
    }

    private void WaitFor(OutstandingQuery query, int milliseconds, long now)
    {
        query.NextStepAt = now + milliseconds;
        Schedule(query);
    }

    private void Schedule(OutstandingQuery query)
    {
        var due = Math.Min(query.NextStepAt, query.StartedAt + _deadlineMilliseconds);
        if (query.Expired is not null && !query.GaveExpired)
            due = Math.Min(due, query.StartedAt + StaleMilliseconds);

        queries.SetDue(query, due);
    }

    private void CountMismatch(Attempt attempt, bool overStream, long now)
    {
        log.Mismatched(attempt.Upstream.Server, ++attempt.Upstream.Mismatched);
        if (overStream)
            Over(attempt, ResolutionFailure.Damaged, now);
        else if (attempt.Query!.IsOver)
            Over(attempt, ResolutionFailure.None, now);
        else if (++attempt.Mismatches >= Attempt.MismatchesMax)
            AskOverStream(attempt, now);
    }
}
