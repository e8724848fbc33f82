using XenNet.Core.Dns.Forwarding;

namespace XenNet.Core.Dns.Caching;

/// <summary>
/// Upstreams' answers by question, under a bound of entries and one of octets. Finding takes no lock and allocates
/// nothing; storing takes one.
/// </summary>
/// <remarks>
/// What goes first is decided by S3-FIFO (Yang and others, SOSP 2023): what is new stands in a short queue and leaves by
/// it unless it is asked for again, so that a scan through names that nobody asks for twice drives out no other. A hit
/// writes one octet at the most.
/// </remarks>
public sealed class DnsCache
{
    private const int UsesMost = 3;

    // Of ten entries one is on probation.
    private const int ProbationShare = 10;

    private readonly SipHash _hash;
    private readonly Lock _writing = new();
    private readonly Queue<Slot> _probation = new();
    private readonly Queue<Slot> _settled = new();
    private readonly Queue<ulong> _leftInOrder = new();
    private readonly HashSet<ulong> _left = [];
    private int _entriesMost;
    private long _octetsMost;
    private Slot?[] _buckets;
    private long _octets;
    private long _stored;
    private long _evicted;

    /// <summary>An empty one.</summary>
    /// <param name="entriesMost">Answers kept at the most; 0: none.</param>
    /// <param name="octetsMost">Octets that they may take, what manages them included.</param>
    /// <param name="hash">Keyed anew in each process, so that nobody can choose names that collide.</param>
    public DnsCache(int entriesMost, long octetsMost, SipHash hash)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(entriesMost);
        (_entriesMost, _octetsMost, _hash) = (entriesMost, octetsMost, hash);
        _buckets = new Slot?[BucketsFor(entriesMost)];
    }

    /// <summary>
    /// How long after its time an answer may still be fallen back on, in milliseconds (RFC 8767): a day; 0: not at all.
    /// </summary>
    public long StaleMilliseconds { get; set; } = 86_400_000;

    /// <summary>What it holds and did.</summary>
    public DnsCacheStatistics Statistics
    {
        get
        {
            lock (_writing)
                return new(_probation.Count + _settled.Count, _octets, _stored, _evicted);
        }
    }

    /// <summary>The answer to a question, its time over or not; null when none is kept.</summary>
    /// <param name="key">As <see cref="UpstreamQuestion"/> makes it.</param>
    public CachedAnswer? Find(ReadOnlySpan<byte> key)
    {
        var hash = _hash.Compute(key);
        for (var slot = Volatile.Read(ref Bucket(hash)); slot is not null; slot = Volatile.Read(ref slot.Next))
        {
            if (slot.Hash != hash || !slot.Answer.Key.SequenceEqual(key))
                continue;

            if (slot.Uses < UsesMost)
                slot.Uses++;

            return slot.Answer;
        }

        return null;
    }

    /// <summary>Keeps an answer in place of an older one to the same question. One of TTL 0 is not kept.</summary>
    public void Store(CachedAnswer answer)
    {
        if (_entriesMost == 0 || answer.Head.TtlSeconds == 0 || answer.Octets > _octetsMost)
            return;

        var hash = _hash.Compute(answer.Key);
        lock (_writing)
        {
            _stored++;
            if (FindSlot(hash, answer.Key) is { } known)
            {
                _octets += answer.Octets - known.Answer.Octets;
                known.Answer = answer;
            }
            else
            {
                Add(new Slot(hash, answer));
            }

            EvictWhatIsTooMuch();
        }
    }

    /// <summary>Other bounds from now on; what does not fit goes as it would for a new answer.</summary>
    /// <param name="entriesMost">Answers kept at the most; 0: none.</param>
    /// <param name="octetsMost">Octets that they may take.</param>
    public void Resize(int entriesMost, long octetsMost)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(entriesMost);
        lock (_writing)
        {
            (_entriesMost, _octetsMost) = (entriesMost, octetsMost);
            EvictWhatIsTooMuch();
            var buckets = new Slot?[BucketsFor(entriesMost)];
            if (buckets.Length != _buckets.Length)
            {
                Move(_probation, buckets);
                Move(_settled, buckets);
                Volatile.Write(ref _buckets, buckets);
            }
        }
    }

    /// <summary>All answers about a name.</summary>
    /// <param name="name">Expanded, lower case.</param>
    public IReadOnlyList<CachedAnswer> Of(ReadOnlySpan<byte> name)
    {
        var found = new List<CachedAnswer>();
        lock (_writing)
        {
            foreach (var slot in _probation.Concat(_settled))
            {
                if (IsAbout(slot, name))
                    found.Add(slot.Answer);
            }
        }

        return found;
    }

    /// <summary>Forgets all answers about a name; how many those were.</summary>
    /// <param name="name">Expanded, lower case.</param>
    public int Remove(ReadOnlySpan<byte> name)
    {
        lock (_writing)
            return Remove(_probation, name) + Remove(_settled, name);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_writing)
        {
            for (var i = 0; i < _buckets.Length; i++)
                Volatile.Write(ref _buckets[i], null);

            _probation.Clear();
            _settled.Clear();
            _leftInOrder.Clear();
            _left.Clear();
            _octets = 0;
        }
    }

    private static bool IsAbout(Slot slot, ReadOnlySpan<byte> name) =>
        UpstreamQuestion.Read(slot.Answer.Key).Name.SequenceEqual(name);

    private static uint BucketsFor(int entries) =>
        System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(entries, 1));

    private static ref Slot? Bucket(Slot?[] buckets, ulong hash) => ref buckets[hash & (ulong)(buckets.Length - 1)];

    // A reader may stand on a slot and go on by its Next, so the new table has slots of its own.
    private static void Move(Queue<Slot> queue, Slot?[] buckets)
    {
        for (var left = queue.Count; left > 0; left--)
        {
            var slot = queue.Dequeue();
            ref var bucket = ref Bucket(buckets, slot.Hash);
            bucket = new Slot(slot.Hash, slot.Answer) { Next = bucket, Uses = slot.Uses };
            queue.Enqueue(bucket);
        }
    }

    private ref Slot? Bucket(ulong hash) => ref Bucket(Volatile.Read(ref _buckets), hash);

    private Slot? FindSlot(ulong hash, ReadOnlySpan<byte> key)
    {
        var slot = Bucket(hash);
        while (slot is not null && (slot.Hash != hash || !slot.Answer.Key.SequenceEqual(key)))
            slot = slot.Next;

        return slot;
    }

    private void Add(Slot slot)
    {
        ref var bucket = ref Bucket(slot.Hash);
        slot.Next = bucket;
        Volatile.Write(ref bucket, slot);
        _octets += slot.Answer.Octets;
        (_left.Remove(slot.Hash) ? _settled : _probation).Enqueue(slot);
    }

    private void EvictWhatIsTooMuch()
    {
        while (_octets > _octetsMost || _probation.Count + _settled.Count > _entriesMost)
            EvictOne();
    }

    private int Remove(Queue<Slot> queue, ReadOnlySpan<byte> name)
    {
        var before = queue.Count;
        for (var left = before; left > 0; left--)
        {
            var slot = queue.Dequeue();
            if (IsAbout(slot, name)) Unlink(slot);
            else queue.Enqueue(slot);
        }

        return before - queue.Count;
    }

    private void EvictOne()
    {
        if (_probation.Count > 0
            && (_probation.Count * ProbationShare >= _probation.Count + _settled.Count || _settled.Count == 0))
        {
            EvictFromProbation();
        }
        else
        {
            EvictSettled();
        }
    }

    private void EvictFromProbation()
    {
        var slot = _probation.Dequeue();
        if (slot.Uses > 0)
        {
            slot.Uses = 0;
            _settled.Enqueue(slot);
            return;
        }

        Evict(slot);

        // Asked for again soon, it was driven out too early and settles at once.
        if (_left.Add(slot.Hash))
            _leftInOrder.Enqueue(slot.Hash);

        while (_leftInOrder.Count > _entriesMost)
            _left.Remove(_leftInOrder.Dequeue());
    }

    // Finite: each turn takes one use from a slot or removes it, and uses are few.
    private void EvictSettled()
    {
        while (true)
        {
            var slot = _settled.Dequeue();
            if (slot.Uses == 0)
            {
                Evict(slot);
                return;
            }

            slot.Uses--;
            _settled.Enqueue(slot);
        }
    }

    private void Evict(Slot slot)
    {
        Unlink(slot);
        _evicted++;
    }

    // A reader that stands on the slot goes on by its Next, which stays as it is.
    private void Unlink(Slot slot)
    {
        ref var link = ref Bucket(slot.Hash);
        while (link != slot)
            link = ref link!.Next;

        Volatile.Write(ref link, slot.Next);
        _octets -= slot.Answer.Octets;
    }

    private sealed class Slot(ulong hash, CachedAnswer answer)
    {
        public readonly ulong Hash = hash;
        public Slot? Next;
        public byte Uses;
        private CachedAnswer _answer = answer;

        public CachedAnswer Answer
        {
            get => Volatile.Read(ref _answer);
            set => Volatile.Write(ref _answer, value);
        }
    }
}

/// <summary>What a cache holds and did.</summary>
/// <param name="Entries">Answers kept.</param>
/// <param name="Octets">Octets that they take.</param>
/// <param name="Stored">Answers stored so far.</param>
/// <param name="Evicted">Answers driven out so far.</param>
public readonly record struct DnsCacheStatistics(int Entries, long Octets, long Stored, long Evicted);
