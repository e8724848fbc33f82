using System.Text;

namespace XenNet.Wire.Tftp;

/// <summary>How the octets of a file are sent.</summary>
public enum TftpMode : byte
{
    /// <summary>As they are.</summary>
    Octet,

    /// <summary>As lines that end in CR LF (RFC 764).</summary>
    Netascii,
}

/// <summary>A client's request for a file: RRQ of RFC 1350 with the options of RFC 2347.</summary>
/// <remarks>
/// Opcode 0..1, then texts with a zero at the end: name, mode, and an option and its value as often as the client likes. Of an
/// option that comes twice the first counts; one that is not known, or whose value is none, is as good as absent, and so is
/// whatever behind the mode has no end.
/// </remarks>
public readonly ref struct TftpRequest
{
    /// <summary>Octets of a request at the most (RFC 2347).</summary>
    public const int OctetsMost = 512;

    /// <summary>Blocks are of 8 to 65,464 octets (RFC 2348).</summary>
    public const int BlockOctetsLeast = 8;

    /// <summary>Blocks are of 8 to 65,464 octets (RFC 2348).</summary>
    public const int BlockOctetsMost = 65_464;

    private const byte TimeoutSecondsMost = 255;

    /// <summary>The file's name as the client wrote it: at least one octet, none of them zero.</summary>
    public ReadOnlySpan<byte> FileName { get; private init; }

    /// <summary>How the file is wanted.</summary>
    public TftpMode Mode { get; private init; }

    /// <summary>blksize: octets of a block; 0 when not asked for.</summary>
    public int BlockOctets { get; private init; }

    /// <summary>timeout: seconds before a block is sent again; 0 when not asked for.</summary>
    public int TimeoutSeconds { get; private init; }

    /// <summary>windowsize: blocks that may be sent before they are confirmed; 0 when not asked for.</summary>
    public int WindowBlocks { get; private init; }

    /// <summary>tsize: the size of the file is asked for.</summary>
    public bool WantsSize { get; private init; }

    /// <summary>Reads a datagram that came to the port of requests.</summary>
    public static TftpRefusal Read(ReadOnlySpan<byte> packet, out TftpRequest request)
    {
        request = default;
        var reader = new WireReader(packet);
        var opcode = (TftpOpcode)reader.ReadUInt16();
        if (reader.Failed)
            return TftpRefusal.OpcodeCut;

        if (opcode != TftpOpcode.Read)
        {
            return opcode switch
            {
                TftpOpcode.Write => TftpRefusal.WriteRequest,
                > TftpOpcode.Write and <= TftpOpcode.OptionAcknowledgement => TftpRefusal.NotARequest,
                _ => TftpRefusal.OpcodeUnknown,
            };
        }

        if (packet.Length > OctetsMost)
            return TftpRefusal.RequestTooLong;

        var rest = packet[reader.Offset..];
        if (!TryTakeText(ref rest, out var name))
            return TftpRefusal.NameCut;

        if (name.IsEmpty)
            return TftpRefusal.NameEmpty;

        if (!TryTakeText(ref rest, out var mode))
            return TftpRefusal.ModeCut;

        var isNetascii = Is(mode, "netascii"u8);
        if (!isNetascii && !Is(mode, "octet"u8))
            return TftpRefusal.ModeUnknown;

        request = WithOptions(rest, name, isNetascii ? TftpMode.Netascii : TftpMode.Octet);
        return TftpRefusal.None;
    }

    private static TftpRequest WithOptions(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> name, TftpMode mode)
    {
        var (block, timeout, window, size) = (0, 0, 0, false);
        while (TryTakeText(ref rest, out var option) && !option.IsEmpty && TryTakeText(ref rest, out var value))
        {
            if (block == 0 && Is(option, "blksize"u8))
                block = Number(value, BlockOctetsLeast, ushort.MaxValue) is var asked and > 0 ? Math.Min(asked, BlockOctetsMost) : 0;
            else if (timeout == 0 && Is(option, "timeout"u8))
                timeout = Number(value, 1, TimeoutSecondsMost);
            else if (window == 0 && Is(option, "windowsize"u8))
                window = Number(value, 1, ushort.MaxValue);
            else
                size |= Is(option, "tsize"u8);
        }

        return new TftpRequest
        {
            FileName = name,
            Mode = mode,
            BlockOctets = block,
            TimeoutSeconds = timeout,
            WindowBlocks = window,
            WantsSize = size,
        };
    }

    // Each takes at least its zero, so whatever takes one after the other comes to an end.
    private static bool TryTakeText(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        var end = rest.IndexOf((byte)0);
        text = end < 0 ? [] : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return end >= 0;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(text, name);

    /// <summary>0 for what is no number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    private static int Number(ReadOnlySpan<byte> text, int least, int most)
    {
        var value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9' || value > most)
                return 0;

            value = value * 10 + (digit - '0');
        }

        return value >= least && value <= most ? value : 0;
    }
}
