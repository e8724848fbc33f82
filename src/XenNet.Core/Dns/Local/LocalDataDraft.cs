using System.Buffers;
using System.Collections.Immutable;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>Writes <see cref="LocalData"/> node by node, in the order of their names, and keeps contradictions out.</summary>
internal sealed class LocalDataDraft(ZoneOctets zone, ImmutableArray<string> sources)
{
    private readonly ArrayBufferWriter<byte> _octets = new(1024);
    private readonly List<int> _starts = [];
    private readonly List<LocalClash> _clashes = [];
    private int _clashesNotShown;
    private int _records;
    private bool _hasWildcards;

    // Of the node begun last: its name, whose it is when it is not for local data to define, and its records.
    private readonly byte[] _name = new byte[DnsName.OctetsMax];
    private int _nameLength;
    private string? _owner;
    private int _recordsAt;
    private int _recordsOfNode;

    private ReadOnlySpan<byte> Name => _name.AsSpan(0, _nameLength);

    /// <summary>Begins the next name.</summary>
    public void BeginNode(ReadOnlySpan<byte> key)
    {
        _nameLength = ReversedName.ToExpanded(key, _name);
        _owner = OwnerOf(Name);
        _recordsOfNode = 0;
        _recordsAt = _octets.WrittenCount;
    }

    /// <summary>Takes a record of that name, or finds what speaks against it.</summary>
    public void Take(DnsType type, uint ttl, ReadOnlySpan<byte> data, LocalPlace place, bool isImplied)
    {
        var isApexAlias = type == DnsType.Cname && Name.SequenceEqual(zone.Name);
        if (_owner is not null || isApexAlias)
        {
            Leave(type, place, _owner ?? "the SOA of the zone");
            return;
        }

        var records = _recordsOfNode == 0 ? [] : _octets.WrittenSpan[_recordsAt..];
        while (LocalRecord.TryTake(ref records, out var known))
        {
            if (known.Type == type && known.Data.SequenceEqual(data))
                return;

            if (isImplied && (known.Type == type || known.Type == DnsType.Cname))
                return;

            if (known.Type == DnsType.Cname || type == DnsType.Cname)
            {
                Leave(type, place, $"{DnsTypeText.Format(known.Type)} in {Explain(known.Place)}");
                return;
            }

            // All of a set have one time, that of the first (RFC 2181 section 5.2).
            ttl = known.Type == type ? known.Ttl : ttl;
        }

        if (_recordsOfNode == LocalDataBuilder.RecordsOfNameMost)
            Leave(type, place, $"the {LocalDataBuilder.RecordsOfNameMost} records that a name may have");
        else
            Write(type, ttl, data, place);
    }

    /// <summary>What has been written.</summary>
    public LocalData ToData() => new(
        _octets.WrittenSpan.ToArray(), [.. _starts, _octets.WrittenCount], _hasWildcards, _records, sources,
        [.. _clashes], _clashesNotShown);

    private void Write(DnsType type, uint ttl, ReadOnlySpan<byte> data, LocalPlace place)
    {
        if (_recordsOfNode == 0)
            BeginOctets();

        LocalRecord.Write(_octets, type, ttl, data, place);
        _recordsOfNode++;
        _records++;
    }

    // A name of which every record is left out is none, so it is only written with its first.
    private void BeginOctets()
    {
        _starts.Add(_octets.WrittenCount);
        var key = _octets.GetSpan(1 + DnsName.OctetsMax);
        key[0] = (byte)ReversedName.From(Name, key[1..]);
        _octets.Advance(1 + key[0]);
        _recordsAt = _octets.WrittenCount;
        _hasWildcards |= _name[0] == 1 && _name[1] == '*';
    }

    private void Leave(DnsType type, LocalPlace place, string kept)
    {
        if (_clashes.Count < LocalDataBuilder.ClashesMost)
            _clashes.Add(new LocalClash(DnsNameText.Format(Name), type, Explain(place), kept));
        else
            _clashesNotShown++;
    }

    // The zone's server has its addresses by where it is asked.
    private string? OwnerOf(ReadOnlySpan<byte> name)
    {
        if (!DnsLabels.TryFindTail(name, zone.Name, out var apexAt))
            return null;

        var below = name[..apexAt];
        return below.SequenceEqual("\u0002ns"u8) || below.SequenceEqual("\u0004dom0"u8) ? "the server's own name" : null;
    }

    private Configuration.ConfigurationPlace Explain(LocalPlace place) =>
        new(sources[place.Source], (int)place.Line, place.Column);
}
