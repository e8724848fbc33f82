using System.Buffers;
using System.Net.Sockets;

namespace XenNet.Server.Dns.Tcp;

/// <summary>
/// The replies of one connection on their way out, in the order in which they are ready (RFC 7766 §7). Whoever sends
/// never waits: what the kernel does not take at once is kept and follows.
/// </summary>
/// <param name="socket">The connection.</param>
/// <param name="closed">Cancelled when it is over.</param>
internal sealed class TcpReplies(Socket socket, CancellationToken closed)
{
    /// <summary>
    /// Octets kept for a client that does not read, besides what the kernel keeps. One that leaves more unread while
    /// its answers come in is hung up on.
    /// </summary>
    public const int UnsentOctetsMost = 256 * 1024;

    private readonly Lock _sending = new();
    private readonly Queue<ArraySegment<byte>> _unsent = [];
    private int _unsentOctets;
    private long _waitingSince;
    private bool _ended;

    /// <summary>Completes when nothing is kept any more; it never fails.</summary>
    public Task Flushed { get; private set; } = Task.CompletedTask;

    /// <summary>Sends a message with its length before it, from any thread.</summary>
    /// <returns>False when the connection is lost, or the client has left too much unread.</returns>
    public bool TrySend(ReadOnlySpan<byte> framed)
    {
        lock (_sending)
        {
            if (_ended || _unsentOctets + framed.Length > UnsentOctetsMost)
                return false;

            // A copy of its own size: it may have to stay, and the buffer that it was written in is 64 KiB.
            var kept = ArrayPool<byte>.Shared.Rent(framed.Length);
            framed.CopyTo(kept);
            _unsent.Enqueue(new ArraySegment<byte>(kept, 0, framed.Length));
            _unsentOctets += framed.Length;
            if (_unsent.Count == 1)
            {
                _waitingSince = Environment.TickCount64;
                Flushed = FlushAsync();
            }

            return !_ended;
        }
    }

    /// <summary>True when the client has taken nothing for that long though something waits for it.</summary>
    public bool IsStalled(long now, TimeSpan time)
    {
        lock (_sending)
        {
            return _unsent.Count > 0 && now - _waitingSince > time.TotalMilliseconds;
        }
    }

    /// <summary>Sends nothing more. Once <see cref="Flushed"/> has completed then, the socket may be closed.</summary>
    public void End()
    {
        lock (_sending)
        {
            _ended = true;
        }
    }

    // As a rule all of it is done before the first wait, and nothing is allocated.
    private async Task FlushAsync()
    {
        try
        {
            for (var next = First(); next.Count > 0; next = Following(next))
            {
                for (var sent = 0; sent < next.Count;)
                    sent += await socket.SendAsync(next[sent..], SocketFlags.None, closed);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The client is gone, or was hung up on; what was kept goes with the connection.
            End();
        }
    }

    private ArraySegment<byte> First()
    {
        lock (_sending)
        {
            return _unsent.Peek();
        }
    }

    // What was being sent goes only now, so that nobody could send past it.
    private ArraySegment<byte> Following(ArraySegment<byte> sent)
    {
        lock (_sending)
        {
            ArrayPool<byte>.Shared.Return(_unsent.Dequeue().Array!);
            _unsentOctets -= sent.Count;
            _waitingSince = Environment.TickCount64;
            return _unsent.TryPeek(out var next) ? next : default;
        }
    }
}
