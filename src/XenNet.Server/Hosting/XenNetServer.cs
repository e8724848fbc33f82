using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Local;
using XenNet.Core.Registry;
using XenNet.Server.Boot;
using XenNet.Server.Configuration;
using XenNet.Server.Control;
using XenNet.Server.Dns;
using XenNet.Server.Dns.Local;
using XenNet.Server.Events;
using XenNet.Server.Explaining;
using XenNet.Server.Linux;
using XenNet.Server.Network;
using XenNet.Server.Registry;
using XenNet.Server.Vifs;
using XenNet.Server.Xenstore;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Hosting;

/// <summary>
/// The whole server, started in the order in which its parts need each other and stopped in the opposite one: registry,
/// network, DNS, DHCP, the vifs that stayed up, and last the control socket, so that whoever is answered there is
/// served.
/// </summary>
/// <param name="configuration">The configuration of the start.</param>
/// <param name="source">What is read anew for a reload; null when there is nothing to read.</param>
/// <param name="loggers">Makes the parts' loggers.</param>
/// <param name="clock">The clock.</param>
/// <param name="names">Names that the program around us answers; null when it answers none.</param>
internal sealed partial class XenNetServer(
    XenNetConfiguration configuration, ConfigurationSource? source, ILoggerFactory loggers, TimeProvider clock,
    IDnsNameSource? names = null)
    : IHostedService, IAsyncDisposable
{
    private readonly ILogger _log = loggers.CreateLogger<XenNetServer>();
    private readonly SystemdNotifier _systemd = SystemdNotifier.FromEnvironment();

    private readonly EventStream _events = new();
    private readonly InForce<XenNetConfiguration> _inForce = new(configuration);
    private LocalDataFollower? _local;
    private Reloading? _reloading;

    // What is open, to be closed in the opposite order.
    private readonly Stack<Func<ValueTask>> _open = new();

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Start(cancellationToken);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _systemd.Stopping();
        await DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_open.TryPop(out var close))
        {
            await close();
        }
    }

    /// <summary>Reads the configuration again and takes it into force. Nothing happens before the start is done.</summary>
    public async Task ReloadAsync()
    {
        if (_reloading is not { } reloading)
        {
            return;
        }

        _systemd.Reloading(clock);
        await reloading.ReloadAsync();
        _systemd.Ready();
    }

    private async Task Start(CancellationToken cancel)
    {
        var started = clock.GetUtcNow();
        Directory.CreateDirectory(configuration.RunDirectory);
        var token = configuration.Api.IsOn ? ApiToken.Read(configuration.Api.TokenFile) : null;
        var inherited = InheritedSocket.Take(Environment.GetEnvironmentVariable);
        if (inherited is null)
        {
            ControlServer.ClaimPath(configuration.ControlSocket);
        }
        else
        {
            Close(inherited);
        }

        var guests = configuration.GuestNetworks();

        if (!VifNetwork.TryOpen(out var network, out var refusal))
        {
            throw new StartException(refusal, 1);
        }

        Close(network!);
        var host = new HostNetwork(configuration, guests, network!, loggers.CreateLogger<HostNetwork>());
        Close(host);
        var registry = OpenRegistry(guests, host);
        // What the zone holds besides machines may have changed while we were down, and nothing else would tell.
        await ZoneChanged(registry);

        var responder = new DnsResponder(
            registry.View, host.Zone(), NewCache(), NewKey())
        {
            Outside = ServerSettings.Outside(configuration),
        };
        LoadLocalData(host, network!.Links, responder, registry);
        var dns = await StartDns(registry.View, responder);
        var boots = new BootStages(registry.View);
        Close(new BootMetrics(boots));
        var files = await BootServing.Start(_inForce, registry.View, boots, clock, loggers, cancel);
        _open.Push(files.DisposeAsync);
        host.AnswerOn = address =>
        {
            dns.AddTcpListener(address);
            files.AnswerOn(address);
        };
        host.LinksChanged = files.LinksChanged;
        var vifs = new VifLifecycle(
            registry, network!, host.AnswerOn, address => Task.WhenAll(dns.RemoveTcpListenerAsync(address), files.CloseOn(address)),
            clock, loggers.CreateLogger<VifLifecycle>());
        Close(vifs);
        var xenstore = XenstoreEndpoint.Candidates(configuration.Xen.Xenstore, Environment.GetEnvironmentVariable);
        var formerNames = new FormerNames(
            registry, () => TimeSpan.FromSeconds(host.Zone().TtlSeconds), clock, loggers.CreateLogger<FormerNames>());
        _open.Push(formerNames.DisposeAsync);
        vifs.Domains = new DomainNames(registry, formerNames, vifs, xenstore, loggers);
        var reconciler = new VifReconciler(
            registry, vifs, network!, xenstore, host.MendTables, loggers.CreateLogger<VifReconciler>());
        Close(reconciler);
        // Ends before the reconciler, which a domain that returns calls for.
        Close(vifs.Domains);
        vifs.Domains.Returned = host.Reconcile;
        _open.Push(host.EndWatch);
        await host.Start(registry.View, vifs, reconciler, dns, responder, clock);
        await reconciler.Restore(BootId());

        var dhcp = new DhcpServing(configuration, registry.View, host, boots, _events, clock, loggers);
        _open.Push(dhcp.DisposeAsync);
        await dhcp.StartAsync(cancel);
        EventSources.Follow(_events, registry.View, dns, responder, boots, clock);
        var reloading = NewReloading(registry, host, network.Links, responder, dns, dhcp);
        _open.Push(reloading.DisposeAsync);
        if (source is not null)
        {
            _open.Push(new ConfigurationWatch(source, reloading).DisposeAsync);
        }

        var status = new StatusReport(
            _inForce, registry.View, () => registry.Trouble, dns, () => dhcp.Current, files, boots, host, responder, () => _local!.Warnings.Concat(dhcp.FileWarnings),
            () => reloading.Failure, started);
        Close(new ServerMetrics(registry.View, status, () => reloading.Failure.IsEmpty));
        var metrics = new MetricsApi();
        Close(metrics);
        var hooks = new HookMetrics();
        Close(hooks);
        var control = new ControlServer(
            configuration.ControlSocket, inherited, configuration.Api.Listen, token, OpenApiDocument.AddTo(
            [
                .. new StatusApi(status.Make, status.Ready).Routes(),
                .. new MachineApi(registry, formerNames, vifs, reloading).Routes(),
                .. new VifApi(registry.View, vifs, reconciler, boots, _events, hooks, clock).Routes(),
                .. new DnsApi(registry.View, responder, status).Routes(), .. new ConfigurationApi(reloading).Routes(),
                .. new ExportApi(registry, responder).Routes(), .. new SampleApi(responder).Routes(),
                .. new EventApi(_events).Routes(), .. metrics.Routes(),
                .. new ExplainApi(new Explainer(
                    _inForce, registry.View, boots, dns, responder, () => dhcp.Current, network.Links)).Routes(),
                .. new TraceApi(registry.View, _inForce, network.Links).Routes(),
            ], StatusReport.Version), loggers);
        _open.Push(control.DisposeAsync);
        await control.Start(cancel);
        MarkServed();

        host.Follow();
        // The first to end, also when a start that failed later has it end already.
        _open.Push(host.EndWatch);
        _reloading = reloading;
        ReleaseMemoryOfStart();
        _systemd.Ready();
        LogServing(registry.View.MachineCount, registry.View.BindingCount, configuration.ControlSocket);
    }

    private void MarkServed()
    {
        var mark = XenNetConfiguration.ServedMark(configuration.ControlSocket);
        try
        {
            File.WriteAllBytes(mark, []);
            _open.Push(() =>
            {
                File.Delete(mark);
                return ValueTask.CompletedTask;
            });
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Who watches then ends with us instead of waiting for the next: no reason to serve nobody.
            LogNotMarked(mark, refused.Message);
        }
    }

    // Loading leaves more garbage than registry, and looking at all vifs again more still; what comes after makes next to
    // none: nothing else would collect it.
    private static void ReleaseMemoryOfStart()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
        ProgramPages.Release();
    }

    private RegistryWriter OpenRegistry(GuestNetworks guests, HostNetwork host)
    {
        var store = UnwritableRegistryStore.Open(
            configuration.StateDirectory, Path.Combine(configuration.RunDirectory, "registry-copy"),
            loggers.CreateLogger<SqliteRegistryStore>());
        try
        {
            var state = RegistryState.Load(store.Load(), guests, host.Clash, out var misfit)
                ?? throw new StartException(misfit!, 2);
            var registry = new RegistryWriter(state, store, new RegistryEvents(_events, clock));
            _open.Push(registry.DisposeAsync);
            return registry;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    // Before the first query, so that none is told that a name is not there.
    private void LoadLocalData(HostNetwork host, Links links, DnsResponder responder, RegistryWriter registry)
    {
        _local = NewLocalData(configuration, links, data => responder.Local = data, registry);
        host.AddressesChanged = () => _local.AddressesChanged();
        _open.Push(() => _local.DisposeAsync());
        _local.Load();
        _local.Follow();
    }

    private LocalDataFollower NewLocalData(
        XenNetConfiguration by, Links links, Action<LocalData> publish, RegistryWriter registry) => new(
        by.Dns, new ZoneSettings(by.Zone.Name, by.Zone.Ttl), new InterfaceRecords(links, by.Dns.InterfaceNames).Read,
        publish, () => ZoneChanged(registry), loggers.CreateLogger<LocalDataFollower>());

    // It is read before anything changes, and answered from when all changes.
    private PreparedChange PrepareLocalData(
        XenNetConfiguration next, Links links, DnsResponder responder, RegistryWriter registry)
    {
        var read = LocalData.Empty;
        var isInForce = false;
        var local = NewLocalData(next, links, data =>
        {
            if (isInForce) responder.Local = data;
            else read = data;
        }, registry);
        local.Load();
        return new PreparedChange(
            async () =>
            {
                await _local!.DisposeAsync();
                (isInForce, responder.Local, _local) = (true, read, local);
                local.Follow();
                await ZoneChanged(registry);
            },
            () => local.DisposeAsync().AsTask());
    }

    private Reloading NewReloading(
        RegistryWriter registry, HostNetwork host, Links links, DnsResponder responder, DnsServer dns, DhcpServing dhcp)
    {
        var meter = new Meter("XenNet.Configuration");
        Close(meter);
        return new Reloading(_inForce, source,
        [
            new(["dns", "zone", "bridge"], next => Task.FromResult(PreparedChange.Of(() =>
            {
                registry.View.Networks = next.GuestNetworks();
                responder.Outside = ServerSettings.Outside(next);
                responder.Cache.Resize(next.Dns.CacheEntries, next.Dns.CacheSize);
                responder.Cache.StaleMilliseconds = ServerSettings.Stale(next);
            }))),
            new(["dns", "zone"], next => dns.PrepareAsync(ServerSettings.Dns(next))),
            new(["dns.records", "dns.hosts-files", "dns.interface-names", "zone"],
                next => Task.FromResult(PrepareLocalData(next, links, responder, registry))),
            new(["dhcp", "zone", "bridge", "boot", "http.port"], dhcp.PrepareAsync),
            new(["network", "zone", "bridge", "dhcp", "dns.listen"], host.PrepareAsync),
            new(["boot", "tftp", "http", "bridge"], next => Task.FromResult(BootServing.Prepare(_inForce.Value, next))),
        ], meter, outcome => EventSources.Tell(_events, outcome, clock), loggers.CreateLogger<Reloading>());
    }

    // Only secondaries look at the serial.
    private async Task ZoneChanged(RegistryWriter registry)
    {
        if (_inForce.Value.Zone.Secondaries.IsEmpty)
        {
            return;
        }

        try
        {
            await registry.RaiseRevision(CancellationToken.None);
        }
        catch (RegistryStoreException e)
        {
            LogSerialStays(e.Message);
        }
    }

    private async Task<DnsServer> StartDns(RegistryView view, DnsResponder responder)
    {
        var meter = new Meter("XenNet.Dns");
        Close(meter);
        var dns = new DnsServer(
            ServerSettings.Dns(configuration), view, responder, loggers.CreateLogger<DnsServer>(), meter, names);
        _open.Push(dns.DisposeAsync);
        await dns.StartAsync();
        return dns;
    }

    // Another one after each boot of Dom0.
    private static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    private DnsCache NewCache() => new(configuration.Dns.CacheEntries, configuration.Dns.CacheSize, NewKey())
    {
        StaleMilliseconds = ServerSettings.Stale(configuration),
    };

    private static SipHash NewKey()
    {
        Span<byte> key = stackalloc byte[SipHash.KeyOctets];
        KernelRandom.Fill(key);
        return SipHash.FromKey(key);
    }

    private void Close(IDisposable part) => _open.Push(() =>
    {
        part.Dispose();
        return ValueTask.CompletedTask;
    });

    [LoggerMessage(LogLevel.Error, "Secondaries do not hear of changed hosts files before the next change: {Reason}")]
    private partial void LogSerialStays(string reason);

    [LoggerMessage(LogLevel.Warning, "{Mark} cannot be made, so xennet watch will not wait over a restart: {Reason}")]
    private partial void LogNotMarked(string mark, string reason);

    [LoggerMessage(LogLevel.Information, "Serving {Machines} machines, {Vifs} vifs up; control socket {Socket}")]
    private partial void LogServing(int machines, int vifs, string socket);
}
