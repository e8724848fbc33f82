using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;
using XenNet.Core.Registry;
using XenNet.Server.Dns.Forwarding;
using XenNet.Server.Dns.Tcp;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// DNS on the wire: UDP on threads of its own, TCP on the addresses that are given, and the way to the upstreams.
/// What is answered <see cref="DnsResponder"/> decides; who is answered, <c>DnsAdmission</c>.
/// </summary>
public sealed partial class DnsServer : IAsyncDisposable
{
    // What upstreams still owe is waited for that long; then the client asks our successor.
    private static readonly TimeSpan PatienceAtStop = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAtStop = TimeSpan.FromMilliseconds(10);

    private readonly DnsServerOptions _options;
    private readonly ILogger _logger;
    private readonly MistakeLog _mistakes;
    private readonly DnsResponder _responder;
    private readonly CancellationTokenSource _stop = new();
    private readonly ClientShares _pending;
    private readonly DnsAdmission _admission;
    private readonly ClientRates _rates;
    private readonly Upstreams _upstreams;
    private readonly Forwarder _forwarder;
    private readonly UdpForwards _forwards;
    private readonly TcpCounters _tcpCounters = new();
    private readonly TcpConnections _connections;
    private readonly TcpListeners _listeners;
    private readonly NotifySender _notify;
    private readonly ServedAddresses _served;
    private ImmutableArray<DnsUdpThread> _threads = [];
    private ImmutableArray<DnsCounters> _counters;
    private bool _stopped;

    /// <summary>A server that is not started yet.</summary>
    /// <param name="options">What it serves, to whom, and whom it asks.</param>
    /// <param name="view">Bindings and machines, for admission.</param>
    /// <param name="responder">What is answered.</param>
    /// <param name="logger">Told of changes of state; never of single queries.</param>
    /// <param name="meter">Gets the instruments <c>xennet.dns.…</c>.</param>
    public DnsServer(
        DnsServerOptions options, RegistryView view, DnsResponder responder, ILogger logger, Meter? meter = null)
    {
        (_options, _responder, _logger) = (options, responder, logger);
        _mistakes = new MistakeLog(logger);
        _pending = new ClientShares(view.Scheme, options.ForwardsMax, options.ForwardsPerClientMax);
        _upstreams = new Upstreams(options, logger);
        var secondaries = options.Secondaries.Select(secondary => secondary.Address).ToFrozenSet();
        _admission = new DnsAdmission(
            view, options.Interfaces, options.Addresses, secondaries, DatagramBatchSocket.NameOf);
        _rates = new ClientRates(view.Scheme, options.RateLimit);
        _forwarder = new Forwarder(options, _upstreams, responder.Cache, logger);
        responder.LoopProbeSeen = _forwarder.LoopSeen;
        _forwards = new UdpForwards(_forwarder, responder, _pending, _mistakes, _stop.Token);
        var transfers = new TcpTransfers(view, responder, secondaries, _tcpCounters, logger);
        var answers = new TcpResponder(
            _rates, responder, transfers, _forwarder, _pending, _tcpCounters, _mistakes, _stop.Token);
        _connections = new TcpConnections(options, view.Scheme, _admission, answers, _tcpCounters, _mistakes);
        _listeners = new TcpListeners(_connections, logger);
        _notify = new NotifySender(options, view, responder, logger);
        _served = new ServedAddresses(options, _admission, _listeners, logger);
        _counters = [_tcpCounters.Queries];
        if (meter is not null)
        {
            DnsMetrics.Register(
                meter, () => _counters, () => _pending.Count, () => _connections.Open, _tcpCounters, () => _upstreams.Current,
                responder.Cache, _mistakes);
        }
    }

    /// <summary>Opens every socket, or none, and begins to serve. Port 0: nothing is served.</summary>
    /// <exception cref="PortTakenException">Another program has a port.</exception>
    /// <exception cref="SocketException">The right to a port is missing, or a listed address is not ours.</exception>
    public async Task StartAsync()
    {
        if (_options.Port == 0)
            return;

        try
        {
            OpenUdp();
            if (_admission.Serves("lo"))
                AddTcpListener(Ipv4Address.Loopback);

            foreach (var endpoint in _options.Addresses)
                _listeners.Add(endpoint);

            await _served.FollowAsync();
        }
        catch
        {
            await StopAsync();
            throw;
        }

        foreach (var thread in _threads)
            thread.Start();

        _connections.Start();
        _notify.Start();
        _forwarder.LookForLoops();
        LogServing(_options.Port, _threads.Length);
    }

