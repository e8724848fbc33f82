using System.Diagnostics.CodeAnalysis;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// The outstanding queries: found by question, known by number, each with the time when something is due. As many as
/// were ever in use at once are kept for use again, so that nothing is allocated once that many have been.
/// </summary>
/// <param name="most">In use at a time.</param>
/// <param name="hash">Of questions.</param>
internal sealed class QueryTable(int most, SipHash hash)
{
    private readonly Deadlines _deadlines = new(most);
    private OutstandingQuery?[] _all = new OutstandingQuery?[most];
    private OutstandingQuery?[] _buckets = Buckets(most);
    private OutstandingQuery? _unused;
    private int _made;

    /// <summary>In use now, those that only listen among them.</summary>
    public int Count { get; private set; }

    /// <summary>True while there is room to listen for what came too late.</summary>
    public bool HasRoom => Count < _all.Length / 2;

    /// <summary>Makes room for more; it never becomes less.</summary>
    public void GrowTo(int queries)
    {
        if (queries <= _all.Length)
            return;

        Array.Resize(ref _all, queries);
        _deadlines.GrowTo(queries);
        var before = _buckets;
        _buckets = Buckets(queries);
        foreach (var first in before)
        {
            for (var query = first; query is not null;)
            {
                var next = query.Next;
                List(query);
                query = next;
            }
        }
    }

    /// <summary>The hash of a question.</summary>
    public ulong Hash(ReadOnlySpan<byte> key) => hash.Compute(key);

    /// <summary>The outstanding query for a question; null when there is none.</summary>
    public OutstandingQuery? Find(ulong keyHash, ReadOnlySpan<byte> key)
    {
        var query = Bucket(keyHash);
        while (query is not null && (query.Hash != keyHash || !query.Key.SequenceEqual(key)))
            query = query.Next;

        return query;
    }

    /// <summary>Takes one into use for a question that has none; false when all are in use.</summary>
    public bool TryBegin(
        ReadOnlySpan<byte> key, ulong keyHash, UpstreamGroup group, long now,
        [NotNullWhen(true)] out OutstandingQuery? query)
    {
        query = _unused;
        if (query is not null)
            _unused = query.Next;
        else if (_made < _all.Length)
            query = _all[_made] = new OutstandingQuery(_made++);
        else
            return false;

        Count++;
        query.Begin(key, keyHash, group, now);
        List(query);
        return true;
    }

    /// <summary>Changes when something is due.</summary>
    public void SetDue(OutstandingQuery query, long due) => _deadlines.Set(query.Number, due);

    /// <summary>The one whose time has come first; false when none's has.</summary>
    public bool TryTakeDue(long now, [NotNullWhen(true)] out OutstandingQuery? query)
    {
        query = null;
        if (!_deadlines.TryPeek(out var number, out var due) || due > now)
            return false;

        query = _all[number]!;
        _deadlines.Remove(number);
        return true;
    }

    /// <summary>When the next is due; <see cref="long.MaxValue"/> when none is.</summary>
    public long NextDue => _deadlines.TryPeek(out _, out var due) ? due : long.MaxValue;

    /// <summary>Its question can be asked anew; it stays in use until <see cref="End"/>.</summary>
    public void Unlist(OutstandingQuery query)
    {
        ref var first = ref Bucket(query.Hash);
        if (first == query)
        {
            first = query.Next;
            return;
        }

        // It is listed, or this were a mistake of ours that had better be seen.
        var before = first!;
        while (before.Next != query)
            before = before.Next!;

        before.Next = query.Next;
    }

    /// <summary>Puts one out of use that was unlisted.</summary>
    public void End(OutstandingQuery query)
    {
        _deadlines.Remove(query.Number);
        query.Next = _unused;
        _unused = query;
        Count--;
    }

    private static OutstandingQuery?[] Buckets(int queries) =>
        new OutstandingQuery?[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)queries)];

    private void List(OutstandingQuery query)
    {
        ref var bucket = ref Bucket(query.Hash);
        query.Next = bucket;
        bucket = query;
    }

    private ref OutstandingQuery? Bucket(ulong keyHash) => ref _buckets[keyHash & (ulong)(_buckets.Length - 1)];
}
