namespace XenNet.Wire.Dns;

/// <summary>A query read from end to end: header, its one question, and EDNS.</summary>
public readonly ref struct DnsQuery
{
    private DnsQuery(DnsHeader header, DnsQuestion question, DnsEdns edns)
    {
        Header = header;
        Question = question;
        Edns = edns;
    }

    /// <summary>The header; its QR and opcode were not judged.</summary>
    public DnsHeader Header { get; }

    /// <summary>The one question; <c>default</c> without one.</summary>
    public DnsQuestion Question { get; }

    /// <summary>False for a query that only fetches a cookie (RFC 7873 §5.4).</summary>
    public bool HasQuestion => Header.Questions == 1;

    /// <summary>What OPT says; absent is <c>default</c>.</summary>
    public DnsEdns Edns { get; }

    /// <summary>
    /// Reads a whole message with exactly one question, or with none and an OPT. Records of all sections are checked and, but for OPT, passed
    /// over. <paramref name="query"/> is <c>default</c> unless the answer is <see cref="DnsRefusal.None"/>.
    /// </summary>
    public static DnsRefusal Read(ReadOnlySpan<byte> packet, out DnsQuery query)
    {
        query = default;
        var walk = new DnsWalk(packet);
        if (walk.Refusal != DnsRefusal.None)
            return walk.Refusal;

        // RFC 9619: more than one question is FORMERR. None at all has no use outside cookies, which are in OPT.
        if (walk.Header.Questions > 1)
            return DnsRefusal.QuestionCountNotOne;

        walk.TryNextQuestion(out var question);
        var edns = default(DnsEdns);
        while (walk.TryNextRecord(out var record))
        {
            var refusal = DnsEdns.Take(record, ref edns);
            if (refusal != DnsRefusal.None)
                return refusal;
        }

        if (walk.Refusal != DnsRefusal.None)
            return walk.Refusal;

        if (walk.Header.Questions == 0 && !edns.IsPresent)
            return DnsRefusal.QuestionCountNotOne;

        if (walk.Remaining != 0)
            return DnsRefusal.OctetsAfterEnd;

        query = new DnsQuery(walk.Header, question, edns);
        return DnsRefusal.None;
    }
}
