using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Cli;

/// <summary>One question and its reply: over UDP, and over TCP when that is cut short.</summary>
/// <param name="server">Who is asked.</param>
/// <param name="patience">How long for both.</param>
/// <param name="cancel">Ends the wait.</param>
internal sealed class DnsExchange(IpEndpoint server, TimeSpan patience, CancellationToken cancel)
{
    /// <summary>For a server of ours, which itself tries its upstreams for 4.5 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    private const int PayloadOctets = 1232;

    private readonly IPEndPoint _server = server.ToIPEndPoint();

    /// <summary>A query, with recursion desired unless said otherwise.</summary>
    /// <param name="expandedName">The name's octets, uncompressed.</param>
    /// <param name="type">The type asked for.</param>
    /// <param name="flags">RD and CD.</param>
    /// <param name="dnssecOk">DO.</param>
    public static byte[] Query(ReadOnlySpan<byte> expandedName, DnsType type, DnsFlags flags, bool dnssecOk = false)
    {
        var buffer = new byte[512];
        var id = (ushort)RandomNumberGenerator.GetInt32(1 << 16);
        var writer = new DnsMessageWriter(buffer, id, flags);
        writer.WriteQuestion(expandedName, type, DnsClass.Internet);
        writer.WriteOpt(PayloadOctets, dnssecOk);
        return buffer[..writer.Finish()];
    }

    /// <summary>The reply's octets; its ID, flags and question are ours.</summary>
    /// <exception cref="CommandException">Nobody answers.</exception>
    public async Task<byte[]> Ask(byte[] query)
    {
        try
        {
            return await TryAsk(query) ?? throw CommandException.Failed(
                $"{server} did not answer within {patience.TotalSeconds} s; is lo in dns.listen?");
        }
        catch (Exception broken) when (broken is SocketException or IOException)
        {
            throw CommandException.Failed(
                $"{server} does not answer ({broken.Message}); xennet status tells whether DNS is on");
        }
    }

    /// <summary>The same; null when no reply comes in time.</summary>
    /// <exception cref="SocketException">It cannot be asked.</exception>
    /// <exception cref="IOException">It hung up.</exception>
    public async Task<byte[]?> TryAsk(byte[] query)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(patience);
        try
        {
            var reply = await OverUdp(query, late.Token);
            return new DnsWalk(reply).Header.Flags.Truncated ? await OverTcp(query, late.Token) : reply;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<byte[]> OverUdp(byte[] query, CancellationToken late)
    {
        using var socket = new Socket(_server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(_server, late);
        await socket.SendAsync(query, late);
        var buffer = new byte[ushort.MaxValue];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, late);
            if (IsReply(query, buffer.AsSpan(0, length))) return buffer[..length];
        }
    }

    private async Task<byte[]> OverTcp(byte[] query, CancellationToken late)
    {
        using var socket = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server, late);
        await using var stream = new NetworkStream(socket);
        var framed = new byte[2 + query.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed, 2);
        await stream.WriteAsync(framed, late);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, late);
        var reply = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(reply, late);
        return IsReply(query, reply) ? reply : throw new IOException("the reply is to another question");
    }

    private static bool IsReply(ReadOnlySpan<byte> query, ReadOnlySpan<byte> reply)
    {
        var asked = new DnsWalk(query);
        var answered = new DnsWalk(reply);
        return answered.Header.Flags.IsReply && answered.Header.Id == asked.Header.Id
            && asked.TryNextQuestion(out var question) && answered.TryNextQuestion(out var echoed)
            && question.Type == echoed.Type && question.Name.Matches(echoed.Name);
    }
}
