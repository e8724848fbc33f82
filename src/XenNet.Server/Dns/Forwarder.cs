using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns;

/// <summary>Asks upstreams, one after the other, until one answers or the client's patience is over.</summary>
internal sealed partial class Forwarder(DnsServerOptions options, Upstreams upstreams, ILogger logger)
{
    // Each server gets this many chances while it is silent; a lost datagram is not a dead server.
    private const int RoundsMost = 3;

    // An alarm for each power of ten of mismatches is enough to be seen, and too few to fill a disk.
    private const long FirstAlarm = 10;

    private long _answered;
    private long _failed;

    /// <summary>Answers that came, NXDOMAIN among them.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Queries for which no upstream answered.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>
    /// The answer of the first upstream that gives one. Empty when none did: the client gets SERVFAIL.
    /// </summary>
    /// <param name="query">The client's whole query, which the responder accepted.</param>
    /// <param name="stop">The server stops.</param>
    /// <returns>To be disposed.</returns>
    public async ValueTask<UpstreamAnswer> ResolveAsync(ReadOnlyMemory<byte> query, CancellationToken stop)
    {
        var answer = new UpstreamAnswer();
        var started = Environment.TickCount64;
        var servers = upstreams.Order(started);
        var failed = new bool[servers.Count];
        for (var round = 0; round < RoundsMost; round++)
        {
            for (var i = 0; i < servers.Count; i++)
            {
                var left = options.UpstreamDeadline - TimeSpan.FromMilliseconds(Environment.TickCount64 - started);
                if (failed[i] || left <= TimeSpan.Zero)
                    continue;

                var time = left < options.UpstreamTryTime ? left : options.UpstreamTryTime;
                var verdict = await AskAsync(servers[i], query, answer, time, stop);
                if (verdict == UpstreamVerdict.Answer)
                {
                    Interlocked.Increment(ref _answered);
                    return answer;
                }

                failed[i] = verdict is not null;
            }
        }

        Interlocked.Increment(ref _failed);
        answer.Length = 0;
        return answer;
    }

    /// <summary>Asks one upstream: UDP, then TCP if it must be; null when it was silent.</summary>
    private async ValueTask<UpstreamVerdict?> AskAsync(
        Upstream upstream, ReadOnlyMemory<byte> query, UpstreamAnswer answer, TimeSpan time, CancellationToken stop)
    {
        var message = new byte[UpstreamMessage.QueryOctetsMost];
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timer.CancelAfter(time);
        try
        {
            var (verdict, length) = await AskOverUdpAsync(withEdns: true);
            if (verdict == UpstreamVerdict.EdnsNotUnderstood)
                (verdict, length) = await AskOverUdpAsync(withEdns: false);

            if (verdict == UpstreamVerdict.Truncated)
            {
                timer.CancelAfter(time);
                upstream.CountAsked();
                (verdict, length) = await UpstreamExchange.OverTcpAsync(
                    upstream, Write(query, withEdns: true, message), answer.Rent, timer.Token);
            }

            answer.Length = length;
            return Report(upstream, verdict);
        }
        catch (SocketException)
        {
            // Unreachable, refused or hung up: as good as silent, only sooner.
            ReportSilence(upstream);
            return null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            ReportSilence(upstream);
            return null;
        }

        async ValueTask<(UpstreamVerdict, int)> AskOverUdpAsync(bool withEdns)
        {
            upstream.CountAsked();
            var mismatched = upstream.Mismatched;
            var reply = await UpstreamExchange.OverUdpAsync(upstream, Write(query, withEdns, message),
                answer.Rent(UpstreamExchange.UdpOctetsMost), timer.Token);
            Alarm(upstream, mismatched);
            return reply;
        }
    }

    private static ReadOnlyMemory<byte> Write(ReadOnlyMemory<byte> query, bool withEdns, byte[] message)
    {
        // The responder read the same octets before, so they are sound.
        DnsQuery.Read(query.Span, out var asked);
        Span<byte> id = stackalloc byte[sizeof(ushort)];
        KernelRandom.Fill(id);
        var length = UpstreamMessage.Write(asked, BinaryPrimitives.ReadUInt16BigEndian(id), withEdns, message);
        return message.AsMemory(0, length);
    }

    private UpstreamVerdict Report(Upstream upstream, UpstreamVerdict verdict)
    {
        if (upstream.Health.Answered())
            LogBack(upstream.Endpoint);

        if (verdict == UpstreamVerdict.Answer)
        {
            upstream.CountAnswered();
        }
        else
        {
            upstream.CountFailed();
        }

        return verdict;
    }

    private void ReportSilence(Upstream upstream)
    {
        upstream.CountSilent();
        if (upstream.Health.WasSilent(Environment.TickCount64))
            LogSilent(upstream.Endpoint);
    }

    private void Alarm(Upstream upstream, long before)
    {
        var now = upstream.Mismatched;
        for (var mark = FirstAlarm; mark <= now; mark *= 10)
        {
            if (before < mark)
                LogMismatched(now, upstream.Endpoint);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Name server {Server} does not answer; the others are asked first.")]
    private partial void LogSilent(Ipv4Endpoint server);

    [LoggerMessage(Level = LogLevel.Information, Message = "Name server {Server} answers again.")]
    private partial void LogBack(Ipv4Endpoint server);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages from {Server} answer nothing that was asked: "
        + "somebody may be forging replies. Such queries are repeated over TCP.")]
    private partial void LogMismatched(long count, Ipv4Endpoint server);
}
