using System.Buffers;
using System.Buffers.Binary;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Caching;

/// <summary>
/// Makes what is kept and given on out of an upstream's reply: the records that lead from the question's name over
/// aliases to what was asked for, and of a negative answer its SOA. Everything else (records about other names,
/// referrals, additional data, OPT) is left behind: it was not asked for, so it is not believed.
/// </summary>
public static class AnswerReader
{
    /// <summary>Aliases that are followed in one answer.</summary>
    public const int AliasesMost = 10;

    // All answers are walked through again for each alias; so many records are looked at in all.
    private const int LooksMost = (AliasesMost + 1) * 1024;

    // RFC 2308 §5, RFC 9520: what says why a name is blocked is kept that long.
    private const uint BlockedTtl = 60;

    /// <summary>Reads a reply that <see cref="UpstreamMessage.Judge"/> found to answer the question.</summary>
    /// <param name="reply">The whole message.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="policy">What it may hold.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    /// <param name="fault">Why there is no answer, or an empty one.</param>
    /// <returns>Null when it is damaged or leads in a circle.</returns>
    public static CachedAnswer? Read(
        ReadOnlySpan<byte> reply, in UpstreamQuestion question, in AnswerPolicy policy, long now, out AnswerFault fault)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        var ttlPlaces = ArrayPool<ushort>.Shared.Rent(AnswerDraft.RecordsMost);
        try
        {
            var draft = new AnswerDraft(buffer.AsSpan(0, ushort.MaxValue), ttlPlaces, question, policy);
            fault = Walk(reply, question, ref draft);
            return fault switch
            {
                AnswerFault.None => draft.Finish(new DnsWalk(reply).Header.Flags, now),
                AnswerFault.PrivateAddress => new CachedAnswer(question.Key, [], [],
                    new AnswerHead(DnsRcode.NoError, false, 0, 0, BlockedTtl, ExtendedError.Blocked), now),
                _ => null,
            };
        }
        finally
        {
            ArrayPool<ushort>.Shared.Return(ttlPlaces);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static AnswerFault Walk(ReadOnlySpan<byte> reply, in UpstreamQuestion question, ref AnswerDraft draft)
    {
        var answers = new DnsWalk(reply).Header.Answers;
        if (answers > AnswerDraft.RecordsMost)
            return AnswerFault.Damaged;

        Span<byte> owner = stackalloc byte[DnsName.OctetsMax];
        question.Name.CopyTo(owner);
        var length = question.Name.Length;
        for (var aliases = 0; ; aliases++)
        {
            if (aliases > AliasesMost || (aliases + 1) * answers > LooksMost)
                return AnswerFault.ChainTooLong;

            var fault = TakeAnswers(reply, owner[..length], ref draft, out var next);
            if (fault != AnswerFault.None)
                return fault;

            if (next.IsNone)
                break;

            length = next.CopyLowerTo(reply, owner);
        }

        return TakeAuthority(reply, owner[..length], ref draft);
    }

    // All answers of one owner in the order of the reply, and where its alias leads.
    private static AnswerFault TakeAnswers(
        ReadOnlySpan<byte> reply, scoped ReadOnlySpan<byte> owner, ref AnswerDraft draft, out NamePlace next)
    {
        next = NamePlace.None;
        var walk = new DnsWalk(reply);
        while (walk.TryNextRecord(out var record) && record.Section == DnsSection.Answer)
        {
            var isAlias = record.Type == DnsType.Cname && draft.FollowsAliases;
            if (record.Class != DnsClass.Internet || !draft.Wants(record, owner) || (isAlias && !next.IsNone))
                continue;

            var fault = draft.Take(record, DnsSection.Answer, record.Ttl);
            if (fault != AnswerFault.None)
                return fault;

            if (isAlias && record.ReadDataName(out var target) == DnsRefusal.None)
                next = new NamePlace(target.Offset);
        }

        return walk.Refusal == DnsRefusal.None ? AnswerFault.None : AnswerFault.Damaged;
    }

    // The SOA of a negative answer, which must be of a zone that the name lies in; proofs when they are wanted.
    private static AnswerFault TakeAuthority(
        ReadOnlySpan<byte> reply, scoped ReadOnlySpan<byte> owner, ref AnswerDraft draft)
    {
        Span<byte> expanded = stackalloc byte[DnsName.OctetsMax];
        var walk = new DnsWalk(reply);
        while (walk.TryNextRecord(out var record))
        {
            if (record.Section != DnsSection.Authority || record.Class != DnsClass.Internet)
                continue;

            var isSoa = record.Type == DnsType.Soa;
            var apex = expanded[..record.Name.CopyLowerTo(expanded)];
            if (isSoa ? !draft.NeedsSoa || !DnsLabels.TryFindTail(owner, apex, out _) : !draft.WantsProof(record))
                continue;

            var ttl = record.Ttl;
            if (isSoa && record.Data.Length >= sizeof(uint))
                ttl = Math.Min(ttl, BinaryPrimitives.ReadUInt32BigEndian(record.Data[^sizeof(uint)..]));

            var fault = draft.Take(record, DnsSection.Authority, ttl);
            if (fault != AnswerFault.None)
                return fault;
        }

        return walk.Refusal == DnsRefusal.None ? AnswerFault.None : AnswerFault.Damaged;
    }

    // A name is remembered by its place, as a view of one cannot leave the loop that found it.
    private readonly record struct NamePlace(int Offset)
    {
        public static NamePlace None => new(0);

        public bool IsNone => Offset == 0;

        public int CopyLowerTo(ReadOnlySpan<byte> packet, Span<byte> expanded)
        {
            var reader = new WireReader(packet);
            reader.Skip(Offset);
            DnsName.Read(ref reader, out var name);
            return name.CopyLowerTo(expanded);
        }
    }
}
