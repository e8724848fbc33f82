using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using XenNet.Core.Dns;

namespace XenNet.Server.Dns.Tcp;

/// <summary>
/// One client's connection: queries are read one after the other while earlier ones wait for upstreams, and each
/// reply leaves when it is ready (RFC 7766 §6.2.1.1, §7).
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "Neither holds a handle or a timer, and answers may come when all is over.")]
internal sealed class TcpConnection
{
    /// <summary>
    /// Queries of one connection that may wait for their answers. With so many nothing more is read from it.
    /// </summary>
    public const int QueriesInFlightMost = 32;

    // Room for the longest query behind its length, or for some twenty of the usual size at a time.
    private const int BufferOctets = TcpFrame.LengthOctets + DnsUdpThread.QueryOctetsMost;

    private const long NoQuery = long.MaxValue;

    private readonly Socket _socket;
    private readonly TcpResponder _responder;
    private readonly TcpCounters _counters;
    private readonly CancellationTokenSource _closed = new();
    private readonly SemaphoreSlim _places = new(QueriesInFlightMost);
    private readonly TcpReplies _replies;
    private long _idleSince = Environment.TickCount64;
    private long _queryBegan = NoQuery;

    /// <summary>Takes over a socket that was admitted.</summary>
    public TcpConnection(Socket socket, DnsArrival arrival, uint client, TcpResponder responder, TcpCounters counters)
    {
        (_socket, Arrival, Client, _responder, _counters) = (socket, arrival, client, responder, counters);
        _replies = new TcpReplies(socket, _closed.Token);
    }

    /// <summary>How it came in.</summary>
    public DnsArrival Arrival { get; }

    /// <summary>Whose it is, by <see cref="ClientHash.Key"/>.</summary>
    public uint Client { get; }

    /// <summary>Cancelled when it is over.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Completes when everything kept for the client is sent, or the connection is over.</summary>
    public Task Flushed => _replies.Flushed;

    /// <summary>True while no query waits for its answer and no answer for the client.</summary>
    public bool IsIdle => _places.CurrentCount == QueriesInFlightMost && Flushed.IsCompleted;

    /// <summary>Since when it is idle, if it is, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long IdleSince => Volatile.Read(ref _idleSince);

    /// <summary>Why it has to be ended now; null while it may stay.</summary>
    /// <param name="now">Milliseconds of <see cref="Environment.TickCount64"/>.</param>
    /// <param name="time">What a client is given to send a query, to read a reply and to think.</param>
    public TcpEnd? Overdue(long now, TimeSpan time)
    {
        // One deadline for a whole query: octets that trickle in do not extend it.
        var began = Volatile.Read(ref _queryBegan);
        return began != NoQuery && now - began > time.TotalMilliseconds ? TcpEnd.QueryTooSlow
            : _replies.IsStalled(now, time) ? TcpEnd.NotReading
            : began == NoQuery && IsIdle && now - IdleSince > time.TotalMilliseconds ? TcpEnd.Idle
            : null;
    }

    /// <summary>Ends it at once: what waits for an answer gets none.</summary>
    public void Close() => _closed.Cancel();

    /// <summary>Sends one whole answer, length before it, and gives its query's place back. From any thread.</summary>
    public void Send(ReadOnlySpan<byte> framed)
    {
        if (!TrySend(framed))
            Close();

        EndQuery();
    }

    /// <summary>Sends a part of an answer; false when the connection is lost. From any thread.</summary>
    public bool TrySend(ReadOnlySpan<byte> framed) => _replies.TrySend(framed);

    /// <summary>A query has had its last answer, or gets none. From any thread.</summary>
    public void EndQuery()
    {
        Volatile.Write(ref _idleSince, Environment.TickCount64);
        _places.Release();
    }

    /// <summary>Serves it to its end: the client has hung up and has its answers, or it was ended by us.</summary>
    public async Task ServeAsync()
    {
        try
        {
            await ReadAsync();
            await DrainAsync();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Reset by the client, or closed by us.
        }
        finally
        {
            _replies.End();
            await _closed.CancelAsync();
            await Flushed;
            _socket.Dispose();
        }
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            // An idle connection holds no buffer: this waits for the first octet and takes none.
            await _socket.ReceiveAsync(Memory<byte>.Empty, Closed);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferOctets);
            try
            {
                if (!await TryTakeAsync(buffer.AsMemory(0, BufferOctets)))
                    return;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Takes queries until none is left half read; false when no more are wanted or to come.</summary>
    private async ValueTask<bool> TryTakeAsync(Memory<byte> buffer)
    {
        var held = 0;
        do
        {
            var count = await _socket.ReceiveAsync(buffer[held..], Closed);
            if (count == 0)
            {
                NoteQueryBegan(NoQuery);
                return false;
            }

            held += count;
            var taken = 0;
            for (int size; (size = FrameSize(buffer.Span[taken..held])) > 0; taken += size)
            {
                if (size > BufferOctets || size == TcpFrame.LengthOctets)
                    return Refuse(TcpEnd.LengthUnusable);

                if (size > held - taken)
                    break;

                NoteQueryBegan(NoQuery);
                await MakeRoomAsync();
                if (_responder.Take(buffer.Span.Slice(taken, size)[TcpFrame.LengthOctets..], this) is { } end)
                    return Refuse(end);
            }

            buffer[taken..held].CopyTo(buffer);
            held -= taken;
            NoteQueryBegan(held == 0 ? NoQuery : Math.Min(_queryBegan, Environment.TickCount64));
        }
        while (held > 0);
        return true;
    }

    /// <summary>Octets of the first message with its length; 0 while that is not whole.</summary>
    private static int FrameSize(ReadOnlySpan<byte> octets) =>
        octets.Length < TcpFrame.LengthOctets ? 0 : TcpFrame.LengthOctets + BinaryPrimitives.ReadUInt16BigEndian(octets);

    private void NoteQueryBegan(long at) => Volatile.Write(ref _queryBegan, at);

    /// <summary>A place for a query; until there is one, and the client has read what we sent, we read no more.</summary>
    private async ValueTask MakeRoomAsync()
    {
        await Flushed;
        await _places.WaitAsync(Closed);
    }

    // Who has all places knows that every query has been answered.
    private async Task DrainAsync()
    {
        for (var place = 0; place < QueriesInFlightMost; place++)
            await _places.WaitAsync(Closed);

        await Flushed;
        _socket.Shutdown(SocketShutdown.Send);
    }

    private bool Refuse(TcpEnd end)
    {
        NoteQueryBegan(NoQuery);
        _counters.Add(end);
        return false;
    }
}
