using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Core.Registry;
using XenNet.Server.Dhcp;
using XenNet.Server.Events;
using XenNet.Server.Registry;
using XenNet.Wire;

namespace XenNet.Server.Hosting;

/// <summary>DHCP as the configuration has it: on, off, or on anew after a reload.</summary>
internal sealed partial class DhcpServing(
    XenNetConfiguration configuration, RegistryView view, HostNetwork host, BootStages boots, EventStream events,
    TimeProvider clock, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ILogger _log = loggers.CreateLogger<DhcpServing>();

    // One for all that serve in their turn.
    private readonly DhcpCounters _counters = new();

    private Serving? _serving;

    /// <summary>Who serves; null while it is off.</summary>
    public DhcpServer? Current => _serving?.Server;

    /// <summary>What is wrong with the files of pools' hosts, as last read: a line each.</summary>
    public ImmutableArray<string> HostsWarnings => _serving?.Hosts?.Warnings ?? [];

    /// <summary>Begins to serve as the configuration of the start says.</summary>
    /// <exception cref="DhcpUnavailableException">The port is taken, or the sockets are not for us.</exception>
    public async Task StartAsync(CancellationToken cancel) => _serving = await Start(configuration, cancel);

    /// <summary>Makes ready for another configuration.</summary>
    /// <exception cref="DhcpUnavailableException">The port is taken, or the sockets are not for us.</exception>
    public async Task<PreparedChange> PrepareAsync(XenNetConfiguration next)
    {
        if (_serving is { } serving && next.Dhcp.Enabled)
        {
            return serving.Pools is null
                ? serving.Server.Prepare(ServerSettings.Dhcp(next))
                : Prepare(serving, serving.Pools, next);
        }

        var started = await Start(next, CancellationToken.None);
        return new PreparedChange(
            async () =>
            {
                await End(_serving);
                _serving = started;
            },
            () => End(started).AsTask());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await End(_serving);
        _counters.Dispose();
    }

    private static async ValueTask End(Serving? serving)
    {
        if (serving is not null)
        {
            await (serving.Hosts?.DisposeAsync() ?? ValueTask.CompletedTask);
            await serving.Server.StopAsync(CancellationToken.None);
            serving.Server.Dispose();
        }
    }

    // Files of hosts are read before anything changes, and answered from when all changes.
    private PreparedChange Prepare(Serving serving, PoolServing pools, XenNetConfiguration next)
    {
        var settings = serving.Server.Prepare(ServerSettings.Dhcp(next));
        var read = FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>>.Empty;
        var isInForce = false;
        var hosts = NewHosts(next, of =>
        {
            if (isInForce) pools.Serve(of);
            else read = of;
        });
        hosts.Load();
        return new PreparedChange(
            async () =>
            {
                await settings.Commit();
                await serving.Hosts!.DisposeAsync();
                isInForce = true;
                pools.Serve(read);
                _serving = serving with { Hosts = hosts };
                hosts.Follow();
            },
            settings.Abandon);
    }

    private PoolHostsFollower NewHosts(
        XenNetConfiguration by, Action<FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>>> publish) =>
        new(by.Dhcp.Pools, publish, _counters, loggers.CreateLogger<PoolHostsFollower>());

    private async Task<Serving?> Start(XenNetConfiguration by, CancellationToken cancel)
    {
        if (!by.Dhcp.Enabled)
        {
            return null;
        }

        var settings = ServerSettings.Dhcp(by);
        var pools = by.Dhcp.Pools.IsEmpty ? null : OpenPools(by, settings);
        var dhcp = new DhcpServer(
            view, settings, _counters, loggers.CreateLogger<DhcpServer>(), host.IsVif, host.BridgeOf, clock, pools,
            boots, host.StationOf, events);
        try
        {
            // Before the first message, so that nobody is given the address of a host.
            var hosts = pools is null ? null : NewHosts(by, pools.Serve);
            hosts?.Load();
            await dhcp.StartAsync(cancel);
            hosts?.Follow();
            return new Serving(dhcp, pools, hosts);
        }
        catch
        {
            dhcp.Dispose();
            throw;
        }
    }

    // On a disk that takes nothing there is no new lease; the guests that the hook announces are served all the same.
    private PoolServing? OpenPools(XenNetConfiguration by, DhcpSettings settings)
    {
        try
        {
            var leases = LeaseStore.Open(configuration.StateDirectory, clock, loggers.CreateLogger<LeaseStore>());
            return new PoolServing(by.Dhcp.Pools, settings, leases, host.NameOf);
        }
        catch (RegistryStoreException e) when (e.Fault == StoreFault.Unwritable)
        {
            LogNoPools(e.Message);
            return null;
        }
    }

    private sealed record Serving(DhcpServer Server, PoolServing? Pools, PoolHostsFollower? Hosts);

    [LoggerMessage(LogLevel.Error, "There are no leases of pools until xennet is started again: {Reason}")]
    private partial void LogNoPools(string reason);
}
