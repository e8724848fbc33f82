using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dns;
using XenNet.Core.Network;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Dns;
using XenNet.Server.Network;
using XenNet.Server.Vifs;
using XenNet.Wire;

namespace XenNet.Server.Hosting;

/// <summary>
/// Dom0's side of the network while we serve: forwarding and the filter kept in place, the numbers that Dom0's own
/// networks take, and what the kernel says of changes.
/// </summary>
internal sealed partial class HostNetwork : IDisposable
{
    private readonly NetworkSetup _setup;
    private readonly Dom0NetworksReader _reader;
    private readonly Links _links;
    private readonly NftFilter _filter;
    private readonly ConcurrentDictionary<int, bool> _patternVifs = new();
    private readonly ConcurrentDictionary<int, string> _linkNames = new();
    private readonly ILogger _log;
    private XenNetConfiguration _configuration;
    private GuestNetworks _guests;
    private NetworkWatch? _watch;
    private ReconcileLoop? _loop;
    private ImmutableArray<Dom0Networks> _networks;
    private string _unguarded = "";
    private bool _touchesBridges;

    // Set once, before the watch begins.
    private RegistryView? _view;
    private VifLifecycle? _vifs;
    private VifReconciler? _reconciler;
    private DnsServer? _dns;
    private DnsResponder? _responder;

    public HostNetwork(XenNetConfiguration configuration, GuestNetworks guests, VifNetwork network, ILogger<HostNetwork> log)
    {
        _configuration = configuration;
        _guests = guests;
        _setup = new NetworkSetup(configuration, network);
        _links = network.Links;
        _filter = network.Filter;
        _reader = new Dom0NetworksReader(network.Links, guests);
        _networks = [Dom0Networks.None(guests.Routed.Scheme)];
        _log = log;
    }

    /// <summary>Called when addresses or routes of Dom0 outside its vifs have changed.</summary>
    public Action AddressesChanged { get; set; } = () => { };

    /// <summary>Called when interfaces came, went or were renamed.</summary>
    public Action LinksChanged { get; set; } = () => { };

    /// <summary>Opens what is served over TCP on an address of ours.</summary>
    public Action<Ipv4Address> AnswerOn { get; set; } = _ => { };

    /// <summary>What Dom0 has outside its vifs that a machine's /24 would take; null for a free number.</summary>
    public string? Clash(MachineNumber number)
    {
        foreach (var networks in _networks)
        {
            if (networks.Clashes(number, out Dom0Network network))
            {
                return $"{network.InterfaceName} ({network.Network})";
            }
        }

        return null;
    }

    /// <summary>The zone as it is to be answered now.</summary>
    public ZoneSettings Zone() => new(
        _configuration.Zone.Name, _configuration.Zone.Ttl, ReverseIsWide: _networks.All(networks => networks.Inside.IsEmpty))
    {
        Views = _guests.Views,
    };

    /// <summary>Puts forwarding and the filter in place, looks at Dom0's networks, and subscribes to the kernel's changes.</summary>
    /// <exception cref="StartException">Guests would be without filter or way, or the kernel does not tell its changes.</exception>
    public async Task Start(
        RegistryView view, VifLifecycle vifs, VifReconciler reconciler, DnsServer dns, DnsResponder responder, TimeProvider clock)
    {
        (_view, _vifs, _reconciler, _dns, _responder) = (view, vifs, reconciler, dns, responder);
        LookAtDom0();
        var outcome = await vifs.WithSources(_setup.Start);
        if (!outcome.IsDone)
        {
            throw new StartException(string.Join(' ', outcome.Messages), 1);
        }

        Log(outcome);
        // As they are now: all vifs are looked at anyway before anything is followed.
        await vifs.WithSources(_setup.FollowBridges);
        AnswerOnBridges();
        Subscribe(clock);
    }

    /// <summary>Has the filter, and who is served, go by another configuration of the same networks.</summary>
    /// <exception cref="StartException">The filter cannot be loaded; the one before stands.</exception>
    public async Task<PreparedChange> PrepareAsync(XenNetConfiguration next)
    {
        var before = _configuration;
        var outcome = await _vifs!.WithSources(vifs => _setup.Restart(next, vifs));
        return !outcome.IsDone ? throw new StartException(string.Join(' ', outcome.Messages), 1) : new PreparedChange(
            () =>
            {
                (_configuration, _guests) = (next, next.GuestNetworks());
                _patternVifs.Clear();
                _responder!.Zone = Zone();
                Log(outcome);
                return Task.CompletedTask;
            },
            () => _vifs.WithSources(vifs => _setup.Restart(before, vifs)));
    }

