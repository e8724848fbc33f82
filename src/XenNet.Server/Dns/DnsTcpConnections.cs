using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns;

/// <summary>
/// Serves DNS over TCP (RFC 7766): messages behind their length, one after the other, as many as come before the
/// client is idle for too long. The same admission as over UDP, and at most so many connections in all and from one
/// client.
/// </summary>
internal sealed partial class DnsTcpConnections(
    DnsServerOptions options,
    DnsAdmission admission,
    DnsResponder responder,
    Forwarder forwarder,
    ClientShares connections,
    ClientShares forwards,
    ILogger logger,
    CancellationToken stop)
{
    /// <summary>Queries answered before a connection is closed: nobody keeps one for ever.</summary>
    private const int QueriesMost = 4096;

    private const int LengthOctets = sizeof(ushort);

    private readonly Lock _counting = new();

    /// <summary>What was counted on all connections.</summary>
    public DnsCounters Counters { get; } = new();

    /// <summary>Connections open now.</summary>
    public int Open => connections.Count;

    /// <summary>
    /// Takes over a connection: it is served to its end, or closed at once when it is not admitted.
    /// </summary>
    public void Serve(Socket connection)
    {
        if (!TryAdmit(connection, out var arrival))
        {
            connection.Dispose();
            return;
        }

        // Its share of the connections is what DnsServer waits for when it stops.
        _ = ServeAsync(connection, arrival);
    }

    private bool TryAdmit(Socket connection, out DnsArrival arrival)
    {
        arrival = default;
        try
        {
            var local = Read(connection.LocalEndPoint);
            var remote = Read(connection.RemoteEndPoint).Address;
            var refusal = admission.Admit(
                DatagramBatchSocket.InterfaceOf(connection), local, remote, out var fromLoopback);
            if (refusal != DnsAdmissionRefusal.None)
            {
                Count(refusal);
                return false;
            }

            arrival = new DnsArrival(DnsTransport.Tcp, local.Address, remote, fromLoopback);
            if (connections.TryTake(remote))
                return true;

            Count(DnsCount.Overloaded);
            return false;
        }
        catch (SocketException)
        {
            // It was gone before we could look at it.
            return false;
        }
    }

    private async Task ServeAsync(Socket connection, DnsArrival arrival)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(DnsUdpThread.QueryOctetsMost);
        try
        {
            connection.NoDelay = true;
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
            for (var queries = 0; queries < QueriesMost; queries++)
            {
                // One deadline for a whole query: octets that trickle in do not extend it.
                timer.CancelAfter(options.TcpIdleTime);
                var query = await ReceiveAsync(connection, buffer, timer.Token);
                if (query.IsEmpty || !await TryAnswerAsync(connection, query, arrival, timer))
                    return;
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Hung up, idle, too slow, or we stop: all of them end the connection.
        }
        catch (Exception e)
        {
            // A mistake of ours must cost this connection, not the process.
            LogMistake(e);
        }
        finally
        {
            connection.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
            connections.Return(arrival.Remote);
        }
    }

    /// <summary>The next query; empty when the client ended, or announces more than a query can have.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(
        Socket connection, Memory<byte> buffer, CancellationToken timeUp)
    {
        if (!await UpstreamExchange.TryReceiveAsync(connection, buffer[..LengthOctets], timeUp))
            return default;

        var length = BinaryPrimitives.ReadUInt16BigEndian(buffer.Span);
        if (length is 0 or > DnsUdpThread.QueryOctetsMost)
            return default;

        var query = buffer[..length];
        return await UpstreamExchange.TryReceiveAsync(connection, query, timeUp) ? query : default;
    }

    private async ValueTask<bool> TryAnswerAsync(
        Socket connection, ReadOnlyMemory<byte> query, DnsArrival arrival, CancellationTokenSource timer)
    {
        var framed = ArrayPool<byte>.Shared.Rent(LengthOctets + ushort.MaxValue);
        try
        {
            var reply = framed.AsMemory(LengthOctets, ushort.MaxValue);
            var outcome = responder.Respond(query.Span, reply.Span, arrival);
            if (outcome.Kind == DnsOutcomeKind.Dropped)
            {
                Count(outcome.Refusal);
                return false;
            }

            if (outcome.Kind == DnsOutcomeKind.Answered)
                CountAnswer(outcome.Refusal);

            var length = outcome.Kind == DnsOutcomeKind.Answered
                ? outcome.Length
                : await ForwardAsync(query, reply, arrival);

            // Length and message in one segment (RFC 7766 §8), and no longer wait for a client that does not read.
            BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)length);
            timer.CancelAfter(options.TcpIdleTime);
            await connection.SendAsync(framed.AsMemory(0, LengthOctets + length), timer.Token);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(framed);
        }
    }

    // The cache (issue 3) answers here, before an upstream is asked.
    private async ValueTask<int> ForwardAsync(ReadOnlyMemory<byte> query, Memory<byte> reply, DnsArrival arrival)
    {
        if (!forwards.TryTake(arrival.Remote))
        {
            Count(DnsCount.Overloaded);
            return Compose(query.Span, [], reply.Span);
        }

        try
        {
            Count(DnsCount.Forwarded);
            using var answer = await forwarder.ResolveAsync(query, stop);
            return Compose(query.Span, answer.Octets, reply.Span);
        }
        finally
        {
            forwards.Return(arrival.Remote);
        }
    }

    private static int Compose(ReadOnlySpan<byte> query, ReadOnlySpan<byte> answer, Span<byte> reply)
    {
        DnsQuery.Read(query, out var asked);
        return answer.IsEmpty ? ClientReply.WriteFailure(asked, reply) : ClientReply.Write(asked, answer, reply);
    }

    private static Ipv4Endpoint Read(EndPoint? endpoint)
    {
        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        return endpoint is IPEndPoint { Address: var address, Port: var port } && address.TryWriteBytes(octets, out _)
            ? new Ipv4Endpoint(Ipv4Address.Read(octets), (ushort)port) : default;
    }

    private void Count(DnsCount what)
    {
        lock (_counting)
        {
            Counters.Add(what);
        }
    }

    private void CountAnswer(DnsRefusal refused)
    {
        lock (_counting)
        {
            Counters.AddAnswer(refused);
        }
    }

    private void Count(DnsAdmissionRefusal reason)
    {
        lock (_counting)
        {
            Counters.Add(reason);
        }
    }

    private void Count(DnsRefusal reason)
    {
        lock (_counting)
        {
            Counters.Add(reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A TCP connection ended by a mistake of ours.")]
    private partial void LogMistake(Exception mistake);
}
