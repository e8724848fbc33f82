using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Registry;
using XenNet.Server.Boot;
using XenNet.Server.Control;
using XenNet.Server.Dhcp;
using XenNet.Server.Dns;
using XenNet.Server.Dns.Local;
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
internal sealed partial class XenNetServer(XenNetConfiguration configuration, ILoggerFactory loggers, TimeProvider clock)
    : IHostedService, IAsyncDisposable
{
    private readonly ILogger _log = loggers.CreateLogger<XenNetServer>();
    private readonly SystemdNotifier _systemd = SystemdNotifier.FromEnvironment();

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

    private async Task Start(CancellationToken cancel)
    {
        var started = clock.GetUtcNow();
        Directory.CreateDirectory(configuration.RunDirectory);
        ControlServer.ClaimPath(configuration.ControlSocket);
        var guests = configuration.GuestNetworks();

        if (!VifNetwork.TryOpen(out var network, out var refusal))
        {
            throw new StartException(refusal, 1);
        }

        Close(network!);
        var host = new HostNetwork(configuration, guests, network!, loggers.CreateLogger<HostNetwork>());
        Close(host);
        var registry = OpenRegistry(guests, host);
        if (!configuration.Zone.Secondaries.IsEmpty)
        {
            // What the zone holds besides machines may have changed while we were down, and nothing else would tell.
            await registry.RaiseRevision(cancel);
        }

        // Loading leaves more garbage than registry, and what comes after makes next to none: nothing else would collect it.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var responder = new DnsResponder(
            registry.View, host.Zone(), NewCache(), NewKey())
        {
            Outside = OutsideOf(configuration.Dns),
        };
        var local = LoadLocalData(host, network!.Links, responder, registry);
        var dns = await StartDns(registry.View, responder);
        var vifs = new VifLifecycle(
            registry, network!, dns.AddTcpListener, dns.RemoveTcpListenerAsync, clock, loggers.CreateLogger<VifLifecycle>());
        Close(vifs);
        vifs.Domains = new DomainNames(
            registry, vifs, XenstoreEndpoint.Candidates(configuration.Xen.Xenstore, Environment.GetEnvironmentVariable), loggers);
        Close(vifs.Domains);
        await host.Start(registry.View, vifs, dns, responder);
        await vifs.Restore();

        var boots = new BootStages(registry.View);
        Close(new BootMetrics(boots));
        var dhcp = await StartDhcp(registry.View, host, boots, cancel);
        var status = new StatusReport(configuration, registry.View, dns, dhcp, host, responder, local, started);
        var control = new ControlServer(
            configuration.ControlSocket, new ControlApi(registry, vifs, boots, status.Make), loggers);
        _open.Push(control.DisposeAsync);
        await control.Start(cancel);

        host.Watch();
        _open.Push(() =>
        {
            host.EndWatch();
            return ValueTask.CompletedTask;
        });
        _systemd.Ready();
        LogServing(registry.View.MachineCount, registry.View.BindingCount, configuration.ControlSocket);
    }

    private RegistryWriter OpenRegistry(GuestNetworks guests, HostNetwork host)
    {
        var store = SqliteRegistryStore.Open(configuration.StateDirectory);
        try
        {
            var state = RegistryState.Load(store.Load(), guests, host.Clash, out var misfit)
                ?? throw new StartException(misfit!, 2);
            var registry = new RegistryWriter(state, store);
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
    private LocalDataFollower LoadLocalData(
        HostNetwork host, Links links, DnsResponder responder, RegistryWriter registry)
    {
        var local = new LocalDataFollower(
            configuration.Dns, host.Zone(), new InterfaceRecords(links, configuration.Dns.InterfaceNames).Read,
            data => responder.Local = data, () => ZoneChanged(registry), loggers.CreateLogger<LocalDataFollower>());
        host.AddressesChanged = local.AddressesChanged;
        _open.Push(local.DisposeAsync);
        local.Load();
        local.Follow();
        return local;
    }

    // Only secondaries look at the serial.
    private async Task ZoneChanged(RegistryWriter registry)
    {
        if (configuration.Zone.Secondaries.IsEmpty)
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
        var dns = new DnsServer(DnsOptions(), view, responder, loggers.CreateLogger<DnsServer>(), meter);
        _open.Push(dns.DisposeAsync);
        await dns.StartAsync();
        return dns;
    }

    private DnsServerOptions DnsOptions()
    {
        var dns = configuration.Dns;
        return new DnsServerOptions
        {
            Port = dns.Port,
            Interfaces = dns.ListenInterfaces,
            Addresses = dns.ListenAddresses,
            Upstreams = dns.Upstreams,
            UpstreamOrder = dns.UpstreamOrder,
            Forwards = dns.Forwards,
            SourcePorts = dns.SourcePorts,
            TlsCaFile = dns.TlsCaFile,
            ForwardsMax = dns.ForwardsMax,
            ForwardsPerClientMax = dns.ForwardsPerClientMax,
            TcpConnectionsMax = dns.TcpConnectionsMax,
            TcpConnectionsPerClientMax = dns.TcpConnectionsPerClientMax,
            RateLimit = dns.RateLimit,
            CacheTtlMin = dns.CacheTtlMin,
            CacheTtlMax = dns.CacheTtlMax,
            NegativeTtlMax = dns.NegativeTtlMax,
            RebindProtection = dns.RebindProtection,
            RebindAllow = dns.RebindAllow,
            Secondaries = configuration.Zone.Secondaries,
        };
    }

    private async Task<DhcpServer?> StartDhcp(
        RegistryView view, HostNetwork host, BootStages boots, CancellationToken cancel)
    {
        if (!configuration.Dhcp.Enabled)
        {
            return null;
        }

        var counters = new DhcpCounters();
        Close(counters);
        var settings = DhcpSettings();
        var pools = configuration.Dhcp.Pools.IsEmpty ? null : new PoolServing(
            configuration.Dhcp.Pools, settings, LeaseStore.Open(configuration.StateDirectory), host.NameOf, clock);
        var dhcp = new DhcpServer(
            view, settings, counters, loggers.CreateLogger<DhcpServer>(), host.IsVif, host.BridgeOf, clock, pools,
            boots);
        _open.Push(async () =>
        {
            await dhcp.StopAsync(CancellationToken.None);
            dhcp.Dispose();
        });
        await dhcp.StartAsync(cancel);
        return dhcp;
    }

    private DhcpSettings DhcpSettings() => new()
    {
        Zone = configuration.Zone.Name,
        LeaseSeconds = configuration.Dhcp.LeaseTime is { } time
            ? (uint)time.TotalSeconds
            : Core.Dhcp.DhcpSettings.LeaseInfinite,
        ExceptInterfaces = configuration.Dhcp.ExceptInterfaces,
        Overload = configuration.Dhcp.Overload,
        RapidCommit = configuration.Dhcp.RapidCommit,
        Relays = configuration.Dhcp.Relays,
        RateLimit = configuration.Dhcp.RateLimit,
        Rules = configuration.Dhcp.Rules,
    };

    private DnsCache NewCache() => new(configuration.Dns.CacheEntries, configuration.Dns.CacheSize, NewKey())
    {
        StaleMilliseconds = configuration.Dns.StaleTime * 1000L,
    };

    // What has upstreams of its own leaves; a route without any keeps its names here.
    private static OutsideNames OutsideOf(DnsConfiguration dns) => new(
        [.. dns.LocalDomains, .. dns.Forwards.Where(route => route.Upstreams.IsEmpty).SelectMany(route => route.Names)],
        [.. dns.Forwards.Where(route => !route.Upstreams.IsEmpty).SelectMany(route => route.Names)],
        dns.FilterTypes);

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

    [LoggerMessage(LogLevel.Information, "Serving {Machines} machines, {Vifs} vifs up; control socket {Socket}")]
    private partial void LogServing(int machines, int vifs, string socket);
}
