using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Linux;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns;

/// <summary>
/// Queries that UDP threads hand over because an upstream must be asked. Handing over copies the query, never waits
/// and, once as many as ever wait have waited, allocates nothing.
/// </summary>
internal sealed partial class UdpForwards(
    Forwarder forwarder, ClientShares shares, ILogger logger, CancellationToken stop)
{
    private readonly ConcurrentQueue<Pending> _idle = new();

    /// <summary>Takes over a query; false when too many are waiting already, of this client or in all.</summary>
    /// <param name="query">The query as it came.</param>
    /// <param name="path">Where the answer goes.</param>
    /// <param name="socket">What it goes through.</param>
    public bool TryTake(ReadOnlySpan<byte> query, in DatagramPath path, DatagramBatchSocket socket)
    {
        if (!shares.TryTake(path.Remote))
            return false;

        if (!_idle.TryDequeue(out var pending))
        {
            pending = new Pending(this);
        }

        pending.Hold(query, path, socket);
        ThreadPool.UnsafeQueueUserWorkItem(pending, preferLocal: false);
        return true;
    }

    private async Task AnswerAsync(Pending pending)
    {
        try
        {
            using var answer = await forwarder.ResolveAsync(pending.Query, stop);
            Send(pending, answer);
        }
        catch (OperationCanceledException)
        {
            // We stop. Silence makes the client ask again, and then our successor is there.
        }
        catch (Exception e)
        {
            // A mistake of ours must cost this one answer, not the process.
            LogMistake(e);
        }
        finally
        {
            shares.Return(pending.Path.Remote);
            _idle.Enqueue(pending);
        }
    }

    private static void Send(Pending pending, UpstreamAnswer answer)
    {
        DnsQuery.Read(pending.Query.Span, out var query);
        var buffer = ArrayPool<byte>.Shared.Rent(DnsEdns.PayloadOctetsMost);
        var reply = buffer.AsSpan(0, ClientReply.UdpOctetsMost(query));
        var length = answer.Length == 0
            ? ClientReply.WriteFailure(query, reply)
            : ClientReply.Write(query, answer.Octets, reply);
        pending.Socket.TrySend(reply[..length], pending.Path);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "A forwarded query ended by a mistake of ours; its client gets no answer.")]
    private partial void LogMistake(Exception mistake);

    private sealed class Pending(UdpForwards owner) : IThreadPoolWorkItem
    {
        private byte[] _octets = new byte[DnsEdns.PayloadOctetsLeast];
        private DatagramPath _path;
        private int _length;
        private DatagramBatchSocket? _socket;

        public ReadOnlyMemory<byte> Query => _octets.AsMemory(0, _length);

        public ref readonly DatagramPath Path => ref _path;

        public DatagramBatchSocket Socket => _socket!;

        public void Hold(ReadOnlySpan<byte> query, in DatagramPath path, DatagramBatchSocket socket)
        {
            if (_octets.Length < query.Length)
            {
                _octets = new byte[query.Length];
            }

            query.CopyTo(_octets);
            (_length, _path, _socket) = (query.Length, path, socket);
        }

        /// <summary>
        /// The share that is returned at the end is what <see cref="DnsServer"/> waits for when it stops.
        /// </summary>
        public void Execute() => _ = owner.AnswerAsync(this);
    }
}
