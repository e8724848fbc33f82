namespace XenNet.Wire.Dns;

/// <summary>A place in a message being written, for <see cref="DnsMessageWriter.RewindTo"/>.</summary>
public readonly record struct DnsWriterMark
{
    internal DnsWriterMark(int length, DnsSection section, ushort answers, ushort authorities, ushort additionals) =>
        (Length, Section, Answers, Authorities, Additionals) = (length, section, answers, authorities, additionals);

    internal int Length { get; }

    internal DnsSection Section { get; }

    internal ushort Answers { get; }

    internal ushort Authorities { get; }

    internal ushort Additionals { get; }
}
