using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using XenNet.Core.Configuration;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>
/// Collects records in the order in which they count and makes <see cref="LocalData"/> of them: of two that contradict
/// each other the later is left out, and what is said twice is there once.
/// </summary>
/// <param name="zone">The zone's name and times.</param>
public sealed class LocalDataBuilder(ZoneSettings zone)
{
    /// <summary>Records at the most; what comes behind is left out and said so.</summary>
    public const int RecordsMost = 1_000_000;

    /// <summary>Records of one name at the most: what a message holds of the shortest.</summary>
    public const int RecordsOfNameMost = 2_000;

    /// <summary>Contradictions that are told in full.</summary>
    public const int ClashesMost = 256;

    private readonly ZoneOctets _zone = new(zone);
    private readonly ArrayBufferWriter<byte> _octets = new(1024);
    private readonly List<Entry> _entries = [];
    private readonly List<string> _sources = [];

    /// <summary>The zone's apex, expanded.</summary>
    internal byte[] Zone => _zone.Name;

    /// <summary>Seconds of records that have no time of their own.</summary>
    internal uint Ttl => _zone.Ttl;

    /// <summary>True when no more records are taken.</summary>
    public bool IsFull => _entries.Count >= RecordsMost;

    /// <summary>Adds the records of the configuration, which was checked when it was read.</summary>
    public void Add(ImmutableArray<ConfiguredRecord> records)
    {
        foreach (var configured in records)
        {
            if (RecordLine.TryParse(configured.Text, Zone, out _) is not { } line)
                continue;

            var place = configured.Place;
            var at = new LocalPlace(SourceOf(place.FileName), (uint)place.Line, (ushort)Math.Min(place.Column, ushort.MaxValue));
            Add(line.Owner, line.Type, line.Ttl ?? Ttl, line.Data, at, isImplied: false);
        }
    }

    /// <summary>Adds one record.</summary>
    /// <param name="owner">Expanded, lower case.</param>
    /// <param name="type">TYPE.</param>
    /// <param name="ttl">Seconds.</param>
    /// <param name="data">RDATA; names in it whole and lower case.</param>
    /// <param name="place">Where it was written.</param>
    /// <param name="isImplied">True when it only follows from another: then it gives way to any that is there.</param>
    internal void Add(
        ReadOnlySpan<byte> owner, DnsType type, uint ttl, ReadOnlySpan<byte> data, LocalPlace place, bool isImplied)
    {
        if (IsFull)
            return;

        Span<byte> key = stackalloc byte[DnsName.OctetsMax];
        var keyLength = ReversedName.From(owner, key);
        _entries.Add(new Entry(
            _octets.WrittenCount, (byte)keyLength, (ushort)data.Length, type, ttl, place, isImplied));
        _octets.Write(key[..keyLength]);
        _octets.Write(data);
    }

    /// <summary>The number of a file, for <see cref="LocalPlace"/>.</summary>
    internal ushort SourceOf(string fileName)
    {
        var known = _sources.LastIndexOf(fileName);
        if (known >= 0)
            return (ushort)known;

        _sources.Add(fileName);
        return (ushort)(_sources.Count - 1);
    }

    /// <summary>All that was added, sorted and without contradictions. The builder is of no more use then.</summary>
    public LocalData Build()
    {
        var order = new int[_entries.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;

        order.AsSpan().Sort(Compare);
        var made = new LocalDataDraft(_zone, [.. _sources]);
        for (var from = 0; from < order.Length;)
        {
            var to = from + 1;
            while (to < order.Length && KeyOf(order[to]).SequenceEqual(KeyOf(order[from])))
                to++;

            BuildNode(made, order.AsSpan(from, to - from));
            from = to;
        }

        return made.ToData();
    }

    private void BuildNode(LocalDataDraft made, ReadOnlySpan<int> group)
    {
        made.BeginNode(KeyOf(group[0]));
        foreach (var index in group)
        {
            var entry = _entries[index];
            made.Take(entry.Type, entry.Ttl, DataOf(entry), entry.Place, entry.IsImplied);
        }
    }

    // By name, and of one name in the order in which they were added.
    private int Compare(int one, int other)
    {
        var names = KeyOf(one).SequenceCompareTo(KeyOf(other));
        return names != 0 ? names : one.CompareTo(other);
    }

    private ReadOnlySpan<byte> KeyOf(int index)
    {
        ref readonly var entry = ref CollectionsMarshal.AsSpan(_entries)[index];
        return _octets.WrittenSpan.Slice(entry.At, entry.KeyLength);
    }

    private ReadOnlySpan<byte> DataOf(in Entry entry) =>
        _octets.WrittenSpan.Slice(entry.At + entry.KeyLength, entry.DataLength);

    // Name and data stand one behind the other from At on.
    private readonly record struct Entry(
        int At, byte KeyLength, ushort DataLength, DnsType Type, uint Ttl, LocalPlace Place, bool IsImplied);
}
