namespace XenNet.Wire.Dhcp;

/// <summary>
/// Walks the options of a packet in the order of RFC 3396 section 5: the options field, then the file field, then
/// the sname field, the last two only when overloaded. An option that is repeated is given piece by piece: its value
/// is all its pieces, one after the other. Drive it with <c>while (walk.MoveNext())</c>, then look at
/// <see cref="Refusal"/>.
/// </summary>
/// <remarks>Each step takes at least one octet or one of three fields: the walk is finite.</remarks>
public ref struct DhcpOptionWalk
{
    private readonly ReadOnlySpan<byte> _file;
    private readonly ReadOnlySpan<byte> _serverName;
    private WireReader _field;

    /// <summary>A walk over up to three fields.</summary>
    /// <param name="options">The octets after the magic cookie, Ethernet's padding included.</param>
    /// <param name="file">The file field when it holds options, else empty.</param>
    /// <param name="serverName">The sname field when it holds options, else empty.</param>
    public DhcpOptionWalk(ReadOnlySpan<byte> options, ReadOnlySpan<byte> file, ReadOnlySpan<byte> serverName)
    {
        _field = new WireReader(options);
        _file = file;
        _serverName = serverName;
    }

    /// <summary>The field being walked.</summary>
    public DhcpOptionField Field { get; private set; }

    /// <summary>The current option.</summary>
    public DhcpOptionCode Code { get; private set; }

    /// <summary>The current piece: 0 to 255 octets.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>What was wrong where the walk stopped; none when it went to the end.</summary>
    public DhcpRefusal Refusal { get; private set; }

    /// <summary>Goes to the next piece; false at the end and at damage.</summary>
    public bool MoveNext()
    {
        while (Refusal == DhcpRefusal.None)
        {
            if (_field.Remaining == 0)
            {
                Refusal = DhcpRefusal.EndMissing;
                return false;
            }

            Code = (DhcpOptionCode)_field.ReadByte();
            switch (Code)
            {
                case DhcpOptionCode.Pad:
                    continue;

                case DhcpOptionCode.End when TryEnterNextField():
                    continue;

                case DhcpOptionCode.End:
                    // Stays there, so that another call finds the end again.
                    _field = new WireReader(EndOnly);
                    return false;

                default:
                    Value = _field.ReadBytes(_field.ReadByte());
                    Refusal = _field.Failed ? DhcpRefusal.OptionCut : DhcpRefusal.None;
                    return Refusal == DhcpRefusal.None;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> EndOnly => [(byte)DhcpOptionCode.End];

    private bool TryEnterNextField()
    {
        if (Field < DhcpOptionField.File && !_file.IsEmpty)
        {
            Field = DhcpOptionField.File;
            _field = new WireReader(_file);
            return true;
        }

        if (Field < DhcpOptionField.ServerName && !_serverName.IsEmpty)
        {
            Field = DhcpOptionField.ServerName;
            _field = new WireReader(_serverName);
            return true;
        }

        return false;
    }
}

/// <summary>Where options stand, in the order in which they are read.</summary>
public enum DhcpOptionField
{
    /// <summary>After the magic cookie.</summary>
    Options,

    /// <summary>In the 128 octets of the boot file's name.</summary>
    File,

    /// <summary>In the 64 octets of the server's name.</summary>
    ServerName,
}
