namespace XenNet.Wire.Dns;

/// <summary>The first 12 octets of each message (RFC 1035 §4.1.1).</summary>
/// <param name="Id">Chosen by the asker, copied by the answerer.</param>
/// <param name="Flags">What kind of message, and how it went.</param>
/// <param name="Questions">QDCOUNT.</param>
/// <param name="Answers">ANCOUNT.</param>
/// <param name="Authorities">NSCOUNT.</param>
/// <param name="Additionals">ARCOUNT.</param>
public readonly record struct DnsHeader(
    ushort Id, DnsFlags Flags, ushort Questions, ushort Answers, ushort Authorities, ushort Additionals)
{
    /// <summary>Octets on the wire.</summary>
    public const int Size = 12;

    /// <summary>Records of all three sections: 0 to 196,605.</summary>
    public int Records => Answers + Authorities + Additionals;

    /// <summary>Reads the header; all zeros when the reader fails.</summary>
    public static DnsHeader Read(ref WireReader reader) => new(
        Id: reader.ReadUInt16(),
        Flags: new DnsFlags(reader.ReadUInt16()),
        Questions: reader.ReadUInt16(),
        Answers: reader.ReadUInt16(),
        Authorities: reader.ReadUInt16(),
        Additionals: reader.ReadUInt16());

    /// <summary>Writes twelve octets.</summary>
    public void Write(ref WireWriter writer)
    {
        writer.WriteUInt16(Id);
        writer.WriteUInt16(Flags.Value);
        writer.WriteUInt16(Questions);
        writer.WriteUInt16(Answers);
        writer.WriteUInt16(Authorities);
        writer.WriteUInt16(Additionals);
    }
}
