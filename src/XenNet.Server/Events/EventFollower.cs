using System.Threading.Channels;
using XenNet.Server.Control;

namespace XenNet.Server.Events;

/// <summary>Somebody who follows events. What waits is bounded: the oldest are lost, and counted.</summary>
internal sealed class EventFollower : IDisposable
{
    /// <summary>Events that wait, of some 300 octets each.</summary>
    public const int WaitingMost = 1024;

    private readonly EventStream _stream;
    private readonly Channel<EventModel> _waiting;
    private long _dropped;

    internal EventFollower(EventStream stream, EventFilter filter)
    {
        (_stream, Filter) = (stream, filter);
        _waiting = Channel.CreateBounded<EventModel>(
            new BoundedChannelOptions(WaitingMost) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
            _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>What it wants.</summary>
    public EventFilter Filter { get; }

    /// <summary>Puts an event at the end when it is wanted.</summary>
    public void Offer(EventKinds kind, EventModel what)
    {
        if (Filter.Takes(kind, what))
        {
            _waiting.Writer.TryWrite(what);
        }
    }

    /// <summary>The next event; before it, how many were lost, when there are any.</summary>
    public bool TryRead(out EventModel? next)
    {
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            next = new DroppedEventModel(DateTimeOffset.UtcNow, dropped);
            return true;
        }

        return _waiting.Reader.TryRead(out next);
    }

    /// <summary>Ends when there is something to read.</summary>
    public Task WaitAsync(CancellationToken cancel) => _waiting.Reader.WaitToReadAsync(cancel).AsTask();

    /// <inheritdoc/>
    public void Dispose() => _stream.Leave(this);
}
