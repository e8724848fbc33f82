using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Linux;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// Has upstreams asked, on a thread of its own: takes questions in, sees to it that each is asked only once at a time,
/// and tells all who wait what it came to. What is sent to whom and when, <see cref="QuerySteps"/> says.
/// </summary>
internal sealed class Forwarder : IDisposable
{
    // Questions that are asked again in the background, and those only listened for, beside those of clients.
    private const int BackgroundMost = 512;

    private const int RefreshesMost = 64;
    private const int AttemptsPerQuery = 2;

    // Under a flood of replies deadlines wait for so many looks, not for ever.
    private const int RoundsUnreadMost = 64;
    private const int UdpOctetsMost = 4096;

    private readonly InForce<DnsServerOptions> _options;
    private readonly ForwardInbox _inbox = new();
    private readonly StreamReplies _streamReplies;
    private readonly UpstreamSockets _sockets;
    private readonly Upstreams _upstreams;
    private readonly DnsCache _cache;
    private readonly MistakeLog _mistakes;
    private readonly QueryTable _queries;
    private readonly FailureMemory _failures = new();
    private readonly QuerySteps _steps;
    private readonly LoopWatch _loops;
    private readonly byte[] _reply = new byte[UdpOctetsMost];
    private readonly Thread _thread;
    private int _refreshing;
    private volatile bool _isStopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="options">How much is in flight, and where it leaves from.</param>
    /// <param name="upstreams">Who is asked.</param>
    /// <param name="cache">Where answers are kept.</param>
    /// <param name="logger">Told when servers go and come back.</param>
    /// <param name="mistakes">Told of replies that make us throw.</param>
    /// <param name="changed">Told when servers go and come back as well, on our thread; must not wait.</param>
    public Forwarder(
        InForce<DnsServerOptions> options, Upstreams upstreams, DnsCache cache, ILogger logger, MistakeLog mistakes,
        Action<UpstreamServer, UpstreamState, string?>? changed = null)
    {
        DescriptorLimit.Raise();
        Span<byte> key = stackalloc byte[SipHash.KeyOctets];
        KernelRandom.Fill(key);
        (_options, _upstreams, _cache, _mistakes) = (options, upstreams, cache, mistakes);
        _streamReplies = new StreamReplies(_inbox);
        _queries = new QueryTable(QueriesMost, SipHash.FromKey(key));
        _sockets = new UpstreamSockets(options, QueriesMost * AttemptsPerQuery);
        var log = new UpstreamLog(logger, changed);
        _loops = new LoopWatch(upstreams, _sockets, _streamReplies, log);
        _steps = new QuerySteps(options, upstreams, _queries, _sockets, _streamReplies, _failures,
            new UpstreamLearning(_failures, log), cache, log);
        _sockets.Watch(_inbox.Descriptor);
        _thread = new Thread(Run) { IsBackground = true, Name = "xennet-dns-forward" };
        _thread.Start();
    }

    /// <summary>
    /// Has a question asked. From any thread; never waits; the waiter is completed by the forwarding thread, or at once
    /// when that has ended.
    /// </summary>
    /// <param name="key">As <see cref="UpstreamQuestion"/> makes it; copied.</param>
    /// <param name="expired">An answer whose time is over, to fall back on; or null.</param>
    /// <param name="waiter">Not waiting for anything yet.</param>
    public void Ask(ReadOnlySpan<byte> key, CachedAnswer? expired, ForwardWaiter waiter)
    {
        waiter.Carry(key, expired);
        if (!_inbox.TryPut(waiter))
            waiter.Complete(Resolution.Failed(ResolutionFailure.NoUpstream));
    }

    /// <summary>
    /// Has the question of an answer asked again before its time is over. Nobody waits; when many such are under way
    /// already nothing happens.
    /// </summary>
    public void Refresh(CachedAnswer known)
    {
        if (Interlocked.Increment(ref _refreshing) > RefreshesMost)
            Interlocked.Decrement(ref _refreshing);
        else
            Ask(known.Key, null, new RefreshWaiter(this));
    }

    /// <summary>Has all upstreams probed for loops: from now on a probe that comes back is heard.</summary>
    public void LookForLoops()
    {
        _loops.ProbeSoon();
        _inbox.Wake();
    }

    /// <summary>A loop probe came in; true when it is one of ours. From any thread.</summary>
    public bool LoopSeen(ulong nonce)
    {
        var isOurs = _loops.Seen(nonce);
        if (isOurs)
            _inbox.Wake();

        return isOurs;
    }

    /// <summary>Ends the thread; who still waits is told that there was no answer.</summary>
    public void Dispose()
    {
        if (_isStopping)
            return;

        _isStopping = true;
        _inbox.Wake();
        _thread.Join();
        _sockets.Dispose();
        _inbox.Dispose();
    }

    private int QueriesMost => _options.Value.ForwardsMax + BackgroundMost;

