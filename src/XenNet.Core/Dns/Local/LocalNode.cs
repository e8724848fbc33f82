using System.Buffers;
using System.Buffers.Binary;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>A record of ours, as it stands in <see cref="LocalData"/>.</summary>
internal readonly ref struct LocalRecord
{
    /// <summary>Octets before the data: TYPE (2), TTL (4), source (2), line (4), column (2), length of the data (2).</summary>
    public const int HeadSize = 16;

    private readonly ReadOnlySpan<byte> _octets;

    private LocalRecord(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>TYPE.</summary>
    public DnsType Type => (DnsType)BinaryPrimitives.ReadUInt16BigEndian(_octets);

    /// <summary>Seconds; the same for all records of a set (RFC 2181 section 5.2).</summary>
    public uint Ttl => BinaryPrimitives.ReadUInt32BigEndian(_octets[2..]);

    /// <summary>Where it was written, as a number that <see cref="LocalData"/> can explain.</summary>
    public LocalPlace Place => LocalPlace.Read(_octets[6..]);

    /// <summary>RDATA; names in it are whole and lower case.</summary>
    public ReadOnlySpan<byte> Data => _octets[HeadSize..];

    /// <summary>Writes one behind others.</summary>
    public static void Write(
        ArrayBufferWriter<byte> records, DnsType type, uint ttl, scoped ReadOnlySpan<byte> data, LocalPlace place = default)
    {
        var head = records.GetSpan(HeadSize);
        BinaryPrimitives.WriteUInt16BigEndian(head, (ushort)type);
        BinaryPrimitives.WriteUInt32BigEndian(head[2..], ttl);
        place.Write(head[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(head[14..], (ushort)data.Length);
        records.Advance(HeadSize);
        records.Write(data);
    }

    /// <summary>Takes the first record off the records of a node; false when there is none.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> records, out LocalRecord record)
    {
        record = default;
        if (records.IsEmpty)
            return false;

        var size = HeadSize + BinaryPrimitives.ReadUInt16BigEndian(records[14..]);
        record = new LocalRecord(records[..size]);
        records = records[size..];
        return true;
    }
}

/// <summary>Whether there is a name.</summary>
internal enum LocalNodeKind : byte
{
    /// <summary>Neither it nor anything below it.</summary>
    Absent,

    /// <summary>It has no records, but there are names below it (RFC 8020: it exists).</summary>
    Empty,

    /// <summary>It has records.</summary>
    Full,
}

/// <summary>What local data has at a name.</summary>
/// <param name="kind">Whether it is there.</param>
/// <param name="records">Its records, one behind the other.</param>
internal readonly ref struct LocalNode(LocalNodeKind kind, ReadOnlySpan<byte> records)
{
    /// <summary>Whether it is there.</summary>
    public LocalNodeKind Kind { get; } = kind;

    /// <summary>Its records, for <see cref="LocalRecord.TryTake"/>.</summary>
    public ReadOnlySpan<byte> Records { get; } = records;

    /// <summary>The record that makes the name an alias, which is its only one; false when it is none.</summary>
    public bool TryGetAlias(out LocalRecord alias)
    {
        var rest = Records;
        return LocalRecord.TryTake(ref rest, out alias) && alias.Type == DnsType.Cname;
    }

    /// <summary>True when it has a record of that type.</summary>
    public bool Has(DnsType type)
    {
        var rest = Records;
        while (LocalRecord.TryTake(ref rest, out var record))
        {
            if (record.Type == type)
                return true;
        }

        return false;
    }

    /// <summary>The type of its first record: what is given to someone who asks for any (RFC 8482).</summary>
    public DnsType FirstType
    {
        get
        {
            var rest = Records;
            return LocalRecord.TryTake(ref rest, out var record) ? record.Type : default;
        }
    }
}
