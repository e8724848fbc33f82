using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>A question that upstreams are being asked, and all who wait for it. Used again.</summary>
/// <param name="number">Its place among all.</param>
internal sealed class OutstandingQuery(int number)
{
    private byte[] _key = new byte[64];
    private int _keyLength;
    private ForwardWaiter? _lastWaiter;

    /// <summary>Its place among all.</summary>
    public int Number { get; } = number;

    /// <summary>What is asked.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>Of the key.</summary>
    public ulong Hash { get; private set; }

    /// <summary>The next with a hash like it, or of the unused.</summary>
    public OutstandingQuery? Next { get; set; }

    /// <summary>Who may be asked.</summary>
    public UpstreamGroup Group { get; private set; } = null!;

    /// <summary>Who waits, the first first.</summary>
    public ForwardWaiter? Waiters { get; private set; }

    /// <summary>An expired answer to fall back on.</summary>
    public CachedAnswer? Expired { get; set; }

    /// <summary>True once that was given out: who comes later is given it at once.</summary>
    public bool GaveExpired { get; set; }

    /// <summary>Where it was sent and an answer may still come from.</summary>
    public Attempt? Attempts { get; set; }

    /// <summary>Upstreams that were asked, as bits.</summary>
    public uint Asked { get; set; }

    /// <summary>Those of them that said they cannot or will not, as bits.</summary>
    public uint Refused { get; set; }

    /// <summary>What went wrong last.</summary>
    public ResolutionFailure Failure { get; set; }

    /// <summary>When it began: milliseconds.</summary>
    public long StartedAt { get; private set; }

    /// <summary>When the next upstream is asked, or all again: milliseconds.</summary>
    public long NextStepAt { get; set; }

    /// <summary>How often all were asked again.</summary>
    public int Rounds { get; set; }

    /// <summary>True once nobody waits any more and it is only listened for what was sent.</summary>
    public bool IsOver { get; set; }

    /// <summary>Takes it into use.</summary>
    public void Begin(ReadOnlySpan<byte> key, ulong hash, UpstreamGroup group, long now)
    {
        if (_key.Length < key.Length)
            _key = new byte[UpstreamQuestion.OctetsMost];

        key.CopyTo(_key);
        (_keyLength, Hash, Group, StartedAt, NextStepAt) = (key.Length, hash, group, now, long.MaxValue);
        (Asked, Refused, Failure, Rounds) = (0, 0, ResolutionFailure.Timeout, 0);
        (Expired, GaveExpired, IsOver) = (null, false, false);
    }

    /// <summary>One more waits.</summary>
    public void Add(ForwardWaiter waiter)
    {
        waiter.Next = null;
        if (_lastWaiter is null)
            Waiters = waiter;
        else
            _lastWaiter.Next = waiter;

        _lastWaiter = waiter;
        Expired ??= waiter.Expired;
    }

    /// <summary>Tells all who wait; then nobody does.</summary>
    public void Complete(in Resolution resolution)
    {
        var waiter = Waiters;
        (Waiters, _lastWaiter) = (null, null);
        while (waiter is not null)
        {
            // Once completed it may be anywhere.
            var next = waiter.Next;
            waiter.Next = null;
            waiter.Complete(resolution);
            waiter = next;
        }
    }
}
