using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Registry;
using XenNet.Server.Dns.Forwarding;
using XenNet.Server.Dns.Tcp;
using XenNet.Server.Hosting;
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

    private readonly InForce<DnsServerOptions> _options;
    private readonly RegistryView _view;
    private readonly ILogger _logger;
    private readonly MistakeLog _mistakes;
    private readonly NameSourceGuard? _names;
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
    private readonly ServedAddresses _served;
    private readonly DnsUdpThreads _threads;
    private NotifySender _notify;
    private bool _stopped;

    /// <summary>A server that is not started yet.</summary>
    /// <param name="options">What it serves, to whom, and whom it asks.</param>
    /// <param name="view">Bindings and machines, for admission.</param>
    /// <param name="responder">What is answered.</param>
    /// <param name="logger">Told of changes of state; never of single queries.</param>
    /// <param name="meter">Gets the instruments <c>xennet.dns.…</c>.</param>
    /// <param name="names">Names that the program around us answers.</param>
    public DnsServer(
        DnsServerOptions options, RegistryView view, DnsResponder responder, ILogger logger, Meter? meter = null,
        IDnsNameSource? names = null)
    {
        (_view, _responder, _logger) = (view, responder, logger);
        _options = new InForce<DnsServerOptions>(options);
        _mistakes = new MistakeLog(logger);
        _names = names is null ? null : new NameSourceGuard(names, _mistakes, logger);
        responder.Names = _names;
        _pending = new ClientShares(view.Scheme, options.ForwardsMax, options.ForwardsPerClientMax);
        _upstreams = new Upstreams(options, logger);
        _admission = new DnsAdmission(
            view, options.Interfaces, options.Addresses, AddressesOf(options.Secondaries), DatagramBatchSocket.NameOf);
        _rates = new ClientRates(view.Scheme, options.RateLimit);
        _forwarder = new Forwarder(
            _options, _upstreams, responder.Cache, logger, _mistakes, (server, state, why) => UpstreamChanged?.Invoke(server, state, why));
        responder.LoopProbeSeen = _forwarder.LoopSeen;
        var latency = new DnsLatency(meter);
        _forwards = new UdpForwards(_forwarder, responder, _pending, _mistakes, latency, _stop.Token);
        _threads = new DnsUdpThreads(_admission, _rates, responder, _forwards, _mistakes, latency);
        var transfers = new TcpTransfers(view, responder, _admission, _tcpCounters, logger);
        var answers = new TcpResponder(
            _rates, responder, transfers, _forwarder, _pending, _tcpCounters, _mistakes, _stop.Token);
        _connections = new TcpConnections(_options, view.Scheme, _admission, answers, _tcpCounters, _mistakes);
        _listeners = new TcpListeners(_connections.Serve, logger);
        _notify = new NotifySender(_options, view, responder, logger);
        _served = new ServedAddresses(_options, _admission, _listeners, logger);
        if (meter is not null)
        {
            DnsMetrics.Register(
                meter, () => Counters, () => _pending.Count, () => _connections.Open, _tcpCounters, () => _upstreams.Current,
                responder.Cache, _mistakes);
        }
    }

    /// <summary>
    /// Told, by the thread that asks upstreams, when one is another than before, what it is now, and why. Must not wait.
    /// </summary>
    internal Action<UpstreamServer, UpstreamState, string?>? UpstreamChanged { get; set; }

    /// <summary>Opens every socket, or none, and begins to serve. Port 0: nothing is served.</summary>
    /// <exception cref="PortTakenException">Another program has a port.</exception>
    /// <exception cref="SocketException">The right to a port is missing, or a listed address is not ours.</exception>
    public async Task StartAsync()
    {
        if (Options.Port == 0)
            return;

        try
        {
            OpenUdp();
            if (_admission.Serves("lo"))
                AddTcpListener(Ipv4Address.Loopback);

            foreach (var endpoint in Options.Addresses)
                _listeners.Add(endpoint);

            await _served.FollowAsync();
        }
        catch
        {
            await StopAsync();
            throw;
        }

        foreach (var thread in _threads.All)
            thread.Start();

        _connections.Start();
        _notify.Start();
        _forwarder.LookForLoops();
        LogServing(Options.Port, _threads.Count);
    }

    /// <summary>
    /// Listens over TCP on the Dom0 end of a vif as well. Nothing happens when that is so already.
    /// </summary>
    /// <exception cref="PortTakenException">Another program listens there.</exception>
    /// <exception cref="SocketException">The address is not on any interface yet, or the right to the port is
    /// missing.</exception>
    public void AddTcpListener(Ipv4Address address)
    {
        if (Options.Port != 0)
            _listeners.Add(new Ipv4Endpoint(address, Options.Port));
    }

    /// <summary>
    /// Listens no more on the Dom0 end of a vif; a listed address stays. Nothing happens when there is no listener.
    /// </summary>
    public async Task RemoveTcpListenerAsync(Ipv4Address address)
    {
        var endpoint = new Ipv4Endpoint(address, Options.Port);
        if (!Options.Addresses.Contains(endpoint))
            await _listeners.RemoveAsync(endpoint);
    }

    /// <summary>An interface or an address of this host came, went or was renamed.</summary>
    public async Task LinksChangedAsync()
    {
        _admission.LinksChanged();
        _upstreams.AddressesChanged();
        if (Options.Port != 0)
            await _served.FollowAsync();
    }

    /// <summary>
    /// Opens what other options need beside what is open; nothing is served by them yet. Port and number of threads are
    /// those of the start.
    /// </summary>
    /// <exception cref="PortTakenException">Another program has a port.</exception>
    /// <exception cref="SocketException">The right to a port is missing, or a listed address is not ours.</exception>
    /// <exception cref="IOException">dns.tls-ca-file cannot be read.</exception>
    internal async Task<PreparedChange> PrepareAsync(DnsServerOptions next)
    {
        if (next.Port == 0)
            return PreparedChange.Of(() => _options.Value = next);

        var tls = Upstreams.OpenTls(next);
        var opened = new List<(Ipv4Endpoint, DnsUdpThread)>();
        var listened = new List<Ipv4Endpoint>();
        try
        {
            foreach (var endpoint in ListenersOf(next).Except(ListenersOf(Options)))
            {
                if (endpoint.Port != next.Port)
                    opened.Add(_threads.Open(endpoint, shared: false));

                if (_listeners.Add(endpoint))
                    listened.Add(endpoint);
            }
        }
        catch
        {
            await AbandonAsync(opened, listened);
            throw;
        }

        return new PreparedChange(() => ServeAsync(next, tls, opened), () => AbandonAsync(opened, listened));
    }

    /// <summary>Whether a query that came so would be taken, and as what.</summary>
    internal DnsAdmissionRefusal Admit(int interfaceIndex, Ipv4Endpoint local, Ipv4Address remote, out DnsStanding standing) =>
        _admission.Admit(interfaceIndex, local, remote, out standing);

    /// <summary>Who would be asked about a name that is not ours.</summary>
    /// <param name="name">Expanded, lower case.</param>
    internal OutsideWay WayOf(ReadOnlySpan<byte> name)
    {
        var group = _upstreams.Find(name, Environment.TickCount64);
        var servers = ImmutableArray.CreateBuilder<(UpstreamStatus, bool)>();
        foreach (var upstream in group.Upstreams)
            servers.Add((upstream.Status(), _upstreams.MayTellOfInside(group, upstream, name)));

        return new OutsideWay(_upstreams.RouteOf(name), servers.ToImmutable());
    }

    /// <summary>Why it is not served, or not by all threads; null when it is.</summary>
    internal string? Trouble => ThreadsAlive.All(alive => alive) && _threads.Count > 0
        ? _names?.Trouble(Environment.TickCount64)
        : "a thread that serves UDP has ended: start xennet again";

    /// <summary>What is served and asked, and how it went so far.</summary>
    public DnsStatus Status()
    {
        var now = Environment.TickCount64;
        _upstreams.Refresh(now);
        return new DnsStatus(
            Options.Port,
            _threads.Count,
            _listeners.Endpoints,
            _connections.Open,
            [.. _upstreams.Current.Select(upstream => upstream.Status())],
            Options.Upstreams.IsEmpty ? Options.ResolverFile : null,
            _pending.Count,
            DnsMetrics.QueriesByName(Counters),
            DnsMetrics.DroppedByName(Counters),
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
        foreach (var thread in _threads.All)
            await Task.Run(thread.Stop);

        for (var waited = TimeSpan.Zero; _pending.Count > 0 && waited < PatienceAtStop; waited += LookAtStop)
            await Task.Delay(LookAtStop);

        await _stop.CancelAsync();
        await Task.Run(_forwarder.Dispose);
        await _connections.DisposeAsync();
        while (_pending.Count > 0)
            await Task.Delay(LookAtStop);

        foreach (var thread in _threads.All)
            thread.Dispose();

        _served.Dispose();
        _stop.Dispose();
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>Ends one thread of several; the others take its share. For the test of that promise.</summary>
    internal void StopThread(int index) => _threads.All.ElementAt(index).Stop();

    /// <summary>Which threads still run.</summary>
    internal IEnumerable<bool> ThreadsAlive => _threads.All.Select(thread => thread.IsAlive);

    private DnsServerOptions Options => _options.Value;

    private ImmutableArray<DnsCounters> Counters => [_tcpCounters.Queries, .. _threads.Counters];

    private static FrozenSet<Ipv4Address> AddressesOf(ImmutableArray<Ipv4Endpoint> secondaries) =>
        secondaries.Select(secondary => secondary.Address).ToFrozenSet();

    private static ImmutableArray<Ipv4Endpoint> ListenersOf(DnsServerOptions options)
    {
        var loopback = new Ipv4Endpoint(Ipv4Address.Loopback, options.Port);
        return options.Interfaces.Any(pattern => pattern.Matches("lo")) ? options.Addresses.Add(loopback) : options.Addresses;
    }

    private async Task ServeAsync(
        DnsServerOptions next, UpstreamTls? tls, List<(Ipv4Endpoint Endpoint, DnsUdpThread Thread)> opened)
    {
        var before = Options;
        _options.Value = next;
        _admission.Serve(next.Interfaces, next.Addresses, AddressesOf(next.Secondaries));
        _pending.Limit(next.ForwardsMax, next.ForwardsPerClientMax);
        _rates.Limit(next.RateLimit);
        _upstreams.Serve(next, tls);
        foreach (var one in opened)
        {
            _threads.Add(one);
            one.Thread.Start();
        }

        foreach (var endpoint in ListenersOf(before).Except(ListenersOf(next)))
        {
            await Task.Run(() => _threads.Remove(endpoint));
            if (!IsDom0End(endpoint))
                await _listeners.RemoveAsync(endpoint);
        }

        if (!next.Secondaries.SequenceEqual(before.Secondaries))
        {
            await _notify.DisposeAsync();
            _notify = new NotifySender(_options, _view, _responder, _logger);
            _notify.Start();
        }

        await _served.FollowAsync(anew: true);
        _forwarder.LookForLoops();
    }

    private async Task AbandonAsync(List<(Ipv4Endpoint, DnsUdpThread)> opened, List<Ipv4Endpoint> listened)
    {
        opened.ForEach(_threads.Abandon);
        foreach (var endpoint in listened)
            await _listeners.RemoveAsync(endpoint);
    }

    // Whoever brought the vif up has us listen there, listed or not.
    private bool IsDom0End(Ipv4Endpoint endpoint) => endpoint.Port == Options.Port && (
        _view.Networks.FindByDom0(endpoint.Address) is not null
        || (_view.Scheme.Locate(endpoint.Address, out var at) == AddressRefusal.None && at.End == LinkEnd.Dom0
            && _view.Find(at.Number) is { Bindings.Count: > 0 }));

    private void OpenUdp()
    {
        var everywhere = new Ipv4Endpoint(Ipv4Address.None, Options.Port);
        for (var i = 0; i < Options.Threads; i++)
            _threads.Add(_threads.Open(everywhere, shared: true));

        // Those with our port are served by the sockets on all addresses.
        foreach (var endpoint in Options.Addresses.Where(endpoint => endpoint.Port != Options.Port))
            _threads.Add(_threads.Open(endpoint, shared: false));

        // After binding, so that of two that start at once at least one sees the other.
        var ours = _threads.All.Select(thread => thread.SocketInode).ToHashSet();
        var foreign = PortHolder.WildcardUdp(Options.Port, ours);
        if (foreign != 0)
            throw new PortTakenException("UDP", Ipv4Address.None, Options.Port, PortHolder.Process(foreign), null);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "DNS serves port {Port} with {Threads} UDP threads.")]
    private partial void LogServing(int port, int threads);
}
