using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Core.Registry;
using XenNet.Server.Events;
using XenNet.Server.Hosting;
using XenNet.Wire;
using XenNet.Wire.Frames;

namespace XenNet.Server.Dhcp;

/// <summary>
/// Serves DHCP on all vifs from one thread and two sockets, however many vifs there are. A message goes straight
/// through: receive, decide, send or count.
/// </summary>
public sealed partial class DhcpServer : IHostedService, IDisposable
{
    // A message that is longer is cut, and then most often refused for it: no client's comes near.
    private const int PacketRoom = 4096;

    private readonly RegistryView _view;
    private readonly Func<DhcpSettings, DhcpResponder> _respondBy;
    private readonly ILogger<DhcpServer> _logger;
    private readonly DhcpReporter _reporter;
    private readonly PoolServing? _pools;
    private readonly BootStages? _boots;
    private readonly TimeProvider _time;
    private readonly Func<int, MacAddress> _stationOf;

    // What one vif may ask of the menu's server in a second; null when there is no menu at the start.
    private readonly int? _menuRate;
    private readonly ManualResetEventSlim _stopping = new();
    private DhcpResponder _responder;
    private VifRates _rates;
    private DhcpSocket? _messages;
    private FrameSocket? _frames;
    private BootMenuServer? _menu;

    // Of the thread that makes leases durable, and of the one that probes; what they send goes in frames.
    private FrameSocket? _lateFrames;
    private FrameSocket? _probedFrames;
    private AddressProber? _prober;
    private Thread? _thread;
    private TaskCompletionSource? _ended;

    /// <param name="view">Who is bound where.</param>
    /// <param name="settings">What every guest is told.</param>
    /// <param name="counters">Where it is counted; the caller's to dispose of.</param>
    /// <param name="logger">Takes the start, and each vif's first silence of a kind.</param>
    /// <param name="isVif">Whether a link without a binding is served, by its index; all are by default.</param>
    /// <param name="bridgeOf">The shared bridge of an index; null when there are none.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="pools">Links with a pool; disposed of with this. Null for none.</param>
    /// <param name="boots">Told how far guests come; null for nobody.</param>
    /// <param name="stationOf">Our hardware address on a link, for probes; null when no pool probes.</param>
    /// <param name="events">Told of each message; null for nobody.</param>
    /// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
    internal DhcpServer(
        RegistryView view,
        DhcpSettings settings,
        DhcpCounters counters,
        ILogger<DhcpServer> logger,
        Func<int, bool>? isVif = null,
        Func<int, DhcpBridge?>? bridgeOf = null,
        TimeProvider? time = null,
        PoolServing? pools = null,
        BootStages? boots = null,
        Func<int, MacAddress>? stationOf = null,
        EventStream? events = null)
    {
        _stationOf = stationOf ?? (_ => MacAddress.None);
        _view = view;
        _pools = pools;
        _boots = boots;
        _time = time ?? TimeProvider.System;
        _respondBy = other => new DhcpResponder(view, other, isVif, bridgeOf);
        _responder = _respondBy(settings);
        _rates = new VifRates(settings.RateLimit);
        _menuRate = settings.Rules.Boot.HasMenu ? settings.RateLimit : null;
        _logger = logger;
        Counters = counters;
        _reporter = new DhcpReporter(view, counters, boots, events, _time, logger);
    }

    /// <summary>What it did.</summary>
    public DhcpCounters Counters { get; }

    /// <summary>What would be decided on messages that came so; nothing comes of it.</summary>
    internal DhcpRehearsal Rehearse(in DhcpArrival arrival) =>
        new(Volatile.Read(ref _responder), IsOfPool(arrival) ? _pools!.Rehearse(arrival.InterfaceIndex) : null, arrival);

    /// <summary>Makes ready to tell guests other things from the next message on.</summary>
    /// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
    /// <exception cref="DhcpUnavailableException">There is a menu now, and its port is taken.</exception>
    internal PreparedChange Prepare(DhcpSettings settings)
    {
        var menu = settings.Rules.Boot.HasMenu ? _menu ?? NewMenu(settings.RateLimit) : null;
        var opened = ReferenceEquals(menu, _menu) ? null : menu;
        return new PreparedChange(
            () =>
            {
                Serve(settings);
                var before = _menu;
                _menu = menu;
                (ReferenceEquals(before, menu) ? null : before)?.Dispose();
                return Task.CompletedTask;
            },
            () =>
            {
                opened?.Dispose();
                return Task.CompletedTask;
            });
    }

