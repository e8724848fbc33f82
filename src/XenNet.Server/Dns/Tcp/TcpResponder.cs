using System.Buffers;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns.Tcp;

/// <summary>What becomes of a query that came over TCP: answered at once, dropped, or handed on.</summary>
internal sealed class TcpResponder(
    ClientRates rates,
    DnsResponder responder,
    TcpTransfers transfers,
    Forwarder forwarder,
    ClientShares forwards,
    TcpCounters counters,
    MistakeLog mistakes,
    CancellationToken stop)
{
    /// <summary>
    /// Takes a query that has a place on its connection, and gives that back with the answer, now or later.
    /// </summary>
    /// <returns>Why the connection has to end; null as a rule.</returns>
    public TcpEnd? Take(ReadOnlySpan<byte> query, TcpConnection from)
    {
        var now = Environment.TickCount64;
        if (!from.Arrival.FromLoopback && !rates.TryTake(from.Arrival.Remote, now))
        {
            counters.Add(DnsAdmissionRefusal.RateLimited);
            from.EndQuery();
            return TcpEnd.RateLimited;
        }

        var frame = ArrayPool<byte>.Shared.Rent(TcpFrame.OctetsMost);
        try
        {
            var outcome = responder.Respond(query, TcpFrame.Message(frame), from.Arrival, now);
            switch (outcome.Kind)
            {
                case DnsOutcomeKind.Answered when outcome.Refusal == DnsRefusal.TransferRefused
                    && transfers.TryBegin(query, from):
                    return null;
                case DnsOutcomeKind.Answered:
                    counters.AddAnswer(outcome);
                    from.Send(TcpFrame.Finish(frame, outcome.Length));
                    if (outcome.Known is { } known)
                        forwarder.Refresh(known);

                    return null;
                case DnsOutcomeKind.Dropped:
                    counters.Add(outcome.Refusal);
                    from.EndQuery();
                    return TcpEnd.NoQuery;
                default:
                    Forward(query, from, TcpFrame.Message(frame)[..outcome.Length], outcome.Known);
                    return null;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    /// <summary>Sends what came of a query that upstreams were asked about.</summary>
    internal void Finish(ReadOnlySpan<byte> query, TcpConnection from, in Resolution resolution)
    {
        try
        {
            if (stop.IsCancellationRequested)
                from.EndQuery();
            else
                Send(query, from, resolution);
        }
        catch (Exception e)
        {
            // A mistake of ours must cost this answer, not the process.
            mistakes.Note(DnsMistake.TcpForward, e, Environment.TickCount64);
            from.EndQuery();
        }

        forwards.Return(from.Arrival.Remote);
    }

    private void Forward(ReadOnlySpan<byte> query, TcpConnection from, ReadOnlySpan<byte> key, CachedAnswer? expired)
    {
        if (!forwards.TryTake(from.Arrival.Remote))
        {
            counters.Add(DnsCount.Overloaded);
            Send(query, from, Resolution.Of(expired, ResolutionFailure.Overloaded));
            return;
        }

        counters.Add(DnsCount.Forwarded);
        forwarder.Ask(key, expired, new TcpForward(this, query.ToArray(), from));
    }

    private void Send(ReadOnlySpan<byte> query, TcpConnection from, in Resolution resolution)
    {
        var frame = ArrayPool<byte>.Shared.Rent(TcpFrame.OctetsMost);
        var length = responder.Complete(query, TcpFrame.Message(frame), from.Arrival, resolution, Environment.TickCount64);
        from.Send(TcpFrame.Finish(frame, length));
        ArrayPool<byte>.Shared.Return(frame);
    }
}
