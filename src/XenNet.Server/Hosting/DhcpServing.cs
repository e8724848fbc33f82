using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Dhcp.Pools;
using XenNet.Core.Registry;
using XenNet.Server.Dhcp;
using XenNet.Server.Events;
using XenNet.Server.Files;
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

    /// <summary>What is wrong with the files that it goes by, as last read: a line each.</summary>
    public IEnumerable<string> FileWarnings =>
        _serving is { } serving ? [.. serving.Hosts?.Warnings ?? [], .. serving.Options.Warnings] : [];

    /// <summary>Begins to serve as the configuration of the start says.</summary>
    /// <exception cref="DhcpUnavailableException">The port is taken, or the sockets are not for us.</exception>
    public async Task StartAsync(CancellationToken cancel) => _serving = await Start(configuration, cancel);

    /// <summary>Makes ready for another configuration.</summary>
    /// <exception cref="DhcpUnavailableException">The port is taken, or the sockets are not for us.</exception>
    public async Task<PreparedChange> PrepareAsync(XenNetConfiguration next)
    {
        if (_serving is { } serving && next.Dhcp.Enabled)
        {
            return Prepare(serving, next);
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

    private async ValueTask End(Serving? serving)
    {
        if (serving is not null)
        {
            await serving.EndFollowing();
            (_counters.HostLinesLeftOut, _counters.OptionLinesLeftOut) = (0, 0);
            await serving.Server.StopAsync(CancellationToken.None);
            serving.Server.Dispose();
        }
    }

    // Files are read before anything changes, and answered from when all changes.
    private PreparedChange Prepare(Serving serving, XenNetConfiguration next)
    {
        var options = DhcpFiles.Options(next, loggers);
        var hosts = serving.Pools is null ? null : DhcpFiles.Hosts(next, loggers);
        var settings = ServerSettings.Dhcp(next) with { Rules = options.Value };
        var prepared = serving.Server.Prepare(settings);
        var changed = serving with { Settings = settings, Hosts = hosts, Options = options };
        return new PreparedChange(
            async () =>
            {
                await serving.EndFollowing();
                await prepared.Commit();
                Follow(changed);
                _serving = changed;
            },
            prepared.Abandon);
    }

    private void Follow(Serving serving)
    {
        serving.Hosts?.Follow((hosts, leftOut) =>
        {
            serving.Pools!.Serve(hosts);
            _counters.HostLinesLeftOut = leftOut;
        });
        serving.Options.Follow((rules, leftOut) =>
        {
            serving.Server.Serve(serving.Settings with { Rules = rules });
            _counters.OptionLinesLeftOut = leftOut;
        });
    }

    private async Task<Serving?> Start(XenNetConfiguration by, CancellationToken cancel)
    {
        if (!by.Dhcp.Enabled)
        {
            return null;
        }

        var options = DhcpFiles.Options(by, loggers);
        var settings = ServerSettings.Dhcp(by) with { Rules = options.Value };
        var pools = by.Dhcp.Pools.IsEmpty ? null : OpenPools(by, settings);
        var hosts = pools is null ? null : DhcpFiles.Hosts(by, loggers);
        var dhcp = new DhcpServer(
            view, settings, _counters, loggers.CreateLogger<DhcpServer>(), host.IsVif, host.BridgeOf, clock, pools,
            boots, host.StationOf, events);
        var serving = new Serving(dhcp, pools, settings, hosts, options);
        try
        {
            // Before the first message, so that nobody is given the address of a host.
            Follow(serving);
            await dhcp.StartAsync(cancel);
            return serving;
        }
        catch
        {
            await serving.EndFollowing();
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

    // What serves, and the files that it goes by.
    private sealed record Serving(
        DhcpServer Server, PoolServing? Pools, DhcpSettings Settings,
        LinesFollower<FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>>>? Hosts,
        LinesFollower<DhcpRules> Options)
    {
        public async ValueTask EndFollowing()
        {
            await (Hosts?.DisposeAsync() ?? ValueTask.CompletedTask);
            await Options.DisposeAsync();
        }
    }

    [LoggerMessage(LogLevel.Error, "There are no leases of pools until xennet is started again: {Reason}")]
    private partial void LogNoPools(string reason);
}
