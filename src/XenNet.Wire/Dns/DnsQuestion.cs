namespace XenNet.Wire.Dns;

/// <summary>One entry of the question section (RFC 1035 §4.1.2): name, QTYPE, QCLASS.</summary>
public readonly ref struct DnsQuestion
{
    private DnsQuestion(ReadOnlySpan<byte> octets, DnsName name, DnsType type, DnsClass @class)
    {
        Octets = octets;
        Name = name;
        Type = type;
        Class = @class;
    }

    /// <summary>
    /// The question as it stands in the packet. A message's first holds no pointer: nothing lies before it.
    /// </summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>What is asked about.</summary>
    public DnsName Name { get; }

    /// <summary>QTYPE.</summary>
    public DnsType Type { get; }

    /// <summary>QCLASS.</summary>
    public DnsClass Class { get; }

    /// <summary>Reads the question at the reader's place. On refusal the reader has failed.</summary>
    public static DnsRefusal Read(scoped ref WireReader reader, out DnsQuestion question)
    {
        question = default;
        if (reader.Remaining == 0)
        {
            reader.Fail();
            return DnsRefusal.QuestionMissing;
        }

        var start = reader.Offset;
        var refusal = DnsName.Read(ref reader, out var name);
        if (refusal != DnsRefusal.None)
            return refusal;

        var type = (DnsType)reader.ReadUInt16();
        var @class = (DnsClass)reader.ReadUInt16();
        if (reader.Failed)
            return DnsRefusal.QuestionCut;

        question = new DnsQuestion(reader.Packet[start..reader.Offset], name, type, @class);
        return DnsRefusal.None;
    }
}