    /// <summary>Follows the kernel's changes since the start: those that came while vifs were compared are not lost.</summary>
    public void Follow() => _watch!.Begin();

    private void Subscribe(TimeProvider clock)
    {
        _loop = new ReconcileLoop(_reconciler!.LookAt, _vifs!.LinkGone, clock);
        var changes = new NetworkChanges
        {
            LinkSeen = link =>
            {
                var binding = _view!.FindBinding(link.Index);
                if (binding is not null && !VifReconciler.StandsAs(binding, link))
                {
                    _loop.Signal(link.Index);
                }

                // To look at all ports for each that is a guest's takes longer with each.
                _touchesBridges |= _setup.IsOtherPort(link.Name)
                    || (link.Controller != 0 && binding is null && !_vifs!.UnderWay.Contains(link.Name));
            },
            LinksSeen = () => FollowLinks(_touchesBridges),
            LinkGone = link => _loop.Gone(link.Index),
            VifLost = _loop.Signal,
            WayLost = LookAtWay,
            Dom0Changed = FollowDom0,
            TableTouched = RestoreTable,
            ForwardingOff = RestoreForwarding,
            Lost = () =>
            {
                // Forwarding too: whatever follows Dom0's networks looks at it.
                FollowDom0();
                RestoreTable();
                Reconcile();
            },
        };
        if (!NetworkWatch.TryOpen((index, name) => _view!.FindBinding(index) is not null || IsVif(name),
            (bridge, source) => _guests.Find(bridge)?.Dom0Address == source, changes, out _watch, out var refusal))
        {
            throw new StartException(refusal, 1);
        }
    }

    /// <summary>
    /// True for a link that <c>network.vifs</c> names; asked for packets of links without a binding, so it is remembered
    /// until links change.
    /// </summary>
    public bool IsVif(int index) => _patternVifs.GetOrAdd(
        index, (unknown, host) => host._links.Find(unknown, out var link).IsDone && host.IsVif(link.Name), this);

    /// <summary>The configured bridge of an index, and whether its filter stands; remembered until links change.</summary>
    public DhcpBridge? BridgeOf(int index) => NameOf(index) is var name && _guests.Find(name) is not null
        ? new DhcpBridge(name, _filter.KnowsBridges)
        : null;

    /// <summary>The name of a link; empty for one that is not there. Remembered until links change.</summary>
    public string NameOf(int index) => _linkNames.GetOrAdd(
        index, (unknown, host) => host._links.Find(unknown, out var link).IsDone ? link.Name : "", this);

    /// <summary>The hardware address of a link; none for one that is not there.</summary>
    public MacAddress StationOf(int index) => _links.Find(index, out var link).IsDone ? link.Mac : MacAddress.None;

    /// <summary>How all of it stands now.</summary>
    public NetworkReport Report()
    {
        var report = _setup.Status(null);
        return report with { Findings = [.. report.Findings, .. Clashes()] };
    }

    /// <summary>Looks no more at what changes: what would be told by it goes now. Again: nothing happens.</summary>
    public async ValueTask EndWatch()
    {
        _watch?.Dispose();
        _watch = null;
        if (Interlocked.Exchange(ref _loop, null) is { } loop)
        {
            await loop.DisposeAsync();
        }
    }

    /// <summary>Puts forwarding and our tables in place when something of them is missing; or only says what.</summary>
    public Task<IReadOnlyList<ReconciledModel>> MendTables(bool isDry) => _vifs!.WithSources<IReadOnlyList<ReconciledModel>>(sources =>
    {
        var missing = _setup.FindMissing(sources);
        if (missing.Length == 0)
        {
            return [];
        }

        var (outcome, error) = ("planned", (string?)null);
        if (!_setup.IsStarted)
        {
            (outcome, error) = ("failed", "network stop was called: run 'xennet network start'");
        }
        else if (!isDry)
        {
            LogTableGone(missing);
            var started = _setup.Start(sources);
            Log(started);
            (outcome, error) = started is { IsDone: true, Unguarded.Length: 0 }
                ? ("done", null)
                : ("failed", string.Join(' ', [.. started.Messages, started.Unguarded]));
        }

        return [new ReconciledModel("network", "mend", outcome, missing, error)];
    });

    /// <inheritdoc/>
    public void Dispose() => _setup.Dispose();

    private bool IsVif(string link) =>
        _view!.FindBinding(link) is not null || _vifs!.UnderWay.Contains(link) || _configuration.Network.Vifs.Any(pattern => pattern.Matches(link));

