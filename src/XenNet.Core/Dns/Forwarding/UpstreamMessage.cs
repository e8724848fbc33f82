using System.Buffers.Binary;
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

    /// <summary>Octets of chance that <see cref="Write"/> takes for the case of letters: a bit for each of a name.</summary>
    public const int CaseOctets = 32;

    /// <summary>
    /// Writes our own query: RD, as it is asked of a resolver; AD, as we can read it in the answer (RFC 6840 §5.7); DO
    /// and CD as asked. It has no option, so that nothing of a client (ECS, cookies) leaks.
    /// </summary>
    /// <param name="question">What is asked.</param>
    /// <param name="id">16 bits that cannot be guessed.</param>
    /// <param name="caseBits">
    /// <see cref="CaseOctets"/> of chance, by which letters are made upper case, as a forger must guess that too
    /// (draft-vixie-dnsext-dns0x20); or none.
    /// </param>
    /// <param name="withEdns">False for an upstream that does not understand OPT.</param>
    /// <param name="message">At least <see cref="QueryOctetsMost"/> octets.</param>
    /// <returns>Octets written.</returns>
    public static int Write(
        in UpstreamQuestion question, ushort id, ReadOnlySpan<byte> caseBits, bool withEdns, Span<byte> message)
    {
        var writer = new WireWriter(message);
        new DnsHeader(
            id,
            new DnsFlags
            {
                RecursionDesired = true,
                CheckingDisabled = question.CheckingDisabled,
                AuthenticData = true,
            },
            Questions: 1, Answers: 0, Authorities: 0, Additionals: (ushort)(withEdns ? 1 : 0)).Write(ref writer);
        writer.WriteBytes(question.Name);
        writer.WriteUInt16((ushort)question.Type);
        writer.WriteUInt16((ushort)DnsClass.Internet);
        if (withEdns)
            WriteOpt(ref writer, question.DnssecOk);

        if (!caseBits.IsEmpty)
            MixCase(message.Slice(DnsHeader.Size, question.Name.Length), caseBits);

        return writer.Length;
    }

    /// <summary>A query with its length before it, as over TCP (RFC 1035 §4.2.2).</summary>
    /// <param name="message">As <see cref="Write"/> made it.</param>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = new byte[sizeof(ushort) + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsSpan(sizeof(ushort)));
        return framed;
    }

    /// <summary>
    /// As <see cref="Frame"/>, and padded to a multiple of 128 octets, so that over TLS its length tells little of the
    /// name (RFC 7830, RFC 8467 §4.1). One without OPT stays as it is.
    /// </summary>
    /// <param name="message">As <see cref="Write"/> made it: OPT, if there is one, is its end.</param>
    public static byte[] FramePadded(ReadOnlySpan<byte> message)
    {
        const int Block = 128;
        const int OptionHead = 4;
        const int Padding = 12;
        if (BinaryPrimitives.ReadUInt16BigEndian(message[10..]) == 0)
            return Frame(message);

        var length = (message.Length + OptionHead + Block - 1) / Block * Block;
        var framed = new byte[sizeof(ushort) + length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)length);
        message.CopyTo(framed.AsSpan(sizeof(ushort)));

        // RDLENGTH of the OPT, which was 0, then the option.
        var end = sizeof(ushort) + message.Length;
        BinaryPrimitives.WriteUInt16BigEndian(framed.AsSpan(end - sizeof(ushort)), (ushort)(length - message.Length));
        BinaryPrimitives.WriteUInt16BigEndian(framed.AsSpan(end), Padding);
        BinaryPrimitives.WriteUInt16BigEndian(
            framed.AsSpan(end + sizeof(ushort)), (ushort)(length - message.Length - OptionHead));
        return framed;
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
            || !SameInAnyCase(returned.Octets, question.Octets))
        {
            return UpstreamVerdict.ForeignQuestion;
        }

        if (!overTcp && !returned.Octets.SequenceEqual(question.Octets))
            return UpstreamVerdict.OtherLetters;

        // What follows may be cut anywhere, so it is not looked at.
        if (header.Flags.Truncated)
            return overTcp ? UpstreamVerdict.Damaged : UpstreamVerdict.Truncated;

        return JudgeRecords(ref walk, askedWithOpt: ours.Header.Additionals > 0);
    }

    /// <summary>True when a reply to what was sent spells its question as it was sent, letter for letter.</summary>
    /// <param name="reply">
    /// Found to answer before: its question is the one that was sent, in any letters. An error may have none at all.
    /// </param>
    /// <param name="sent">Our query.</param>
    public static bool KeepsLetters(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> sent)
    {
        var ours = new DnsWalk(sent);
        ours.TryNextQuestion(out var question);
        return reply.Slice(DnsHeader.Size, question.Octets.Length).SequenceEqual(question.Octets);
    }

    internal static void WriteOpt(ref WireWriter writer, bool dnssecOk)
    {
        writer.WriteByte(0);
        writer.WriteUInt16((ushort)DnsType.Opt);
        writer.WriteUInt16(DnsEdns.PayloadOctetsMost);
        writer.WriteUInt32(dnssecOk ? 1u << 15 : 0);
        writer.WriteUInt16(0);
    }

    // Length octets are under 64 and no letters, so that the name can be taken as a whole.
    private static void MixCase(Span<byte> name, ReadOnlySpan<byte> caseBits)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsAsciiLetterLower((char)name[i]) && (caseBits[i >> 3] >> (i & 7) & 1) != 0)
                name[i] ^= 0x20;
        }
    }

    private static UpstreamVerdict JudgeRecords(ref DnsWalk walk, bool askedWithOpt)
    {
        var edns = default(DnsEdns);
        var (hasServers, hasSoa) = (false, false);
        while (walk.TryNextRecord(out var record))
        {
            if (DnsEdns.Take(record, ref edns) != DnsRefusal.None)
                return UpstreamVerdict.Damaged;

            hasServers |= record is { Section: DnsSection.Authority, Type: DnsType.Ns };
            hasSoa |= record is { Section: DnsSection.Authority, Type: DnsType.Soa };
        }

        if (walk.Refusal != DnsRefusal.None || walk.Remaining != 0)
            return UpstreamVerdict.Damaged;

        const int NameExistsThoughItShouldNot = 6; // YXDOMAIN: a DNAME made the name too long (RFC 6672 §2.2).
        var flags = walk.Header.Flags;
        var rcode = flags.Rcode;

        // Whom else to ask is not that there is nothing (RFC 2308 §2.2.1): it does not recurse for us.
        var isReferral = hasServers && !hasSoa && rcode == DnsRcode.NoError && !flags.Authoritative
            && walk.Header.Answers == 0;
        return edns.ExtendedRcode == 0 && !isReferral
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
    private static bool SameInAnyCase(ReadOnlySpan<byte> returned, ReadOnlySpan<byte> sent)
    {
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
