using System.Buffers.Binary;

namespace XenNet.Core.Dns.Local;

/// <summary>Where a record was written, in eight octets.</summary>
/// <param name="Source">Which file: an index of <see cref="LocalData.Sources"/>.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1; 0 for the whole line.</param>
internal readonly record struct LocalPlace(ushort Source, uint Line, ushort Column)
{
    public static LocalPlace Read(ReadOnlySpan<byte> octets) => new(
        BinaryPrimitives.ReadUInt16BigEndian(octets),
        BinaryPrimitives.ReadUInt32BigEndian(octets[2..]),
        BinaryPrimitives.ReadUInt16BigEndian(octets[6..]));

    public void Write(Span<byte> octets)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, Source);
        BinaryPrimitives.WriteUInt32BigEndian(octets[2..], Line);
        BinaryPrimitives.WriteUInt16BigEndian(octets[6..], Column);
    }
}
