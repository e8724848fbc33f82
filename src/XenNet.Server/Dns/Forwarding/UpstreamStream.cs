using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>The way to an upstream over TCP (RFC 7766).</summary>
internal sealed class UpstreamStream(Upstream upstream)
{
    private static readonly TimeSpan TimeMost = TimeSpan.FromSeconds(5);

    /// <summary>Sends a query; what comes of it is put into <paramref name="replies"/>.</summary>
    /// <param name="message">Copied.</param>
    /// <param name="number">The attempt's number.</param>
    /// <param name="use">The attempt's use.</param>
    /// <param name="replies">Gets a reply, or an empty one.</param>
    public void Ask(ReadOnlySpan<byte> message, int number, uint use, StreamReplies replies)
    {
        // Length and message in one segment: some servers read no further than the first (RFC 7766 §8).
        var framed = new byte[sizeof(ushort) + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsSpan(sizeof(ushort)));
        _ = AskAsync(framed, number, use, replies);
    }

    private async Task AskAsync(byte[] framed, int number, uint use, StreamReplies replies)
    {
        byte[]? buffer = null;
        var octets = ReadOnlyMemory<byte>.Empty;
        try
        {
            using var timer = new CancellationTokenSource(TimeMost);
            var remote = upstream.Server.Endpoint.ToIPEndPoint();
            using var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.NoDelay = true;
            await socket.ConnectAsync(remote, timer.Token);
            await socket.SendAsync(framed, timer.Token);
            using var stream = new NetworkStream(socket);
            await stream.ReadExactlyAsync(framed.AsMemory(0, sizeof(ushort)), timer.Token);
            var length = BinaryPrimitives.ReadUInt16BigEndian(framed);
            buffer = ArrayPool<byte>.Shared.Rent(Math.Max((int)length, 1));
            await stream.ReadExactlyAsync(buffer.AsMemory(0, length), timer.Token);
            octets = buffer.AsMemory(0, length);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // Unreachable, silent or hung up: an empty reply says so.
        }

        replies.Put(new StreamReply(number, use, octets, buffer));
    }
}