    /// <summary>Tells guests other things from the next message on; the menu is as it was.</summary>
    internal void Serve(DhcpSettings settings)
    {
        Volatile.Write(ref _rates, new VifRates(settings.RateLimit));
        Volatile.Write(ref _responder, _respondBy(settings));
        _pools?.Serve(settings);
    }

    /// <summary>Opens the sockets, in the caller's network namespace, and begins to serve.</summary>
    /// <exception cref="DhcpUnavailableException">The port is taken, or the sockets are not for us.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _messages = new DhcpSocket();
        try
        {
            _frames = new FrameSocket();
            _lateFrames = _pools is null ? null : new FrameSocket();
            _menu = _menuRate is { } rate ? NewMenu(rate) : null;
            _probedFrames = _pools is { Probes: true } ? new FrameSocket() : null;
        }
        catch (DhcpUnavailableException)
        {
            _messages.Dispose();
            throw;
        }

        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_probedFrames is not null)
        {
            _prober = new AddressProber(_stationOf, TryAnswerProbed);
            _prober.Start();
        }

        _thread = new Thread(() => Serve(_messages, _frames)) { Name = "dhcp", IsBackground = true };
        _thread.Start();
        LogStarted(DhcpSocket.ServerPort);
        return Task.CompletedTask;
    }

    /// <summary>Stops: the message that is being answered still is.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping.Set();
        _messages?.Dispose();
        if (_ended is { } ended)
        {
            await ended.Task.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Set();
        _messages?.Dispose();
        _thread?.Join();
        _menu?.Dispose();
        _prober?.Dispose();
        _pools?.Dispose();
        _frames?.Dispose();
        _lateFrames?.Dispose();
        _probedFrames?.Dispose();
        _stopping.Dispose();
    }

    private BootMenuServer NewMenu(int rateLimit) =>
        new(() => Volatile.Read(ref _responder), Counters, _boots, rateLimit, _time, _reporter.Mistaken, _logger);

    private void Serve(DhcpSocket messages, FrameSocket frames)
    {
        var packet = new byte[PacketRoom];
        // The reply stands where a frame has it, with room for the headers before it.
        var frame = new byte[UdpDatagram.HeadersSize + DhcpResponder.ReplyRoom];
        while (!_stopping.IsSet)
        {
            if (!TryReceive(messages, packet, out var length, out var arrival))
            {
                continue;
            }

            try
            {
                Answer(packet.AsSpan(0, length), arrival, messages, frames, frame);
            }
            catch (Exception e)
            {
                // A mistake of ours must cost this message, not the process.
                _reporter.Mistaken(e);
            }
        }

        _ended?.SetResult();
    }

    private void Answer(
        ReadOnlySpan<byte> packet, in DhcpArrival arrival, DhcpSocket messages, FrameSocket frames, Span<byte> frame)
    {
        var reply = frame[UdpDatagram.HeadersSize..];
        var change = default(PoolChange);
        var outcome = IsOfPool(arrival)
            ? _pools!.Decide(packet, arrival, reply, out change)
            : Volatile.Read(ref _responder).Decide(packet, arrival, reply);
        // A relay agent is the operator's own, and its clients are on no vif here.
        if (outcome is { IsReply: true, Delivery.Route: not DhcpRoute.ToRelay }
            && !_rates.TryTake(outcome.InterfaceIndex, outcome.Port, Environment.TickCount64))
        {
            outcome = DhcpOutcome.Silent(DhcpSilence.RateLimited, outcome.Request, outcome.HardwareAddress);
            // A lease that the client is not told of need not be kept.
            change = default;
        }

        _reporter.Decided(outcome, arrival, reply);
        if (outcome.Silence == DhcpSilence.Probing)
        {
            // One too many: its client asks again.
            _ = _prober!.TryProbe(new AddressProbe(
                packet.ToArray(), arrival, outcome.HardwareAddress, outcome.Probe, Round: 1));
        }
        else if (!change.IsEmpty)
        {
            Keep(change, frame, outcome, arrival.InterfaceIndex);
        }
        else if (outcome.IsReply)
        {
            Send(messages, frames, frame, outcome);
            _reporter.LookForClone(outcome);
        }
    }

    private bool IsOfPool(in DhcpArrival arrival) =>
        _pools is not null && _view.FindBinding(arrival.InterfaceIndex) is null && _pools.Serves(arrival.InterfaceIndex);

    private void TryAnswerProbed(AddressProbe probe, MacAddress owner)
    {
        try
        {
            Probed(probe, owner);
        }
        catch (Exception e)
        {
            // A mistake of ours must cost this message, not the process.
            _reporter.Mistaken(e);
        }
    }

    // On the prober's thread: the message is decided anew, and most often offered what was probed.
    private void Probed(AddressProbe probe, MacAddress owner)
    {
        _pools!.Conclude(probe.Arrival.InterfaceIndex, probe.Client, probe.Address, owner);
        if (owner != MacAddress.None)
        {
            _reporter.Contested(probe.Arrival.InterfaceIndex, probe.Address, owner);
        }

        var frame = new byte[UdpDatagram.HeadersSize + DhcpResponder.ReplyRoom];
        var reply = frame.AsSpan(UdpDatagram.HeadersSize);
        var outcome = _pools.Decide(probe.Packet, probe.Arrival, reply, out var change);
        _reporter.Tell(outcome, probe.Arrival, reply);
        if (outcome.Silence == DhcpSilence.Probing && probe.Round < AddressProbe.RoundsMost)
        {
            _ = _prober!.TryProbe(probe with { Address = outcome.Probe, Round = probe.Round + 1 });
        }
        else if (!change.IsEmpty)
        {
            Keep(change, frame, outcome, probe.Arrival.InterfaceIndex);
        }
        else if (outcome.IsReply)
        {
            Send(_messages!, _probedFrames!, frame, outcome);
        }
    }

    // The reply waits for the disk, and this thread does not.
    private void Keep(PoolChange change, ReadOnlySpan<byte> frame, DhcpOutcome outcome, int interfaceIndex)
    {
        var waiting = frame[..(UdpDatagram.HeadersSize + outcome.Length)].ToArray();
        var isTaken = _pools!.TryWrite(interfaceIndex, change, refusal =>
        {
            if (refusal is not null)
            {
                LogLeaseNotKept(refusal);
            }
            else if (outcome.IsReply)
            {
                Send(_messages!, _lateFrames!, waiting, outcome);
            }
        });
        if (!isTaken)
        {
            Counters.Add(DhcpOutcome.Silent(DhcpSilence.StoreBusy));
        }
    }

    private bool TryReceive(DhcpSocket messages, Span<byte> packet, out int length, out DhcpArrival arrival)
    {
        try
        {
            length = messages.Receive(packet, out arrival);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopping, or the kernel is short of memory: a pause, so that an error that stays does not spin.
            _stopping.Wait(TimeSpan.FromMilliseconds(100));
            (length, arrival) = (0, default);
            return false;
        }
    }

    private void Send(
        DhcpSocket messages, FrameSocket frames, Span<byte> frame, in DhcpOutcome outcome)
    {
        try
        {
            var datagram = frame[..(UdpDatagram.HeadersSize + outcome.Length)];
            if (outcome.Delivery.Route is DhcpRoute.ToAddress or DhcpRoute.ToRelay)
            {
                var port = outcome.Delivery.Route == DhcpRoute.ToAddress ? DhcpSocket.ClientPort : DhcpSocket.ServerPort;
                messages.Send(datagram[UdpDatagram.HeadersSize..], new Ipv4Endpoint(outcome.Delivery.Address, port));
            }
            else
            {
                UdpDatagram.WriteHeaders(
                    datagram,
                    new Ipv4Endpoint(outcome.Source, DhcpSocket.ServerPort),
                    new Ipv4Endpoint(outcome.Delivery.Address, DhcpSocket.ClientPort));
                var everyone = outcome.Delivery.Route == DhcpRoute.Broadcast;
                var station = everyone ? MacAddress.Broadcast : outcome.HardwareAddress;
                frames.Send(datagram, outcome.InterfaceIndex, station);
                SendToTwins(frames, datagram, station, outcome.Client);
            }

            Counters.AddSent(outcome.Answer);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The vif went down or away under the reply (ENETDOWN, ENXIO, ENODEV), or we stop: the client asks again.
            Counters.AddUnsent();
        }
    }

    // A machine that arrives or restarts has two ports with one address for a while, and on a bridge the kernel does not tell
    // by which it asked.
    private void SendToTwins(FrameSocket frames, ReadOnlySpan<byte> datagram, MacAddress station, Binding? client)
    {
        if (client is not { Bridge: not null } || _view.Find(client.Number) is not { Bindings.Count: > 1 } machine)
        {
            return;
        }

        foreach (var twin in machine.Bindings)
        {
            if (twin.Bridge == client.Bridge && twin.Mac == client.Mac && twin.InterfaceIndex != client.InterfaceIndex)
            {
                frames.Send(datagram, twin.InterfaceIndex, station);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "DHCP is served on udp port {Port}.")]
    private partial void LogStarted(int port);

    [LoggerMessage(Level = LogLevel.Error, Message = "A lease is not given: {Reason}")]
    private partial void LogLeaseNotKept(string reason);
}
