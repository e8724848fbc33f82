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
    private const int OverloadLength = PieceOverhead + 1;

    private readonly Span<byte> _names;
    private bool _mayOverload;
    private WireWriter _options;
    private WireWriter _file;
    private WireWriter _serverName;

    /// <summary>Begins a message.</summary>
    /// <param name="message">Room for <see cref="LengthLeast"/> octets or more: the most that is written.</param>
    /// <param name="header">The fixed part.</param>
    /// <param name="mayOverload">
    /// What does not fit the options field may go into file and sname, which must then have nothing else (option 52).
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The room is less than that.</exception>
    public DhcpReplyWriter(Span<byte> message, scoped in DhcpHeader header, bool mayOverload = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(message.Length, LengthLeast, nameof(message));
        _mayOverload = mayOverload;
        _options = new WireWriter(message);
        header.Write(ref _options);
        _options.WriteUInt32(DhcpHeader.MagicCookie);
        _names = NamesOf(message);
        if (mayOverload)
        {
            _file = new WireWriter(message.Slice(DhcpHeader.FileOffset, DhcpHeader.FileSize));
            _serverName = new WireWriter(message.Slice(DhcpHeader.ServerNameOffset, DhcpHeader.ServerNameSize));
        }
    }

    /// <summary>Octets that are kept free in the options field for options that must still come.</summary>
    public int Reserved { get; set; }

    /// <summary>True while what does not fit the options field may go into file and sname.</summary>
    public readonly bool MayOverload => _mayOverload;

    /// <summary>
    /// Octets of payload that fit a client's maximum message size; none given, or less than the RFC allows, is 576.
    /// </summary>
    public static int LengthMost(ushort? maximumMessageSize) =>
        Math.Max((int)(maximumMessageSize ?? 0), DatagramSizeDefault) - DatagramOverhead;

    /// <summary>Octets that a value takes as an option: one above 255 octets is split (RFC 3396).</summary>
    public static int SizeOf(int valueLength) =>
        valueLength + PieceOverhead * Math.Max(1, (valueLength + PieceLengthMost - 1) / PieceLengthMost);

    /// <summary>Writes a message without options, as one without the magic cookie is answered.</summary>
    /// <param name="message">Room for <see cref="LengthLeast"/> octets or more.</param>
    /// <param name="header">The fixed part.</param>
    /// <param name="file">The field file; what does not fit with a zero behind it is left out.</param>
    /// <returns>Octets of the whole message.</returns>
    public static int WriteBare(Span<byte> message, scoped in DhcpHeader header, scoped ReadOnlySpan<byte> file = default)
    {
        var writer = new WireWriter(message);
        header.Write(ref writer);
        writer.WriteZeros(LengthLeast - writer.Length);
        if (file.Length < DhcpHeader.FileSize)
        {
            file.CopyTo(NamesOf(message)[DhcpHeader.ServerNameSize..]);
        }

        return writer.Length;
    }

    /// <summary>
    /// Puts a name into the field file, which then takes no options; false when it does not fit with a zero behind it.
    /// </summary>
    public bool TryWriteFile(scoped ReadOnlySpan<byte> name)
    {
        if (name.Length >= DhcpHeader.FileSize)
        {
            return false;
        }

        name.CopyTo(_names[DhcpHeader.ServerNameSize..]);
        _file = default;
        return true;
    }

    /// <summary>The same for the field sname.</summary>
    public bool TryWriteServerName(scoped ReadOnlySpan<byte> name)
    {
        if (name.Length >= DhcpHeader.ServerNameSize)
        {
            return false;
        }

        name.CopyTo(_names);
        _serverName = default;
        return true;
    }

    /// <summary>Writes an option; false when it does not fit and so was left out.</summary>
    public bool TryWrite(DhcpOptionCode code, scoped ReadOnlySpan<byte> value)
    {
        var kept = EndLength + Reserved + (_mayOverload ? OverloadLength : 0);
        var size = SizeOf(value.Length);
        if (size <= _options.Room - kept)
        {
            Write(ref _options, code, value);
        }
        else if (size <= _file.Room - EndLength)
        {
            Write(ref _file, code, value);
        }
        else if (size <= _serverName.Room - EndLength)
        {
            Write(ref _serverName, code, value);
        }
        else
        {
            return false;
        }

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

    /// <summary>Ends the fields that were overloaded, and says so in option 52. What comes now stands behind it.</summary>
    public void EndOverload()
    {
        var used = (EndField(ref _file) ? 1 : 0) | (EndField(ref _serverName) ? 2 : 0);
        if (used != 0)
        {
            Write(ref _options, DhcpOptionCode.Overload, [(byte)used]);
        }

        _mayOverload = false;
    }

    /// <summary>Ends the message and pads it.</summary>
    /// <returns>Octets of the whole message.</returns>
    public int Finish()
    {
        EndOverload();
        _options.WriteByte((byte)DhcpOptionCode.End);
        _options.WriteZeros(Math.Max(0, LengthLeast - _options.Length));
        return _options.Length;
    }

    // sname and file, which stand one behind the other.
    private static Span<byte> NamesOf(Span<byte> message) =>
        message.Slice(DhcpHeader.ServerNameOffset, DhcpHeader.ServerNameSize + DhcpHeader.FileSize);

    // False when nothing is in it.
    private static bool EndField(ref WireWriter field)
    {
        var isUsed = field.Length > 0;
        if (isUsed)
        {
            field.WriteByte((byte)DhcpOptionCode.End);
        }

        field = default;
        return isUsed;
    }

    private static void Write(ref WireWriter field, DhcpOptionCode code, scoped ReadOnlySpan<byte> value)
    {
        do
        {
            var piece = value[..Math.Min(value.Length, PieceLengthMost)];
            field.WriteByte((byte)code);
            field.WriteByte((byte)piece.Length);
            field.WriteBytes(piece);
            value = value[piece.Length..];
        }
        while (!value.IsEmpty);
    }
}
