namespace XenNet.Wire.Dhcp;

/// <summary>
/// Writes a server's message into a buffer that the caller owns: the fixed part, then options in the order of the
/// calls. An option is written whole or not at all. Room for the end option is always kept.
/// </summary>
public ref struct DhcpReplyWriter
{
    /// <summary>Octets of a message at the least: BOOTP clients drop less (RFC 1542 section 2.1).</summary>
    public const int LengthLeast = 300;

    /// <summary>Octets of IP datagram that each client takes (RFC 2131 section 2), all headers included.</summary>
    public const int DatagramSizeDefault = 576;

    /// <summary>Octets of an IPv4 header without options and a UDP header.</summary>
    public const int DatagramOverhead = 28;

    private const int PieceLengthMost = byte.MaxValue;
    private const int PieceOverhead = 2;
    private const int EndLength = 1;

    private WireWriter _writer;

    /// <summary>Begins a message.</summary>
    /// <param name="message">Room for <see cref="LengthLeast"/> octets or more: the most that is written.</param>
    /// <param name="header">The fixed part.</param>
    /// <exception cref="ArgumentOutOfRangeException">The room is less than that.</exception>
    public DhcpReplyWriter(Span<byte> message, scoped in DhcpHeader header)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(message.Length, LengthLeast, nameof(message));
        _writer = new WireWriter(message);
        header.Write(ref _writer);
        _writer.WriteUInt32(DhcpHeader.MagicCookie);
    }

    /// <summary>Octets that are kept free for options that must still come.</summary>
    public int Reserved { get; set; }

    /// <summary>
    /// Octets of payload that fit a client's maximum message size; none given, or less than the RFC allows, is 576.
    /// </summary>
    public static int LengthMost(ushort? maximumMessageSize) =>
        Math.Max((int)(maximumMessageSize ?? 0), DatagramSizeDefault) - DatagramOverhead;

    /// <summary>Octets that a value takes as an option: one above 255 octets is split (RFC 3396).</summary>
    public static int SizeOf(int valueLength) =>
        valueLength + PieceOverhead * Math.Max(1, (valueLength + PieceLengthMost - 1) / PieceLengthMost);

    /// <summary>Writes an option; false when it does not fit and so was left out.</summary>
    public bool TryWrite(DhcpOptionCode code, scoped ReadOnlySpan<byte> value)
    {
        if (SizeOf(value.Length) > _writer.Room - EndLength - Reserved)
        {
            return false;
        }

        do
        {
            var piece = value[..Math.Min(value.Length, PieceLengthMost)];
            _writer.WriteByte((byte)code);
            _writer.WriteByte((byte)piece.Length);
            _writer.WriteBytes(piece);
            value = value[piece.Length..];
        }
        while (!value.IsEmpty);

        return true;
    }

    /// <summary>An option of one octet.</summary>
    public bool TryWrite(DhcpOptionCode code, byte value) => TryWrite(code, [value]);

    /// <summary>An option of two octets.</summary>
    public bool TryWrite(DhcpOptionCode code, ushort value) => TryWrite(code, [(byte)(value >> 8), (byte)value]);

    /// <summary>An option of four octets.</summary>
    public bool TryWrite(DhcpOptionCode code, uint value) =>
        TryWrite(code, [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);

    /// <summary>An option that is one address.</summary>
    public bool TryWrite(DhcpOptionCode code, Ipv4Address value) => TryWrite(code, value.Value);

    /// <summary>Repeats an option of the request, piece by piece; true also when the request has none.</summary>
    public bool TryCopy(DhcpOptionCode code, scoped DhcpOptionWalk request)
    {
        while (request.MoveNext())
        {
            if (request.Code == code && !TryWrite(code, request.Value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Ends the message and pads it.</summary>
    /// <returns>Octets of the whole message.</returns>
    public int Finish()
    {
        _writer.WriteByte((byte)DhcpOptionCode.End);
        _writer.WriteZeros(Math.Max(0, LengthLeast - _writer.Length));
        return _writer.Length;
    }
}
