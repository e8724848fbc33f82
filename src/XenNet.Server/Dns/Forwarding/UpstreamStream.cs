using System.Net.Security;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// The way to an upstream over TCP (RFC 7766) or TLS (RFC 7858): one connection that is kept as long as it is used, and
/// another when that one is gone or full.
/// </summary>
internal sealed class UpstreamStream
{
    private readonly Upstream _upstream;
    private readonly SslClientAuthenticationOptions? _tls;
    private readonly Lock _opening = new();
    private StreamConnection? _current;

    /// <summary>No connection yet.</summary>
    /// <param name="upstream">Where it leads.</param>
    /// <param name="tls">For a server over TLS.</param>
    /// <exception cref="ArgumentException">It is a server over TLS, and nothing tells how to know it.</exception>
    public UpstreamStream(Upstream upstream, UpstreamTls? tls)
    {
        _upstream = upstream;
        if (upstream.Server.TlsName is { } name)
            _tls = tls?.OptionsFor(name) ?? throw new ArgumentException($"No TLS for {upstream.Server}.", nameof(tls));
    }

    /// <summary>Sends a query; what comes of it is put into the replies. Never waits.</summary>
    public void Ask(StreamQuery query)
    {
        lock (_opening)
        {
            if (_current?.TryAsk(query) == true)
                return;

            _current = new StreamConnection(_upstream, _tls, Repeat);
            _current.TryAsk(query);
            _current.Start();
        }
    }

    // The server closed a connection just as we used it again (RFC 7766 §6.2.4): once more, over a new one.
    private void Repeat(StreamQuery query) => Ask(query);
}

/// <summary>A query on its way over a stream.</summary>
/// <param name="framed">The message behind its length; the ID in it is changed on the way.</param>
/// <param name="number">The attempt's number.</param>
/// <param name="use">The attempt's use.</param>
/// <param name="replies">Gets what comes of it.</param>
internal sealed class StreamQuery(byte[] framed, int number, uint use, StreamReplies replies)
{
    /// <summary>Octets of the length before a message.</summary>
    public const int LengthOctets = sizeof(ushort);

    private const int NoAttempt = -1;

    /// <summary>One whose reply nobody waits for.</summary>
    public static StreamQuery Alone(byte[] framed, StreamReplies replies) => new(framed, NoAttempt, use: 0, replies);

    /// <summary>The message behind its length.</summary>
    public byte[] Framed { get; } = framed;

    /// <summary>The ID that the attempt knows it by.</summary>
    public ushort Id { get; } = (ushort)(framed[LengthOctets] << 8 | framed[LengthOctets + 1]);

    /// <summary>True once it was sent over a second connection.</summary>
    public bool WasRepeated { get; set; }

    /// <summary>It was answered.</summary>
    /// <param name="buffer">Rented; whoever takes the reply gives it back.</param>
    /// <param name="length">Octets of the message in it.</param>
    public void Replied(byte[] buffer, int length) =>
        replies.Put(new StreamReply(number, use, buffer.AsMemory(0, length), buffer));

    /// <summary>It gets no answer.</summary>
    /// <param name="untrusted">Why the server cannot be trusted; null when it cannot be reached.</param>
    public void Lost(string? untrusted) => replies.Put(new StreamReply(number, use, default, null, untrusted));
}
