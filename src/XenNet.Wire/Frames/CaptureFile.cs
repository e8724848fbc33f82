using System.Buffers.Binary;

namespace XenNet.Wire.Frames;

/// <summary>
/// The file that tcpdump and Wireshark read (pcap, version 2.4), with Ethernet frames and times in microseconds; numbers are
/// little-endian, which its first one tells.
/// </summary>
public static class CaptureFile
{
    /// <summary>Octets of the file's head.</summary>
    public const int HeadSize = 24;

    /// <summary>Octets before each frame: seconds 4, microseconds 4, octets kept 4, octets that it had 4.</summary>
    public const int RecordHeadSize = 16;

    /// <summary>Octets of a frame at the most.</summary>
    public const int FrameMost = 0x40000;

    private const uint Magic = 0xa1b2c3d4;
    private const uint Ethernet = 1;

    /// <summary>Writes the head.</summary>
    /// <remarks>Layout: magic 0..3, version 4..7, time zone and accuracy 8..15, longest frame 16..19, kind of link 20..23.</remarks>
    public static void WriteHead(Span<byte> head)
    {
        head[..HeadSize].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(head[16..], FrameMost);
        BinaryPrimitives.WriteUInt32LittleEndian(head[20..], Ethernet);
    }

    /// <summary>Writes what stands before a frame.</summary>
    /// <param name="record">Takes <see cref="RecordHeadSize"/> octets.</param>
    /// <param name="at">When it came.</param>
    /// <param name="length">Octets of it, which follow.</param>
    public static void WriteRecordHead(Span<byte> record, DateTimeOffset at, int length)
    {
        var microseconds = at.UtcTicks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond;
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)at.ToUnixTimeSeconds());
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)microseconds);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], length);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], length);
    }

    /// <summary>
    /// Writes a record of no octets in the place of frames that were lost: programs show it as a frame of which nothing was kept.
    /// </summary>
    /// <param name="record">Takes <see cref="RecordHeadSize"/> octets.</param>
    /// <param name="at">When it was seen that they are.</param>
    /// <param name="frames">How many.</param>
    public static void WriteLost(Span<byte> record, DateTimeOffset at, int frames)
    {
        WriteRecordHead(record, at, length: 0);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], frames);
    }

    /// <summary>Frames that were lost, by the head of a record of no octets.</summary>
    public static int FramesLost(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record[12..]);

    /// <summary>Octets of the frame that follow a record's head; negative when it is no such head.</summary>
    public static int FrameLength(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadInt32LittleEndian(record[8..]) is >= 0 and <= FrameMost and var length ? length : -1;
}
