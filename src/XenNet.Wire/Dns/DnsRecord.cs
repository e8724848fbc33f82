using System.Buffers.Binary;

namespace XenNet.Wire.Dns;

/// <summary>
/// One resource record where it stands in a packet (RFC 1035 §4.1.3): name, TYPE, CLASS, TTL, RDLENGTH, RDATA.
/// </summary>
public readonly ref struct DnsRecord
{
    /// <summary>Octets between the owner name and RDATA.</summary>
    internal const int FixedSize = 10;

    private readonly ReadOnlySpan<byte> _packet;

    private DnsRecord(ReadOnlySpan<byte> packet, DnsSection section, DnsName name, int dataOffset, int dataLength)
    {
        // TYPE (2), CLASS (2), TTL (4), RDLENGTH (2) stand just before RDATA; the reader has passed over them.
        var fields = packet.Slice(dataOffset - FixedSize, FixedSize);
        _packet = packet;
        Section = section;
        Name = name;
        Type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(fields);
        Class = (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(fields[2..]);
        Ttl = BinaryPrimitives.ReadUInt32BigEndian(fields[4..]);
        DataOffset = dataOffset;
        Data = packet.Slice(dataOffset, dataLength);
    }

    /// <summary>The section it stands in.</summary>
    public DnsSection Section { get; }

    /// <summary>The owner.</summary>
    public DnsName Name { get; }

    /// <summary>TYPE.</summary>
    public DnsType Type { get; }

    /// <summary>CLASS; in OPT the sender's UDP payload size instead.</summary>
    public DnsClass Class { get; }

    /// <summary>Seconds as sent: with the top bit set it counts as 0 (RFC 2181 §8). In OPT other fields.</summary>
    public uint Ttl { get; }

    /// <summary>Where the TTL's four octets stand in the packet.</summary>
    public int TtlOffset => DataOffset - 6;

    /// <summary>RDATA.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Where RDATA stands in the packet, for the pointers in it.</summary>
    public int DataOffset { get; }

    /// <summary>Reads RDATA that is one name (NS, CNAME, PTR): it must end where RDATA ends.</summary>
    public DnsRefusal ReadDataName(out DnsName name)
    {
        var end = DataOffset + Data.Length;
        var reader = new WireReader(_packet[..end]);
        reader.Skip(DataOffset);
        var refusal = DnsName.Read(ref reader, out name);
        return refusal != DnsRefusal.None ? refusal
            : reader.Offset != end ? DnsRefusal.RecordDataMismatch : DnsRefusal.None;
    }

    /// <summary>
    /// Copies RDATA into the record that the writer has begun, names in it expanded and, where that is allowed,
    /// compressed anew. What does not fit shows at <see cref="DnsMessageWriter.EndRecord"/>.
    /// </summary>
    /// <returns>Why RDATA is not sound; then the record must be taken back.</returns>
    public DnsRefusal CopyDataTo(scoped ref DnsMessageWriter writer)
    {
        var layout = DnsDataLayout.Of(Type);
        var end = DataOffset + Data.Length;
        var reader = new WireReader(_packet[..end]);
        reader.Skip(DataOffset);
        writer.WriteBytes(reader.ReadBytes(layout.OctetsBefore));
        Span<byte> expanded = stackalloc byte[DnsName.OctetsMax];
        for (var names = layout.Names; names > 0; names--)
        {
            var refusal = DnsName.Read(ref reader, out var name);
            if (refusal != DnsRefusal.None)
                return refusal;

            var octets = expanded[..name.CopyTo(expanded)];
            if (layout.IsCompressible)
                writer.WriteName(octets);
            else
                writer.WriteBytes(octets);
        }

        if (reader.Failed || (layout.OctetsAfter >= 0 && reader.Remaining != layout.OctetsAfter))
            return DnsRefusal.RecordDataMismatch;

        writer.WriteBytes(reader.ReadBytes(reader.Remaining));
        return DnsRefusal.None;
    }

    /// <summary>Reads the record at the reader's place. On refusal the reader has failed.</summary>
    internal static DnsRefusal Read(scoped ref WireReader reader, DnsSection section, out DnsRecord record)
    {
        record = default;
        if (reader.Remaining == 0)
        {
            reader.Fail();
            return DnsRefusal.RecordMissing;
        }

        var refusal = DnsName.Read(ref reader, out var name);
        if (refusal != DnsRefusal.None)
            return refusal;

        reader.Skip(FixedSize - 2);
        var dataLength = reader.ReadUInt16();
        if (reader.Failed)
            return DnsRefusal.RecordCut;

        var dataOffset = reader.Offset;
        reader.Skip(dataLength);
        if (reader.Failed)
            return DnsRefusal.RecordDataCut;

        record = new DnsRecord(reader.Packet, section, name, dataOffset, dataLength);
        return DnsRefusal.None;
    }
}
