using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.Server.Dhcp;
using XenNet.Server.Events;
using XenNet.Server.Registry;

namespace XenNet.Server.Hosting;

/// <summary>DHCP as the configuration has it: on, off, or on anew after a reload.</summary>
internal sealed partial class DhcpServing(
    XenNetConfiguration configuration, RegistryView view, HostNetwork host, BootStages boots, EventStream events,
    TimeProvider clock, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ILogger _log = loggers.CreateLogger<DhcpServing>();

    // One for all that serve in their turn.
    private readonly DhcpCounters _counters = new();

    /// <summary>Who serves; null while it is off.</summary>
    public DhcpServer? Current { get; private set; }

    /// <summary>Begins to serve as the configuration of the start says.</summary>
    /// <exception cref="DhcpUnavailableException">The port is taken, or the sockets are not for us.</exception>
    public async Task StartAsync(CancellationToken cancel) => Current = await Start(configuration, cancel);

    /// <summary>Makes ready for another configuration.</summary>
    /// <exception cref="DhcpUnavailableException">The port is taken, or the sockets are not for us.</exception>
    public async Task<PreparedChange> PrepareAsync(XenNetConfiguration next)
    {
        if (Current is { } serving && next.Dhcp.Enabled)
        {
            return serving.Prepare(ServerSettings.Dhcp(next));
        }

        var started = await Start(next, CancellationToken.None);
        return new PreparedChange(
            async () =>
            {
                await End(Current);
                Current = started;
            },
            () => End(started).AsTask());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await End(Current);
        _counters.Dispose();
    }

    private static async ValueTask End(DhcpServer? dhcp)
    {
        if (dhcp is not null)
        {
            await dhcp.StopAsync(CancellationToken.None);
            dhcp.Dispose();
        }
    }

    private async Task<DhcpServer?> Start(XenNetConfiguration by, CancellationToken cancel)
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
            await dhcp.StartAsync(cancel);
            return dhcp;
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

    [LoggerMessage(LogLevel.Error, "There are no leases of pools until xennet is started again: {Reason}")]
    private partial void LogNoPools(string reason);
}