    private void Run()
    {
        var events = 0;
        var seenAt = Environment.TickCount64;
        var roundsUnread = 0;
        while (!_isStopping)
        {
            for (var i = 0; i < events; i++)
                Receive(i);

            while (_streamReplies.TryTake(out var reply))
                TakeStreamReply(reply);

            for (var waiter = _inbox.TakeAll(); waiter is not null;)
                waiter = Take(waiter);

            var now = Environment.TickCount64;
            _loops.Look(now);

            // A reply that waits unread, or came while we were at something else, must not be taken for silence: what is
            // due is due by the clock of the last look, and after all that was there then has been read.
            if (events < UpstreamSockets.EventsMost || ++roundsUnread == RoundsUnreadMost)
            {
                roundsUnread = 0;
                while (_queries.TryTakeDue(seenAt, out var query))
                    _steps.TimeCame(query, now);
            }

            events = Wait(now);
            seenAt = events > 0 ? now : Environment.TickCount64;
        }

        _steps.CloseAll(_inbox.Close());
    }

    private int Wait(long now)
    {
        var due = _queries.NextDue;
        var milliseconds = due == long.MaxValue ? -1 : (int)Math.Clamp(due - now, 0, int.MaxValue);
        if (!_inbox.TrySleep() || !_streamReplies.IsEmpty || _loops.IsDue || _isStopping)
            milliseconds = 0;

        var events = _sockets.Wait(milliseconds);
        var wasWoken = false;
        for (var i = 0; i < events; i++)
            wasWoken |= _sockets.IsWatched(i);

        _inbox.Awake(wasWoken);
        return events;
    }

    // Who takes up a question may be told at once and be anywhere afterwards, so the next is read before.
    private ForwardWaiter? Take(ForwardWaiter waiter)
    {
        var next = waiter.Next;
        var now = Environment.TickCount64;
        var hash = _queries.Hash(waiter.Key);
        if (_queries.Find(hash, waiter.Key) is { } known)
            _steps.Join(known, waiter, now);
        else
            Begin(waiter, hash, now);

        return next;
    }

    private void Begin(ForwardWaiter waiter, ulong hash, long now)
    {
        // It was answered while it was on its way here: nobody need be asked twice.
        if (waiter is not RefreshWaiter && _cache.Find(waiter.Key) is { } known && now < known.ExpiresAt)
        {
            waiter.Complete(Resolution.Of(known));
            return;
        }

        var failure = _failures.Find(hash, now, out var mayRetry);
        var expired = waiter.Expired;
        var isTold = failure != ResolutionFailure.None && (expired is not null || !mayRetry);
        if (isTold && !mayRetry)
        {
            Tell(waiter, expired, failure);
            return;
        }

        _queries.GrowTo(QueriesMost);
        _sockets.GrowTo(QueriesMost * AttemptsPerQuery);
        var group = _upstreams.Find(UpstreamQuestion.Read(waiter.Key).Name, now);
        if (!_queries.TryBegin(waiter.Key, hash, group, now, out var query))
        {
            Tell(waiter, expired, ResolutionFailure.Overloaded);
            return;
        }

        if (isTold)
        {
            // It failed a moment ago: nobody should wait for that again. It is tried all the same, for those to come.
            _failures.Retried(hash, now);
            (query.Expired, query.GaveExpired) = (expired, true);
            Tell(waiter, expired, failure);
        }
        else
        {
            query.Add(waiter);
        }

        _steps.Start(query, now);
    }

    private static void Tell(ForwardWaiter waiter, CachedAnswer? expired, ResolutionFailure failure) => waiter.Complete(
        expired is null ? Resolution.Failed(failure) : Resolution.Stale(expired, failure));

    private void Receive(int index)
    {
        // A socket gives one message mostly, and a few more under a shower of forgeries; each costs it one of its chances.
        for (var attempt = _sockets.Find(index); attempt is { Query: not null, Descriptor: >= 0 };
            attempt = _sockets.Find(index))
        {
            var length = UpstreamSockets.Receive(attempt, _reply);
            var now = Environment.TickCount64;
            if (length >= 0)
            {
                Replied(attempt, _reply.AsSpan(0, length), overStream: false, now);
            }
            else if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() is Errno.Again or Errno.Interrupted)
            {
                return;
            }
            else
            {
                _steps.Unreachable(attempt, now);
            }
        }
    }

    private void TakeStreamReply(in StreamReply reply)
    {
        var attempt = _sockets.Find(reply.Number, reply.Use);
        var now = Environment.TickCount64;
        if (attempt is not null && reply.Untrusted is { } why)
            _steps.Untrusted(attempt, why, now);
        else if (attempt is not null && reply.Octets.IsEmpty)
            _steps.Unreachable(attempt, now);
        else if (attempt is not null)
            Replied(attempt, reply.Octets.Span, overStream: true, now);

        reply.Return();
    }

    private void Replied(Attempt attempt, ReadOnlySpan<byte> reply, bool overStream, long now)
    {
        try
        {
            _steps.Replied(attempt, reply, overStream, now);
        }
        catch (Exception e)
        {
            // A mistake of ours must cost this reply, not the process.
            _mistakes.Note(DnsMistake.UpstreamReply, e, now);
        }
    }

    private sealed class RefreshWaiter(Forwarder owner) : ForwardWaiter
    {
        public override void Complete(in Resolution resolution) => Interlocked.Decrement(ref owner._refreshing);
    }
}
