using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Registry;
using XenNet.Server.Hosting;
using XenNet.Server.Http;
using XenNet.Server.Tftp;
using XenNet.Wire;

namespace XenNet.Server.Boot;

/// <summary>TFTP and HTTP together, as far as they are configured: without a directory of boot files nothing is here.</summary>
internal sealed partial class BootServing : IAsyncDisposable
{
    private readonly BootGuests? _guests;
    private readonly BootFiles? _files;
    private readonly List<Meter> _meters = [];

    private BootServing(InForce<XenNetConfiguration> inForce, RegistryView view)
    {
        if (inForce.Value is { ServesTftp: false, ServesHttp: false })
            return;

        _guests = new BootGuests(view);
        _files = new BootFiles(inForce, view);
    }

    /// <summary>TFTP; null when it is not served.</summary>
    public TftpServer? Tftp { get; private set; }

    /// <summary>HTTP; null when it is not served.</summary>
    public HttpFileServer? Http { get; private set; }

    /// <summary>Begins to serve what is configured.</summary>
    public static async Task<BootServing> Start(
        InForce<XenNetConfiguration> inForce, RegistryView view, BootStages stages, TimeProvider clock, ILoggerFactory loggers,
        CancellationToken cancel)
    {
        var serving = new BootServing(inForce, view);
        var configuration = inForce.Value;
        var log = loggers.CreateLogger<BootServing>();
        foreach (var finding in BootRootCheck.Findings(configuration))
            LogRootMissing(log, finding);

        if (configuration.ServesTftp)
        {
            serving.Tftp = new TftpServer(
                serving._guests!, serving._files!, stages, clock, serving.NewMeter(TftpCounters.MeterName),
                loggers.CreateLogger<TftpServer>());
        }

        if (configuration.ServesHttp)
        {
            serving.Http = new HttpFileServer(
                serving._guests!, serving._files!, stages, clock, serving.NewMeter(HttpCounters.MeterName), loggers);
            await serving.Http.Start(cancel);
        }

        return serving;
    }

    /// <summary>Other directories, limits and the like hold as soon as they are in force; to begin or to end takes a restart.</summary>
    /// <exception cref="StartException">That would be to begin or to end.</exception>
    public static PreparedChange Prepare(XenNetConfiguration now, XenNetConfiguration next) =>
        (now.ServesTftp, now.ServesHttp) == (next.ServesTftp, next.ServesHttp)
            ? PreparedChange.Of(() => { })
            : throw new StartException("boot.root: boot files begin or cease to be served only with a restart.", 2);

    /// <summary>An interface came, went or was renamed.</summary>
    public void LinksChanged() => _guests?.LinksChanged();

    /// <summary>Answers on a Dom0 end, or on a bridge, as well.</summary>
    public void AnswerOn(Ipv4Address address) => Http?.Listen(address);

    /// <summary>Answers there no more.</summary>
    public Task CloseOn(Ipv4Address address) => Http?.ListenNoMore(address) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Tftp?.Dispose();
        if (Http is not null)
            await Http.DisposeAsync();

        foreach (var meter in _meters)
            meter.Dispose();
    }

    private Meter NewMeter(string name)
    {
        var meter = new Meter(name);
        _meters.Add(meter);
        return meter;
    }

    [LoggerMessage(LogLevel.Warning, "{Finding}.")]
    private static partial void LogRootMissing(ILogger log, string finding);
}
