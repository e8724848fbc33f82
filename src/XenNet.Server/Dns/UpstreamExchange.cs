using System.Buffers.Binary;
using System.Net.Sockets;
using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns;

/// <summary>One query to one upstream, over a socket of its own, and the verdict on what came back.</summary>
internal static class UpstreamExchange
{
    /// <summary>Octets of the longest reply over UDP that is taken; we announce 1232.</summary>
    public const int UdpOctetsMost = 4096;

    /// <summary>
    /// Messages that are no reply to what was asked, before the query is taken to TCP, where none can be forged.
    /// </summary>
    public const int MismatchesMax = 4;

    /// <summary>
    /// Over UDP. The socket is new, so that its port is another random one, and connected, so that the kernel drops
    /// what is not from the upstream's address and port.
    /// </summary>
    /// <param name="upstream">Whom to ask; mismatches are counted there.</param>
    /// <param name="message">The query.</param>
    /// <param name="answer">At least <see cref="UdpOctetsMost"/> octets.</param>
    /// <param name="timeUp">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The verdict and the octets received; <see cref="UpstreamVerdict.Truncated"/> as well after too many
    /// mismatches.
    /// </returns>
    /// <exception cref="SocketException">The upstream cannot be reached.</exception>
    public static async ValueTask<(UpstreamVerdict Verdict, int Length)> OverUdpAsync(
        Upstream upstream, ReadOnlyMemory<byte> message, Memory<byte> answer, CancellationToken timeUp)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(upstream.SocketEndpoint);
        await socket.SendAsync(message, timeUp);
        for (var mismatches = 0; mismatches < MismatchesMax; mismatches++)
        {
            var length = await socket.ReceiveAsync(answer, timeUp);
            var verdict = UpstreamMessage.Judge(answer.Span[..length], message.Span, overTcp: false);
            if (verdict < UpstreamVerdict.HeaderCut)
                return (verdict, length);

            upstream.CountMismatched();
        }

        return (UpstreamVerdict.Truncated, 0);
    }

    /// <summary>Over TCP (RFC 7766): length, message, and the same back.</summary>
    /// <param name="upstream">Whom to ask.</param>
    /// <param name="message">The query.</param>
    /// <param name="rent">Gives a buffer of that many octets for the reply.</param>
    /// <param name="timeUp">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="SocketException">The upstream cannot be reached, or hung up.</exception>
    public static async ValueTask<(UpstreamVerdict Verdict, int Length)> OverTcpAsync(
        Upstream upstream, ReadOnlyMemory<byte> message, Func<int, Memory<byte>> rent, CancellationToken timeUp)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        await socket.ConnectAsync(upstream.SocketEndpoint, timeUp);

        // Length and message in one segment: some servers read no further than the first (RFC 7766 §8).
        var framed = new byte[sizeof(ushort) + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.Span.CopyTo(framed.AsSpan(sizeof(ushort)));
        await socket.SendAsync(framed, timeUp);

        var length = framed.AsMemory(0, sizeof(ushort));
        if (!await TryReceiveAsync(socket, length, timeUp))
            return (UpstreamVerdict.HeaderCut, 0);

        var answer = rent(BinaryPrimitives.ReadUInt16BigEndian(length.Span));
        if (!await TryReceiveAsync(socket, answer, timeUp))
            return (UpstreamVerdict.HeaderCut, 0);

        return (UpstreamMessage.Judge(answer.Span, message.Span, overTcp: true), answer.Length);
    }

    /// <summary>Fills the buffer; false when the other side ended before.</summary>
    public static async ValueTask<bool> TryReceiveAsync(Socket socket, Memory<byte> buffer, CancellationToken timeUp)
    {
        while (!buffer.IsEmpty)
        {
            var count = await socket.ReceiveAsync(buffer, timeUp);
            if (count == 0)
                return false;

            buffer = buffer[count..];
        }

        return true;
    }
}
