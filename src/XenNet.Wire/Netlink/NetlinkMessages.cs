namespace XenNet.Wire.Netlink;

/// <summary>
/// Walks the messages of one datagram: <c>while (messages.MoveNext())</c>, then <see cref="Damaged"/>. Each step takes
/// at least a header, so it finishes.
/// </summary>
public ref struct NetlinkMessages(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    /// <summary>The current message's header.</summary>
    public NetlinkHeader Header { get; private set; }

    /// <summary>What follows the header, without padding.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>True once a message did not fit in the datagram or claimed to be shorter than its header.</summary>
    public bool Damaged { get; private set; }

    /// <summary>Goes to the next message; false at the end or when it is damaged.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        if (_rest.Length < NetlinkHeader.Size)
        {
            return Fail();
        }

        Header = NetlinkHeader.Read(_rest);
        if (Header.Length < NetlinkHeader.Size || Header.Length > _rest.Length)
        {
            return Fail();
        }

        Body = _rest[NetlinkHeader.Size..Header.Length];
        // The last message's padding may be missing.
        _rest = _rest[Math.Min(NetlinkWriter.Aligned(Header.Length), _rest.Length)..];
        return true;
    }

    private bool Fail()
    {
        (Damaged, Header) = (true, default);
        Body = [];
        _rest = [];
        return false;
    }
}
