using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// One connection to an upstream: queries leave as they come, replies come in any order and are told apart by their ID
/// (RFC 7766 §6.2.1, §7). It ends when nothing has come for a while.
/// </summary>
/// <param name="upstream">Where it leads.</param>
/// <param name="tls">Null for plain TCP.</param>
/// <param name="repeat">Takes queries that were lost because the server had closed the connection.</param>
[SuppressMessage("Design", "CA1001", Justification = "It runs by itself, and disposes of its timer at its end.")]
internal sealed class StreamConnection(
    Upstream upstream, SslClientAuthenticationOptions? tls, Action<StreamQuery> repeat)
{
    // Unanswered ones count until the connection ends; what is beyond opens another.
    private const int QueriesMost = 4096;

    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    // With queries on it and nothing coming, it is dead, though nobody told us.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(4);

    private readonly Lock _using = new();
    private readonly Dictionary<ushort, StreamQuery> _waiting = [];
    private readonly Channel<StreamQuery> _toSend = Channel.CreateUnbounded<StreamQuery>();
    private readonly CancellationTokenSource _timer = new();
    private ushort _nextId;
    private bool _hasEnded;
    private bool _wasAnswered;

    /// <summary>Takes a query; false when the connection has ended or is full.</summary>
    public bool TryAsk(StreamQuery query)
    {
        lock (_using)
        {
            if (_hasEnded || _waiting.Count >= QueriesMost)
                return false;

            // IDs of our own keep those of different attempts apart; over a connection they need not be unguessable.
            while (_waiting.ContainsKey(_nextId))
                _nextId++;

            BinaryPrimitives.WriteUInt16BigEndian(query.Framed.AsSpan(StreamQuery.LengthOctets), _nextId);
            _waiting.Add(_nextId++, query);
            if (_waiting.Count == 1)
                _timer.CancelAfter(AnswerTime);

            return _toSend.Writer.TryWrite(query);
        }
    }

    /// <summary>Opens it and serves it to its end. It owns itself: its end is told to all who wait.</summary>
    public void Start() => _ = RunAsync();

    private async Task RunAsync()
    {
        string? untrusted = null;
        Task sending = Task.CompletedTask;
        try
        {
            using var socket = await ConnectAsync();
            await using var stream = await SecureAsync(new NetworkStream(socket));
            sending = SendAsync(stream);
            await ReceiveAsync(stream);
        }
        catch (AuthenticationException e)
        {
            untrusted = UpstreamTls.Describe(e);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // Unreachable, idle, dead or hung up: the same to those who wait.
        }

        End(untrusted);
        await sending;
        _timer.Dispose();
    }

    private async Task<Socket> ConnectAsync()
    {
        var remote = upstream.Server.Endpoint.ToIPEndPoint();
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            upstream.BindStream(socket);
            await socket.ConnectAsync(remote, _timer.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> SecureAsync(NetworkStream plain)
    {
        if (tls is null)
            return plain;

        var secure = new SslStream(plain);
        try
        {
            await secure.AuthenticateAsClientAsync(tls, _timer.Token);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    private async Task SendAsync(Stream stream)
    {
        try
        {
            // Length and message in one segment: some servers read no further than the first (RFC 7766 §8).
            await foreach (var query in _toSend.Reader.ReadAllAsync(_timer.Token))
                await stream.WriteAsync(query.Framed, _timer.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException
            or ObjectDisposedException)
        {
            // The receiving side ends the connection.
        }
    }

    private async Task ReceiveAsync(Stream stream)
    {
        var head = new byte[StreamQuery.LengthOctets];
        while (true)
        {
            await stream.ReadExactlyAsync(head, _timer.Token);
            var length = BinaryPrimitives.ReadUInt16BigEndian(head);
            var buffer = ArrayPool<byte>.Shared.Rent(Math.Max((int)length, sizeof(ushort)));
            await stream.ReadExactlyAsync(buffer.AsMemory(0, length), _timer.Token);
            if (length < sizeof(ushort) || Take(buffer) is not { } query)
            {
                // A reply that nobody waits for: a server that does so cannot be followed any more.
                ArrayPool<byte>.Shared.Return(buffer);
                return;
            }

            BinaryPrimitives.WriteUInt16BigEndian(buffer, query.Id);
            query.Replied(buffer, length);
        }
    }

    private StreamQuery? Take(ReadOnlySpan<byte> reply)
    {
        lock (_using)
        {
            _wasAnswered = true;
            _waiting.Remove(BinaryPrimitives.ReadUInt16BigEndian(reply), out var query);
            _timer.CancelAfter(_waiting.Count == 0 ? IdleTime : AnswerTime);
            return query;
        }
    }

    private void End(string? untrusted)
    {
        StreamQuery[] lost;
        lock (_using)
        {
            _hasEnded = true;
            lost = [.. _waiting.Values];
            _waiting.Clear();
        }

        _toSend.Writer.TryComplete();
        foreach (var query in lost)
        {
            if (_wasAnswered && !query.WasRepeated && !_timer.IsCancellationRequested)
            {
                query.WasRepeated = true;
                repeat(query);
            }
            else
            {
                query.Lost(untrusted);
            }
        }
    }
}
