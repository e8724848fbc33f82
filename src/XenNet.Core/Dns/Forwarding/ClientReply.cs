using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>The reply that a client is given for a query that went to an upstream.</summary>
public static class ClientReply
{
    /// <summary>
    /// Octets that a reply over UDP may have: what the client's OPT announces, never over 1232, and 512 without OPT.
    /// </summary>
    public static int UdpOctetsMost(in DnsQuery query) => query.Edns.PayloadOctets;

    /// <summary>
    /// Turns an upstream's answer into the client's: its ID, its spelling of the question, RA set, AA clear, AD only
    /// when the client can read it (RFC 6840 §5.8), OPT only when it sent one. What does not fit becomes a reply with
    /// TC and no record.
    /// </summary>
    /// <param name="query">The client's.</param>
    /// <param name="answer">From the upstream, judged <see cref="UpstreamVerdict.Answer"/>.</param>
    /// <param name="reply">Its length is the limit; at least 512 octets.</param>
    /// <returns>Octets written.</returns>
    public static int Write(in DnsQuery query, ReadOnlySpan<byte> answer, Span<byte> reply)
    {
        var question = query.Question.Octets;
        var walk = new DnsWalk(answer);
        var header = walk.Header;
        var end = DnsHeader.Size + question.Length;
        var additionals = 0;
        while (walk.TryNextRecord(out var record) && record.Type != DnsType.Opt)
        {
            // OPT is hop by hop. What stands behind it goes with it: its pointers would lead astray, it is rare and
            // it is only additional.
            end = walk.Offset;
            additionals += record.Section == DnsSection.Additional ? 1 : 0;
        }

        var body = answer[(DnsHeader.Size + question.Length)..end];
        var opt = query.Edns.IsPresent ? DnsEdns.BareSize : 0;
        if (end + opt > reply.Length)
            return WriteWithoutRecords(query, header.Flags.Rcode, truncated: true, reply);

        var asked = query.Header.Flags;
        var flags = asked.ToReply() with
        {
            Rcode = header.Flags.Rcode,
            AuthenticData = header.Flags.AuthenticData && (asked.AuthenticData || query.Edns.DnssecOk),
        };
        var writer = new WireWriter(reply);
        new DnsHeader(query.Header.Id, flags, 1, header.Answers, header.Authorities,
            (ushort)(additionals + (query.Edns.IsPresent ? 1 : 0))).Write(ref writer);

        // The question has the length it had, so that every pointer in the body leads where it led.
        writer.WriteBytes(question);
        writer.WriteBytes(body);
        if (query.Edns.IsPresent)
        {
            UpstreamMessage.WriteOpt(ref writer, query.Edns.DnssecOk);
        }

        // A crooked name may run through what was cut off or replaced (seen in mutated replies): the client must not
        // be handed what we would refuse ourselves.
        return DnsQuery.Read(writer.Written, out _) == DnsRefusal.None
            ? writer.Length
            : WriteFailure(query, reply);
    }

    /// <summary>SERVFAIL with the question: nobody could be brought to answer, or too many are asking.</summary>
    /// <param name="query">The client's.</param>
    /// <param name="reply">At least 512 octets.</param>
    /// <returns>Octets written.</returns>
    public static int WriteFailure(in DnsQuery query, Span<byte> reply) =>
        WriteWithoutRecords(query, DnsRcode.ServerFailure, truncated: false, reply);

    private static int WriteWithoutRecords(in DnsQuery query, DnsRcode rcode, bool truncated, Span<byte> reply)
    {
        var writer = new WireWriter(reply);
        var flags = query.Header.Flags.ToReply() with { Rcode = rcode, Truncated = truncated };
        new DnsHeader(query.Header.Id, flags, 1, 0, 0, (ushort)(query.Edns.IsPresent ? 1 : 0)).Write(ref writer);
        writer.WriteBytes(query.Question.Octets);
        if (query.Edns.IsPresent)
        {
            UpstreamMessage.WriteOpt(ref writer, query.Edns.DnssecOk);
        }

        return writer.Length;
    }
}
