using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>An outstanding query at one upstream: our message and the socket that its reply comes to. Used again.</summary>
/// <param name="number">Its place among all.</param>
internal sealed class Attempt(int number)
{
    /// <summary>
    /// Messages that are no reply to what was asked, before the query is taken to TCP, where none can be forged.
    /// </summary>
    public const int MismatchesMax = 4;

    /// <summary>What stands for a socket where there is none.</summary>
    public const int NoDescriptor = -1;

    private byte[] _message = new byte[96];
    private int _length;

    /// <summary>Its place among all.</summary>
    public int Number { get; } = number;

    /// <summary>Which use of the object this is: what was meant for an earlier one is told by it.</summary>
    public uint Use { get; private set; }

    /// <summary>Whose it is; null while unused.</summary>
    public OutstandingQuery? Query { get; private set; }

    /// <summary>The next of the same query, or of the unused.</summary>
    public Attempt? Next { get; set; }

    /// <summary>Which of its group's upstreams is asked.</summary>
    public int Index { get; private set; }

    /// <summary>Who is asked.</summary>
    public Upstream Upstream => Query!.Group.Upstreams[Index];

    /// <summary>The UDP socket; <see cref="NoDescriptor"/> while it goes over a stream.</summary>
    public int Descriptor { get; set; } = NoDescriptor;

    /// <summary>When it was sent: <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public long SentAt { get; set; }

    /// <summary>When waiting for it is over: milliseconds.</summary>
    public long SilentAt { get; set; }

    /// <summary>True once that was counted.</summary>
    public bool WasSilent { get; set; }

    /// <summary>True when a reply does not tell a round trip: it was sent twice, or by TCP (Karn's algorithm).</summary>
    public bool IsUnmeasurable { get; set; }

    /// <summary>False for a server from before EDNS.</summary>
    public bool WithEdns { get; set; }

    /// <summary>Messages that came and were no reply.</summary>
    public int Mismatches { get; set; }

    /// <summary>Our query as sent.</summary>
    public ReadOnlySpan<byte> Message => _message.AsSpan(0, _length);

    /// <summary>Takes it into use.</summary>
    public void Begin(OutstandingQuery query, int index)
    {
        (Query, Index, Descriptor, Mismatches) = (query, index, NoDescriptor, 0);
        (WasSilent, IsUnmeasurable, WithEdns) = (false, false, true);
        Use++;
    }

    /// <summary>Puts it out of use.</summary>
    public void End() => Query = null;

    /// <summary>Composes our query.</summary>
    /// <param name="id">Unguessable.</param>
    /// <param name="caseBits">Of chance; or none.</param>
    public void Write(ushort id, ReadOnlySpan<byte> caseBits)
    {
        // What the message has more than the key: header, class, OPT.
        const int Beside = UpstreamMessage.QueryOctetsMost - UpstreamQuestion.OctetsMost;
        var key = Query!.Key;
        if (_message.Length < key.Length + Beside)
            _message = new byte[UpstreamMessage.QueryOctetsMost];

        _length = UpstreamMessage.Write(UpstreamQuestion.Read(key), id, caseBits, WithEdns, _message);
    }
}