    /// <summary>
    /// Listens over TCP on the Dom0 end of a vif as well. Nothing happens when that is so already.
    /// </summary>
    /// <exception cref="PortTakenException">Another program listens there.</exception>
    /// <exception cref="SocketException">The address is not on any interface yet, or the right to the port is
    /// missing.</exception>
    public void AddTcpListener(Ipv4Address address)
    {
        if (_options.Port != 0)
            _listeners.Add(new Ipv4Endpoint(address, _options.Port));
    }

    /// <summary>
    /// Listens no more on the Dom0 end of a vif; a listed address stays. Nothing happens when there is no listener.
    /// </summary>
    public async Task RemoveTcpListenerAsync(Ipv4Address address)
    {
        var endpoint = new Ipv4Endpoint(address, _options.Port);
        if (!_options.Addresses.Contains(endpoint))
            await _listeners.RemoveAsync(endpoint);
    }

    /// <summary>An interface or an address of this host came, went or was renamed.</summary>
    public async Task LinksChangedAsync()
    {
        _admission.LinksChanged();
        _upstreams.AddressesChanged();
        if (_options.Port != 0)
            await _served.FollowAsync();
    }

    /// <summary>What is served and asked, and how it went so far.</summary>
    public DnsStatus Status()
    {
        var now = Environment.TickCount64;
        _upstreams.Refresh(now);
        return new DnsStatus(
            _options.Port,
            _threads.Length,
            _listeners.Endpoints,
            _connections.Open,
            [.. _upstreams.Current.Select(upstream => upstream.Status())],
            _options.Upstreams.IsEmpty ? _options.ResolverFile : null,
            _pending.Count,
            DnsMetrics.QueriesByName(_counters),
            DnsMetrics.DroppedByName(_counters),
            DnsMetrics.EndedByName(_tcpCounters),
            _responder.Cache.Statistics);
    }

    /// <summary>
    /// Takes no more queries, answers those that are here, waits a second for upstreams, and closes everything. A
    /// second call does nothing.
    /// </summary>
    public async Task StopAsync()
    {
        if (_stopped)
            return;

        _stopped = true;
        await _notify.DisposeAsync();
        await _listeners.DisposeAsync();
        foreach (var thread in _threads)
            await Task.Run(thread.Stop);

        for (var waited = TimeSpan.Zero; _pending.Count > 0 && waited < PatienceAtStop; waited += LookAtStop)
            await Task.Delay(LookAtStop);

        await _stop.CancelAsync();
        await Task.Run(_forwarder.Dispose);
        await _connections.DisposeAsync();
        while (_pending.Count > 0)
            await Task.Delay(LookAtStop);

        foreach (var thread in _threads)
            thread.Dispose();

        _served.Dispose();
        _stop.Dispose();
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>Ends one thread of several; the others take its share. For the test of that promise.</summary>
    internal void StopThread(int index) => _threads[index].Stop();

    /// <summary>Which threads still run.</summary>
    internal IEnumerable<bool> ThreadsAlive => _threads.Select(thread => thread.IsAlive);

    private void OpenUdp()
    {
        var everywhere = new Ipv4Endpoint(Ipv4Address.None, _options.Port);
        for (var i = 0; i < _options.Threads; i++)
            OpenUdp(everywhere, shared: true);

        // Those with our port are served by the sockets on all addresses.
        foreach (var endpoint in _options.Addresses.Where(endpoint => endpoint.Port != _options.Port))
            OpenUdp(endpoint, shared: false);

        _counters = [_tcpCounters.Queries, .. _threads.Select(thread => thread.Counters)];

        // After binding, so that of two that start at once at least one sees the other.
        var ours = _threads.Select(thread => thread.SocketInode).ToHashSet();
        var foreign = PortHolder.WildcardUdp(_options.Port, ours);
        if (foreign != 0)
            throw new PortTakenException("UDP", Ipv4Address.None, _options.Port, PortHolder.Process(foreign), null);
    }

    private void OpenUdp(Ipv4Endpoint endpoint, bool shared)
    {
        try
        {
            var socket = DatagramBatchSocket.Open(endpoint.Address, endpoint.Port, shared);
            _threads = _threads.Add(new DnsUdpThread(socket, _admission, _rates, _responder, _forwards, _mistakes));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            var holder = PortHolder.Of("udp", endpoint.Address, endpoint.Port);
            throw new PortTakenException("UDP", endpoint.Address, endpoint.Port, holder, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "DNS serves port {Port} with {Threads} UDP threads.")]
    private partial void LogServing(int port, int threads);
}
