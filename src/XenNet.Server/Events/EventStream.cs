using System.Collections.Immutable;
using XenNet.Server.Control;

namespace XenNet.Server.Events;

/// <summary>
/// What happens in the server, for whoever follows it. Whoever makes events asks first whether anybody wants them, and makes
/// none otherwise; telling never waits. From any thread.
/// </summary>
internal sealed class EventStream
{
    /// <summary>Followers at a time.</summary>
    public const int FollowersMost = 16;

    private readonly Lock _changing = new();
    private ImmutableArray<EventFollower> _followers = [];
    private int _wanted;

    /// <summary>Called, one after another, with the kinds that are wanted from now on.</summary>
    public event Action<EventKinds>? WantedChanged;

    /// <summary>True when somebody wants events of that kind.</summary>
    public bool IsWanted(EventKinds kind) => (Volatile.Read(ref _wanted) & (int)kind) != 0;

    /// <summary>Tells all who want it.</summary>
    public void Tell(EventKinds kind, EventModel what)
    {
        foreach (var follower in _followers)
        {
            follower.Offer(kind, what);
        }
    }

    /// <summary>Begins to follow; null when as many as may do so already.</summary>
    public EventFollower? TryFollow(EventFilter filter)
    {
        lock (_changing)
        {
            if (_followers.Length == FollowersMost)
            {
                return null;
            }

            var follower = new EventFollower(this, filter);
            Follow(_followers.Add(follower));
            return follower;
        }
    }

    /// <summary>It follows no more.</summary>
    internal void Leave(EventFollower follower)
    {
        lock (_changing)
        {
            Follow(_followers.Remove(follower));
        }
    }

    private void Follow(ImmutableArray<EventFollower> followers)
    {
        _followers = followers;
        var wanted = followers.Aggregate(EventKinds.None, (kinds, follower) => kinds | follower.Filter.Kinds);
        Volatile.Write(ref _wanted, (int)wanted);
        WantedChanged?.Invoke(wanted);
    }
}
