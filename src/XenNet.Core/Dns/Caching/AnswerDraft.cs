using System.Buffers.Binary;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Caching;

/// <summary>An answer while it is being put together from an upstream's reply.</summary>
internal ref struct AnswerDraft
{
    private const ushort Rrsig = 46, Nsec = 47, Nsec3 = 50, Dname = 39;

    // What a message holds of addresses; what is beyond makes the answer damaged.
    internal const int RecordsMost = 4096;

    private readonly ReadOnlySpan<byte> _key;
    private readonly AnswerPolicy _policy;
    private readonly DnsType _type;
    private readonly bool _dnssecOk;
    private readonly int _recordsAt;
    private readonly Span<ushort> _ttlPlaces;
    private DnsMessageWriter _writer;
    private ushort _answers;
    private ushort _authorities;
    private uint _ttl = uint.MaxValue;
    private bool _isPositive;
    private bool _hasSoa;

    /// <summary>An empty one.</summary>
    /// <param name="buffer">65,535 octets for the records.</param>
    /// <param name="ttlPlaces"><see cref="RecordsMost"/>, for where their TTLs stand.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="policy">What it may hold.</param>
    public AnswerDraft(
        Span<byte> buffer, Span<ushort> ttlPlaces, in UpstreamQuestion question, in AnswerPolicy policy)
    {
        _key = question.Key;
        (_policy, _type, _dnssecOk) = (policy, question.Type, question.DnssecOk);
        _ttlPlaces = ttlPlaces;
        _writer = new DnsMessageWriter(buffer, id: 0, default);
        _writer.WriteQuestion(question.Name, question.Type, DnsClass.Internet);
        _recordsAt = _writer.Length;
    }

    /// <summary>True unless the alias itself was asked for.</summary>
    public readonly bool FollowsAliases => _type is not (DnsType.Cname or DnsType.Any);

    /// <summary>True while there is neither what was asked for nor an SOA that says there is none.</summary>
    public readonly bool NeedsSoa => !_isPositive && !_hasSoa;

    /// <summary>True for a record of the answer section that belongs to the answer at this owner.</summary>
    /// <param name="record">Any.</param>
    /// <param name="owner">Where the chain has come to: expanded, lower case.</param>
    public readonly bool Wants(in DnsRecord record, scoped ReadOnlySpan<byte> owner)
    {
        var type = record.Type;
        if (type == (DnsType)Rrsig && _type != (DnsType)Rrsig && !_dnssecOk)
            return false;

        if (record.Name.Matches(owner))
            return type == _type || _type == DnsType.Any || type is DnsType.Cname or (DnsType)Rrsig;

        // A DNAME above, from which the alias was made (RFC 6672), is told to those who check.
        return _dnssecOk && (type == (DnsType)Dname || Signs(record) == (DnsType)Dname) && IsAbove(record.Name, owner);
    }

    /// <summary>True for a record of the authority section that proves what is not there.</summary>
    public readonly bool WantsProof(in DnsRecord record) => _dnssecOk
        && (record.Type == (DnsType)Rrsig ? Signs(record) : record.Type) is var type
        && (type is (DnsType)Nsec or (DnsType)Nsec3 || (type == DnsType.Soa && !_isPositive));

    /// <summary>Copies a record.</summary>
    public AnswerFault Take(in DnsRecord record, DnsSection section, uint ttl)
    {
        if (!_policy.AllowsPrivateAddresses && PrivateAddresses.IsIn(record.Type, record.Data))
            return AnswerFault.PrivateAddress;

        // With the top bit set it is 0 (RFC 2181 §8).
        ttl = ttl > int.MaxValue ? 0 : ttl;
        ttl = section == DnsSection.Answer
            ? Math.Clamp(ttl, Math.Min(_policy.TtlLeast, _policy.TtlMost), _policy.TtlMost)
            : Math.Min(ttl, _isPositive ? _policy.TtlMost : _policy.NegativeTtlMost);
        Span<byte> owner = stackalloc byte[DnsName.OctetsMax];
        _writer.BeginRecord(section, owner[..record.Name.CopyTo(owner)], record.Type, DnsClass.Internet, ttl);
        var place = _writer.TtlOffset - _recordsAt;
        if (record.CopyDataTo(ref _writer) != DnsRefusal.None || !_writer.EndRecord()
            || _answers + _authorities == RecordsMost)
        {
            return AnswerFault.Damaged;
        }

        _ttlPlaces[_answers + _authorities] = (ushort)place;
        _ttl = Math.Min(_ttl, ttl);
        _isPositive |= section == DnsSection.Answer && (record.Type == _type || _type == DnsType.Any);
        _hasSoa |= section == DnsSection.Authority && record.Type == DnsType.Soa;
        _answers += section == DnsSection.Answer ? (ushort)1 : (ushort)0;
        _authorities += section == DnsSection.Authority ? (ushort)1 : (ushort)0;
        return AnswerFault.None;
    }

    /// <summary>The answer. A negative one without SOA is given on but not kept (RFC 2308 §5).</summary>
    /// <param name="flags">The reply's.</param>
    /// <param name="now">Milliseconds.</param>
    public readonly CachedAnswer Finish(DnsFlags flags, long now)
    {
        var ttl = _isPositive || _hasSoa ? _ttl : 0;
        var head = new AnswerHead(flags.Rcode, flags.AuthenticData, _answers, _authorities, ttl);
        return new CachedAnswer(
            _key, _writer.Written[_recordsAt..], _ttlPlaces[..(_answers + _authorities)], head, now);
    }

    // The type that a signature covers (RFC 4034 §3.1.1); 0 for what is none.
    private static DnsType Signs(in DnsRecord record) =>
        record.Type == (DnsType)Rrsig && record.Data.Length >= sizeof(ushort)
            ? (DnsType)BinaryPrimitives.ReadUInt16BigEndian(record.Data)
            : 0;

    private static bool IsAbove(DnsName name, scoped ReadOnlySpan<byte> owner)
    {
        Span<byte> expanded = stackalloc byte[DnsName.OctetsMax];
        return DnsLabels.TryFindTail(owner, expanded[..name.CopyLowerTo(expanded)], out var at) && at > 0;
    }
}
