using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using XenNet.Server.Hosting;

namespace XenNet.Server.Control;

/// <summary>The instruments of all parts for Prometheus, through OpenTelemetry's exporter.</summary>
internal sealed class MetricsApi : IDisposable
{
    private readonly MeterProvider _provider = Sdk.CreateMeterProviderBuilder()
        .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(
            "xennet", serviceVersion: StatusReport.Version, autoGenerateServiceInstanceId: false))
        .AddMeter("XenNet.*")
        .AddPrometheusExporter()
        .Build();

    private RequestDelegate? _export;

    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/metrics", "All metrics, as Prometheus reads them.", context => (_export ??= NewExport(context))(context))
        {
            ContentType = "text/plain",
        },
    ];

    /// <inheritdoc/>
    public void Dispose() => _provider.Dispose();

    // The exporter is made to stand in a pipeline, and here it is all of one.
    private RequestDelegate NewExport(HttpContext context) => new ApplicationBuilder(context.RequestServices)
        .UseOpenTelemetryPrometheusScrapingEndpoint(_provider, _ => true, path: null, configureBranchedPipeline: null, optionsName: null)
        .Build();
}
