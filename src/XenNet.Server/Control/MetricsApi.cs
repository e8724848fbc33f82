using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using XenNet.Server.Hosting;

namespace XenNet.Server.Control;

/// <summary>
/// The instruments of all parts for Prometheus, through OpenTelemetry's exporter. It is made by the first scrape: who has no
/// Prometheus need not pay for it. What others count counts from the start, durations and reloads from then on.
/// </summary>
internal sealed class MetricsApi : IDisposable
{
    // The exporter sets room aside for as many sets of tags of each instrument: its own 2,000 would be 7 MiB. The most there are is
    // one for each upstream; what is beyond is counted together.
    private const int TagSetsMost = 256;

    private readonly Lazy<MeterProvider> _provider = new(() => Sdk.CreateMeterProviderBuilder()
        .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(
            "xennet", serviceVersion: StatusReport.Version, autoGenerateServiceInstanceId: false))
        .AddMeter("XenNet.*")
        .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = TagSetsMost })
        // Not the answer of the last scrape, which it would give again for 300 ms.
        .AddPrometheusExporter(options => options.ScrapeResponseCacheDurationMilliseconds = 0)
        .Build());

    private RequestDelegate? _export;

    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/metrics", "All metrics, as Prometheus reads them.", Scrape)
        {
            ContentType = "text/plain",
        },
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_provider.IsValueCreated)
            _provider.Value.Dispose();
    }

    // The exporter lets the next scrape begin when this one's caller has taken all, and has it wait on a processor: so it writes
    // into memory, and who reads slowly keeps nobody waiting.
    private async Task Scrape(HttpContext context)
    {
        var body = context.Response.Body;
        using var page = new MemoryStream();
        context.Response.Body = page;
        await (_export ??= NewExport(context))(context);
        context.Response.Body = body;
        context.Response.ContentLength = page.Length;
        try
        {
            await body.WriteAsync(page.GetBuffer().AsMemory(0, (int)page.Length), context.RequestAborted).AsTask()
                .WaitAsync(ControlServer.ReadWithin);
        }
        catch (TimeoutException)
        {
            context.Abort();
        }
    }

    // The exporter is made to stand in a pipeline, and here it is all of one.
    private RequestDelegate NewExport(HttpContext context) => new ApplicationBuilder(context.RequestServices)
        .UseOpenTelemetryPrometheusScrapingEndpoint(_provider.Value, _ => true, path: null, configureBranchedPipeline: null, optionsName: null)
        .Build();
}