    private IEnumerable<NetworkFinding> Clashes() =>
        from machine in _view!.Machines()
        let taken = Clash(machine.Number)
        where taken is not null
        select new NetworkFinding(
            NetworkSubject.NumberClash, NetworkStanding.Warning,
            $"machine '{machine.Name}' has {_guests.Routed.Scheme.Network(machine.Number)}, which meets {taken}",
            [$"xennet machine forget {machine.Name}, then start it again: it gets another number"]);

    private void FollowLinks(bool withBridges)
    {
        _patternVifs.Clear();
        _linkNames.Clear();
        if (withBridges && !_guests.Bridges.IsEmpty)
        {
            _touchesBridges = false;
            var (outcome, renewed) = Wait(_vifs!.WithSources(_setup.FollowBridges));
            Log(outcome);
            if (renewed)
            {
                RenewBridges();
            }
        }

        LinksChanged();
        Wait(_dns!.LinksChangedAsync());
    }

    private void LookAtWay(Ipv4Address guest)
    {
        foreach (var binding in _view!.FindOwner(guest)?.Bindings ?? [])
        {
            _loop!.Signal(binding.InterfaceIndex);
        }
    }

    /// <summary>Compares everything; what fails is logged.</summary>
    public void Reconcile() => Wait(_reconciler!.Run(isDry: false, CancellationToken.None));

    private void RenewBridges()
    {
        Reconcile();
        AnswerOnBridges();
    }

    private void AnswerOnBridges()
    {
        foreach (var bridge in _guests.Bridges.Except(_setup.Bridges.Missing()))
        {
            try
            {
                AnswerOn(bridge.Dom0Address);
            }
            catch (Exception e) when (e is PortTakenException or SocketException)
            {
                LogNetwork($"DNS over TCP is not served on {bridge.Bridge}: {e.Message}");
            }
        }
    }

    private void FollowDom0()
    {
        FollowLinks(withBridges: true);
        AddressesChanged();
        LookAtDom0();
        if (_setup.IsStarted)
        {
            Log(Wait(_vifs!.WithSources(_setup.Refresh)));
        }
    }

    private void LookAtDom0()
    {
        var resolvers = _dns!.Status().Upstreams.Where(upstream => upstream.Server.Endpoint.IsIpv4)
            .Select(upstream => (upstream.Server.Endpoint.Ipv4, "the upstream resolver"));
        if (!_reader.TryRead(IsVif, resolvers, out var networks, out var refusal))
        {
            LogNetwork(refusal);
        }
        else if (networks.Length != _networks.Length || !networks.Zip(_networks).All(pair => pair.First.SameAs(pair.Second)))
        {
            ImmutableInterlocked.InterlockedExchange(ref _networks, networks);
            _responder!.Zone = Zone();
            foreach (var clash in Clashes())
            {
                LogNetwork(clash.Sentence);
            }
        }
    }

    private void RestoreTable()
    {
        if (Wait(_vifs!.WithSources(PutBack)) && !_guests.Bridges.IsEmpty)
        {
            // Somebody may have taken Dom0's addresses away as well, as network stop does.
            RenewBridges();
        }
    }

    // By a sysctl.d of another package, most often: guests reach nobody then.
    private void RestoreForwarding()
    {
        if (_setup.IsStarted)
        {
            LogNetwork("somebody switched net.ipv4.ip_forward off, it is put back");
            Log(Wait(_vifs!.WithSources(_setup.Refresh)));
        }
    }

    // True when something was put back.
    private bool PutBack(IReadOnlyCollection<VifSources> sources)
    {
        if (_setup.AreTablesInPlace(sources, out var difference))
        {
            return false;
        }

        if (!_setup.IsStarted)
        {
            LogStopped();
            return false;
        }

        LogTableGone(difference);
        var outcome = _setup.Start(sources);
        Log(outcome);
        return outcome.IsDone;
    }

    private void Log(NetworkOutcome outcome)
    {
        foreach (var message in outcome.Messages)
        {
            LogNetwork(message);
        }

        if (outcome.Unguarded.Length > 0 && outcome.Unguarded != _unguarded)
        {
            LogUnguarded(outcome.Unguarded);
        }

        _unguarded = outcome.Unguarded;
    }

    // The watch's thread has nothing else to do, and what comes next must find this done.
    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    [LoggerMessage(LogLevel.Warning, "Network: {Message}")]
    private partial void LogNetwork(string message);

    [LoggerMessage(LogLevel.Error, "No DHCP on bridges and no new guests there, as their filter cannot be loaded: {Reason}")]
    private partial void LogUnguarded(string reason);

    [LoggerMessage(LogLevel.Warning, "network stop was called: guests have no filter and no NAT until network start or a restart")]
    private partial void LogStopped();

    [LoggerMessage(LogLevel.Warning, "Somebody changed our nft table, it is put back: {Difference}")]
    private partial void LogTableGone(string difference);
}
