using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Linux;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// The way to the forwarding thread: any thread puts in, without lock or memory, and wakes it if it sleeps. What may
/// wait is bounded by who may put in.
/// </summary>
internal sealed class ForwardInbox : IDisposable
{
    private static readonly ForwardWaiter Closed = new Nobody();

    private readonly WakeUp _wakeUp = new();
    private ForwardWaiter? _last;
    private int _isAsleep;

    /// <summary>What the sleeper watches: readable when it must look.</summary>
    public int Descriptor => (int)_wakeUp.Handle.DangerousGetHandle();

    /// <summary>Puts in; false when nobody takes out any more.</summary>
    public bool TryPut(ForwardWaiter waiter)
    {
        ForwardWaiter? last;
        do
        {
            last = Volatile.Read(ref _last);
            if (last == Closed)
                return false;

            waiter.Next = last;
        }
        while (Interlocked.CompareExchange(ref _last, waiter, last) != last);

        Wake();
        return true;
    }

    /// <summary>Wakes the thread for another reason.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _isAsleep) != 0 && Interlocked.Exchange(ref _isAsleep, 0) != 0)
            _wakeUp.Set();
    }

    /// <summary>Takes all out, the first first; null when there is nothing.</summary>
    public ForwardWaiter? TakeAll() => Reverse(Interlocked.Exchange(ref _last, null));

    /// <summary>Takes all out, and from now on nothing can be put in.</summary>
    public ForwardWaiter? Close() => Reverse(Interlocked.Exchange(ref _last, Closed));

    /// <summary>The thread is about to sleep: false when it must look again first.</summary>
    public bool TrySleep()
    {
        // Written before the look, as a writer puts in before it looks whether we sleep: one of the two sees the other.
        Interlocked.Exchange(ref _isAsleep, 1);
        return Volatile.Read(ref _last) is null;
    }

    /// <summary>The thread is awake.</summary>
    /// <param name="wasWoken">True when the descriptor was what woke it.</param>
    public void Awake(bool wasWoken)
    {
        Volatile.Write(ref _isAsleep, 0);
        if (wasWoken)
            _wakeUp.Reset();
    }

    public void Dispose() => _wakeUp.Dispose();

    private static ForwardWaiter? Reverse(ForwardWaiter? last)
    {
        ForwardWaiter? first = null;
        while (last is not null && last != Closed)
            (last.Next, first, last) = (first, last, last.Next);

        return first;
    }

    private sealed class Nobody : ForwardWaiter
    {
        public override void Complete(in Resolution resolution)
        {
        }
    }
}
