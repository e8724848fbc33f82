using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Linux;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// Queries that UDP threads hand over because an upstream must be asked. Handing over copies the query, never waits
/// and, once as many as ever wait have waited, allocates nothing.
/// </summary>
internal sealed class UdpForwards(
    Forwarder forwarder, DnsResponder responder, ClientShares shares, MistakeLog mistakes, DnsLatency latency,
    CancellationToken stop)
{
    private readonly ConcurrentQueue<Pending> _idle = new();

    /// <summary>Takes over a query; false when too many are waiting already, of this client or in all.</summary>
    /// <param name="query">The query as it came.</param>
    /// <param name="key">What is asked of upstreams (<see cref="UpstreamQuestion"/>).</param>
    /// <param name="expired">An answer to fall back on; or null.</param>
    /// <param name="origin">Where the answer goes.</param>
    public bool TryTake(
        ReadOnlySpan<byte> query, ReadOnlySpan<byte> key, CachedAnswer? expired, in UdpOrigin origin)
    {
        if (!shares.TryTake(origin.Path.Remote))
            return false;

        if (!_idle.TryDequeue(out var pending))
            pending = new Pending(this);

        pending.Hold(query, origin);
        forwarder.Ask(key, expired, pending);
        return true;
    }

    /// <summary>Has the question of an answer that is soon over asked again; nobody waits.</summary>
    public void Refresh(CachedAnswer known) => forwarder.Refresh(known);

    private void Answer(Pending pending, in Resolution resolution)
    {
        // While we stop, silence makes the client ask again, and then our successor is there.
        if (!stop.IsCancellationRequested)
        {
            try
            {
                Send(pending, resolution);
            }
            catch (Exception e)
            {
                // A mistake of ours must cost this one answer, not the process.
                mistakes.Note(DnsMistake.UdpForward, e, Environment.TickCount64);
            }
        }

        // The share that is returned at the end is what DnsServer waits for when it stops.
        var client = pending.Origin.Path.Remote;
        _idle.Enqueue(pending);
        shares.Return(client);
    }

    private void Send(Pending pending, in Resolution resolution)
    {
        var reply = ArrayPool<byte>.Shared.Rent(DnsEdns.PayloadOctetsMost);
        var length = responder.Complete(
            pending.Query, reply, pending.Origin.Arrival, resolution, Environment.TickCount64);
        if (length > 0)
            pending.Origin.Socket.TrySend(reply.AsSpan(0, length), pending.Origin.Path);

        ArrayPool<byte>.Shared.Return(reply);
        latency.AddUpstream(pending.Begun);
    }

    private sealed class Pending(UdpForwards owner) : ForwardWaiter
    {
        private byte[] _octets = new byte[DnsEdns.PayloadOctetsLeast];
        private int _length;
        private UdpOrigin _origin;

        public long Begun { get; private set; }

        public ReadOnlySpan<byte> Query => _octets.AsSpan(0, _length);

        public ref readonly UdpOrigin Origin => ref _origin;

        public void Hold(ReadOnlySpan<byte> query, in UdpOrigin origin)
        {
            if (_octets.Length < query.Length)
                _octets = new byte[query.Length];

            query.CopyTo(_octets);
            (_length, _origin, Begun) = (query.Length, origin, Stopwatch.GetTimestamp());
        }

        public override void Complete(in Resolution resolution) => owner.Answer(this, resolution);
    }
}

/// <summary>Where a query over UDP came from, and so where its answer goes.</summary>
/// <param name="Arrival">As the responder was told.</param>
/// <param name="Path">The addresses and ports.</param>
/// <param name="Socket">What it came through.</param>
internal readonly record struct UdpOrigin(DnsArrival Arrival, DatagramPath Path, DatagramBatchSocket Socket);
