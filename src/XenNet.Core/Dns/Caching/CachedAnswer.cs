using System.Buffers;
using System.Buffers.Binary;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Caching;

/// <summary>
/// An upstream's answer as it is kept and given on: only what the question asked for, written anew by
/// <see cref="AnswerReader"/>. Immutable but for the claim to ask for it again.
/// </summary>
/// <remarks>
/// One array holds the key, then the records as they stand behind a question of the key's name (so that pointers lead
/// right), then the places of their TTLs, two octets each, counted from the first record.
/// </remarks>
public sealed class CachedAnswer
{
    /// <summary>TTL of records whose time is over, in seconds (RFC 8767 §4).</summary>
    public const uint StaleTtl = 30;

    // Below it nothing is asked for in advance: it would be asked for all the time.
    private const uint RefreshTtlLeast = 10;

    // Objects and the array's head beside the octets, for the bound of the cache.
    private const int OverheadOctets = 160;

    private readonly byte[] _octets;
    private readonly ushort _keyLength;
    private readonly ushort _recordsLength;
    private int _refreshing;

    internal CachedAnswer(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> records, ReadOnlySpan<ushort> ttlPlaces, in AnswerHead head, long now)
    {
        _keyLength = (ushort)key.Length;
        _recordsLength = (ushort)records.Length;
        _octets = new byte[key.Length + records.Length + ttlPlaces.Length * sizeof(ushort)];
        key.CopyTo(_octets);
        records.CopyTo(_octets.AsSpan(key.Length));
        for (var i = 0; i < ttlPlaces.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(_octets.AsSpan(key.Length + records.Length + 2 * i), ttlPlaces[i]);

        Head = head;
        StoredAt = now;
    }

    /// <summary>What was asked (<see cref="UpstreamQuestion"/>).</summary>
    public ReadOnlySpan<byte> Key => _octets.AsSpan(0, _keyLength);

    /// <summary>Code, counts and time.</summary>
    public AnswerHead Head { get; }

    /// <summary>When it came: milliseconds of a clock that only goes forward.</summary>
    public long StoredAt { get; }

    /// <summary>When its time is over.</summary>
    public long ExpiresAt => StoredAt + Head.TtlSeconds * 1000L;

    /// <summary>Octets of memory that it takes, about.</summary>
    public int Octets => OverheadOctets + _octets.Length;

    /// <summary>The records of answer and authority, as they stand behind the question.</summary>
    internal ReadOnlySpan<byte> Records => _octets.AsSpan(_keyLength, _recordsLength);

    private ReadOnlySpan<byte> TtlPlaces => _octets.AsSpan(_keyLength + _recordsLength);

    /// <summary>True for the one caller that should ask for it again: its time is nearly over.</summary>
    internal bool ClaimRefresh(long now) =>
        Head.TtlSeconds >= RefreshTtlLeast && ExpiresAt - now < Head.TtlSeconds * 100L
        && Volatile.Read(ref _refreshing) == 0 && Interlocked.Exchange(ref _refreshing, 1) == 0;

    /// <summary>Writes each TTL as what is left of it.</summary>
    /// <param name="records">A copy of <see cref="Records"/>.</param>
    /// <param name="now">As <see cref="StoredAt"/>.</param>
    internal void PatchTtls(Span<byte> records, long now)
    {
        for (var places = TtlPlaces; !places.IsEmpty; places = places[2..])
        {
            var ttl = records[BinaryPrimitives.ReadUInt16BigEndian(places)..];
            BinaryPrimitives.WriteUInt32BigEndian(ttl, TtlLeft(BinaryPrimitives.ReadUInt32BigEndian(ttl), now));
        }
    }

    /// <summary>
    /// Writes the records behind others, as when an alias of ours leads to the question that this answers.
    /// </summary>
    /// <param name="writer">After the alias; its sections are entered as they are here.</param>
    /// <param name="now">As <see cref="StoredAt"/>.</param>
    internal void AppendTo(scoped ref DnsMessageWriter writer, long now)
    {
        var packet = ArrayPool<byte>.Shared.Rent(MessageLength);
        Span<byte> owner = stackalloc byte[DnsName.OctetsMax];
        var walk = new DnsWalk(WriteMessage(packet));
        while (walk.TryNextRecord(out var record))
        {
            writer.BeginRecord(record.Section, owner[..record.Name.CopyTo(owner)], record.Type, record.Class,
                TtlLeft(record.Ttl, now));
            record.CopyDataTo(ref writer);
            if (!writer.EndRecord())
                break;
        }

        ArrayPool<byte>.Shared.Return(packet);
    }

    /// <summary>The records as master files write them, a line each, with what is left of their TTLs.</summary>
    /// <param name="now">As <see cref="StoredAt"/>.</param>
    public IReadOnlyList<string> Lines(long now)
    {
        var packet = new byte[MessageLength];
        var message = WriteMessage(packet);
        PatchTtls(message[^_recordsLength..], now);
        var lines = new List<string>();
        var walk = new DnsWalk(message);
        while (walk.TryNextRecord(out var record))
            lines.Add(DnsRecordText.Line(message, record));

        return lines;
    }

    private int MessageLength => DnsHeader.Size + Key.Length + sizeof(ushort) + _recordsLength;

    private Span<byte> WriteMessage(Span<byte> packet)
    {
        var question = UpstreamQuestion.Read(Key);
        var message = new WireWriter(packet);
        new DnsHeader(0, default, 1, Head.Answers, Head.Authorities, 0).Write(ref message);
        message.WriteBytes(question.Name);
        message.WriteUInt16((ushort)question.Type);
        message.WriteUInt16((ushort)DnsClass.Internet);
        message.WriteBytes(Records);
        return packet[..message.Written.Length];
    }

    /// <summary>What is left of a TTL; <see cref="StaleTtl"/> when the answer's time is over.</summary>
    internal uint TtlLeft(uint ttl, long now)
    {
        if (now >= ExpiresAt)
            return Head.TtlSeconds == 0 ? 0 : StaleTtl;

        var age = (uint)((now - StoredAt) / 1000);
        return ttl > age ? ttl - age : 0;
    }
}

/// <summary>What is known of an answer beside its records.</summary>
/// <param name="Rcode">NOERROR, NXDOMAIN or YXDOMAIN.</param>
/// <param name="AuthenticData">The upstream vouched for it (AD).</param>
/// <param name="Answers">Records of the answer section.</param>
/// <param name="Authorities">Records of the authority section.</param>
/// <param name="TtlSeconds">How long it may be kept; 0: not at all.</param>
/// <param name="Note">Extended DNS Error that goes with it.</param>
public readonly record struct AnswerHead(
    DnsRcode Rcode, bool AuthenticData, ushort Answers, ushort Authorities, uint TtlSeconds,
    ExtendedError Note = ExtendedError.None);
