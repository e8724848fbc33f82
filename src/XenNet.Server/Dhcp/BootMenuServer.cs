using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Core.Dhcp;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>
/// The boot server of PXE's menu (PXE 2.1 section 2.2.6): tells a guest on UDP port 4011 the file of what it has chosen. One
/// thread and one socket, only where there is a menu.
/// </summary>
internal sealed partial class BootMenuServer : IDisposable
{
    private const int PacketRoom = 4096;

    private readonly Func<DhcpResponder> _responder;
    private readonly DhcpCounters _counters;
    private readonly BootStages? _boots;
    private readonly VifRates _rates;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _mistaken;
    private readonly ManualResetEventSlim _stopping = new();
    private readonly DhcpSocket _socket = new(DhcpSocket.BootServerPort);
    private readonly Thread _thread;

    /// <summary>Opens the socket, in the caller's network namespace, and begins to serve.</summary>
    /// <param name="responder">Who decides, asked anew for each message.</param>
    /// <param name="counters">Where it is counted.</param>
    /// <param name="boots">Told how far guests come; null for nobody.</param>
    /// <param name="rateLimit">Messages of one vif that are answered in a second; 0 for all.</param>
    /// <param name="time">The clock.</param>
    /// <param name="mistaken">Told of a message that makes us throw.</param>
    /// <param name="logger">Takes the start.</param>
    /// <exception cref="DhcpUnavailableException">The port is taken, or not for us.</exception>
    public BootMenuServer(
        Func<DhcpResponder> responder, DhcpCounters counters, BootStages? boots, int rateLimit, TimeProvider time,
        Action<Exception> mistaken, ILogger logger)
    {
        (_responder, _counters, _boots, _time, _mistaken) = (responder, counters, boots, time, mistaken);
        _rates = new VifRates(rateLimit);
        _thread = new Thread(Serve) { Name = "pxe", IsBackground = true };
        _thread.Start();
        LogStarted(logger, DhcpSocket.BootServerPort);
    }

    /// <summary>Stops: the message that is being answered still is.</summary>
    public void Dispose()
    {
        _stopping.Set();
        _socket.Dispose();
        _thread.Join();
        _stopping.Dispose();
    }

    private void Serve()
    {
        var packet = new byte[PacketRoom];
        var reply = new byte[DhcpResponder.ReplyRoom];
        while (!_stopping.IsSet)
        {
            try
            {
                var length = _socket.Receive(packet, out var arrival);
                Answer(packet.AsSpan(0, length), arrival, reply);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Stopping, or the kernel is short of memory: a pause, so that an error that stays does not spin.
                _stopping.Wait(TimeSpan.FromMilliseconds(100));
            }
            catch (Exception e)
            {
                // A mistake of ours must cost this message, not the process.
                _mistaken(e);
            }
        }
    }

    private void Answer(ReadOnlySpan<byte> packet, in DhcpArrival arrival, Span<byte> reply)
    {
        var outcome = _responder().DecideChoice(packet, arrival, reply);
        if (outcome.IsReply && !_rates.TryTake(outcome.InterfaceIndex, outcome.Port, Environment.TickCount64))
        {
            outcome = DhcpOutcome.Silent(DhcpSilence.RateLimited, outcome.Request, outcome.HardwareAddress);
        }

        _counters.Add(outcome);
        if (!outcome.IsReply)
        {
            return;
        }

        if (outcome.Client is { } client)
        {
            _boots?.Note(client, BootStage.Acknowledged, outcome.Boot, _time.GetUtcNow());
        }

        try
        {
            _socket.Send(reply[..outcome.Length], new Ipv4Endpoint(outcome.Delivery.Address, _socket.LastPort));
            _counters.AddSent(outcome.Answer);
        }
        catch (SocketException)
        {
            // The vif went down under the reply: the client asks again.
            _counters.AddUnsent();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Choices from the PXE menu are answered on udp port {Port}.")]
    private static partial void LogStarted(ILogger logger, int port);
}
