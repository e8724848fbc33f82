using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns.Tcp;

/// <summary>What becomes of a query that came over TCP: answered at once, dropped, or handed on.</summary>
internal sealed partial class TcpResponder(
    DnsResponder responder,
    Forwarder forwarder,
    ClientShares forwards,
    TcpCounters counters,
    ILogger logger,
    CancellationToken stop)
{
    private const int FrameOctetsMost = TcpConnection.LengthOctets + DnsResponder.ReplyOctetsMax;

    /// <summary>
    /// Takes a query that has a place on its connection, and gives that back with the answer, now or later.
    /// </summary>
    /// <returns>Why the connection has to end; null as a rule.</returns>
    public TcpEnd? Take(ReadOnlySpan<byte> query, TcpConnection from)
    {
        var frame = ArrayPool<byte>.Shared.Rent(FrameOctetsMost);
        try
        {
            var outcome = responder.Respond(query, Message(frame), from.Arrival, Environment.TickCount64);
            switch (outcome.Kind)
            {
                case DnsOutcomeKind.Answered:
                    counters.AddAnswer(outcome);
                    from.Send(Framed(frame, outcome.Length));
                    return null;
                case DnsOutcomeKind.Dropped:
                    counters.Add(outcome.Refusal);
                    from.EndQuery();
                    return TcpEnd.NoQuery;
                default:
                    Forward(query, from, frame);
                    return null;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    private static Span<byte> Message(byte[] frame) =>
        frame.AsSpan(TcpConnection.LengthOctets, DnsResponder.ReplyOctetsMax);

    // Length and message leave in one segment (RFC 7766 §8).
    private static ReadOnlySpan<byte> Framed(byte[] frame, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)length);
        return frame.AsSpan(0, TcpConnection.LengthOctets + length);
    }

    private void Forward(ReadOnlySpan<byte> query, TcpConnection from, byte[] frame)
    {
        if (!forwards.TryTake(from.Arrival.Remote))
        {
            counters.Add(DnsCount.Overloaded);
            from.Send(Framed(frame, Compose(query, [], Message(frame))));
            return;
        }

        counters.Add(DnsCount.Forwarded);
        _ = ForwardAsync(query.ToArray(), from);
    }

    private async Task ForwardAsync(byte[] query, TcpConnection from)
    {
        try
        {
            using var answer = await forwarder.ResolveAsync(query, stop);
            var frame = ArrayPool<byte>.Shared.Rent(FrameOctetsMost);
            from.Send(Framed(frame, Compose(query, answer.Octets, Message(frame))));
            ArrayPool<byte>.Shared.Return(frame);
        }
        catch (OperationCanceledException)
        {
            // We stop, and the connection with us.
            from.EndQuery();
        }
        catch (Exception e)
        {
            LogMistake(e);
            from.EndQuery();
        }
        finally
        {
            forwards.Return(from.Arrival.Remote);
        }
    }

    private static int Compose(ReadOnlySpan<byte> query, ReadOnlySpan<byte> answer, Span<byte> reply)
    {
        DnsQuery.Read(query, out var asked);
        return answer.IsEmpty ? ClientReply.WriteFailure(asked, reply) : ClientReply.Write(asked, answer, reply);
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "A forwarded query over TCP ended by a mistake of ours; its client gets no answer.")]
    private partial void LogMistake(Exception mistake);
}
