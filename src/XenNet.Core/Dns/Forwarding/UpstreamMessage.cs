using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>The conversation with an upstream: our query, and what to think of its reply.</summary>
public static class UpstreamMessage
{
    /// <summary>
    /// Octets of the longest query that <see cref="Write"/> makes: header, longest question, bare OPT.
    /// </summary>
    public const int QueryOctetsMost = DnsHeader.Size + DnsName.OctetsMax + 4 + DnsEdns.BareSize;

    /// <summary>
    /// Writes the query that stands for a client's: its question octet for octet, its RD, CD, AD and DO, an ID of
    /// ours. The client's EDNS options stay behind (RFC 6891 §6.1.1: they are hop by hop; ECS and cookies would
    /// leak).
    /// </summary>
    /// <param name="query">The client's.</param>
    /// <param name="id">16 bits that cannot be guessed.</param>
    /// <param name="withEdns">False for an upstream that does not understand OPT.</param>
    /// <param name="message">At least <see cref="QueryOctetsMost"/> octets.</param>
    /// <returns>Octets written.</returns>
    public static int Write(in DnsQuery query, ushort id, bool withEdns, Span<byte> message)
    {
        var asked = query.Header.Flags;
        var writer = new WireWriter(message);
        new DnsHeader(
            id,
            new DnsFlags
            {
                RecursionDesired = asked.RecursionDesired,
                CheckingDisabled = asked.CheckingDisabled,
                AuthenticData = asked.AuthenticData,
            },
            Questions: 1, Answers: 0, Authorities: 0, Additionals: (ushort)(withEdns ? 1 : 0)).Write(ref writer);
        writer.WriteBytes(query.Question.Octets);
        if (withEdns)
        {
            WriteOpt(ref writer, query.Edns.DnssecOk);
        }

        return writer.Length;
    }

    /// <summary>
    /// Judges a message that came over a connected socket: address and port are the upstream's already.
    /// </summary>
    /// <param name="reply">The whole message.</param>
    /// <param name="sent">Our query, as <see cref="Write"/> made it.</param>
    /// <param name="overTcp">
    /// Over UDP the question must come back as sent, letter for letter: each letter whose case an off-path forger
    /// does not know is a bit to guess. Over TCP it may come in other letters: some servers fold them.
    /// </param>
    public static UpstreamVerdict Judge(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> sent, bool overTcp)
    {
        var walk = new DnsWalk(reply);
        if (walk.Refusal != DnsRefusal.None)
            return UpstreamVerdict.HeaderCut;

        var header = walk.Header;
        var ours = new DnsWalk(sent);
        ours.TryNextQuestion(out var question);
        if (!header.Flags.IsReply)
            return UpstreamVerdict.NotAReply;

        if (header.Id != ours.Header.Id)
            return UpstreamVerdict.ForeignId;

        if (header.Flags.Opcode != ours.Header.Flags.Opcode)
            return UpstreamVerdict.ForeignOpcode;

        // Servers that cannot read a query send its header back with an error and no question (RFC 1035 leaves it
        // open).
        if (header.Questions == 0 && IsRefusal(header.Flags.Rcode))
            return WithoutAnswer(header, hasOpt: false, askedWithOpt: ours.Header.Additionals > 0);

        if (header.Questions != 1 || !walk.TryNextQuestion(out var returned)
            || !Same(returned.Octets, question.Octets, overTcp))
        {
            return UpstreamVerdict.ForeignQuestion;
        }

        // What follows may be cut anywhere, so it is not looked at.
        if (header.Flags.Truncated)
            return overTcp ? UpstreamVerdict.Damaged : UpstreamVerdict.Truncated;

        return JudgeRecords(ref walk, askedWithOpt: ours.Header.Additionals > 0);
    }

    internal static void WriteOpt(ref WireWriter writer, bool dnssecOk)
    {
        writer.WriteByte(0);
        writer.WriteUInt16((ushort)DnsType.Opt);
        writer.WriteUInt16(DnsEdns.PayloadOctetsMost);
        writer.WriteUInt32(dnssecOk ? 1u << 15 : 0);
        writer.WriteUInt16(0);
    }

    private static UpstreamVerdict JudgeRecords(ref DnsWalk walk, bool askedWithOpt)
    {
        var edns = default(DnsEdns);
        while (walk.TryNextRecord(out var record))
        {
            if (DnsEdns.Take(record, ref edns) != DnsRefusal.None)
                return UpstreamVerdict.Damaged;
        }

        if (walk.Refusal != DnsRefusal.None || walk.Remaining != 0)
            return UpstreamVerdict.Damaged;

        const int NameExistsThoughItShouldNot = 6; // YXDOMAIN: a DNAME made the name too long (RFC 6672 §2.2).
        var rcode = walk.Header.Flags.Rcode;
        return edns.ExtendedRcode == 0
            && rcode is DnsRcode.NoError or DnsRcode.NameError or (DnsRcode)NameExistsThoughItShouldNot
            ? UpstreamVerdict.Answer
            : WithoutAnswer(walk.Header, edns.IsPresent, askedWithOpt);
    }

    private static UpstreamVerdict WithoutAnswer(in DnsHeader header, bool hasOpt, bool askedWithOpt) =>
        askedWithOpt && !hasOpt && header.Flags.Rcode is DnsRcode.FormatError or DnsRcode.NotImplemented
            ? UpstreamVerdict.EdnsNotUnderstood
            : UpstreamVerdict.Failure;

    private static bool IsRefusal(DnsRcode rcode) =>
        rcode is DnsRcode.FormatError or DnsRcode.ServerFailure or DnsRcode.NotImplemented or DnsRcode.Refused;

    /// <summary>
    /// Length octets are under 64 and hold no letter, so that folding them with the labels does no harm.
    /// </summary>
    private static bool Same(ReadOnlySpan<byte> returned, ReadOnlySpan<byte> sent, bool anyCase)
    {
        if (!anyCase)
            return returned.SequenceEqual(sent);

        if (returned.Length != sent.Length || !returned[^4..].SequenceEqual(sent[^4..]))
            return false;

        for (var i = 0; i < sent.Length - 4; i++)
        {
            if (Fold(returned[i]) != Fold(sent[i]))
                return false;
        }

        return true;
    }

    private static int Fold(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? octet | 0x20 : octet;
}
