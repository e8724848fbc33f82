using System.Diagnostics.Metrics;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace XenNet.Server.Vifs;

/// <summary>What the daemon's share of a hook takes: <c>xennet.hook.duration{action,outcome}</c>.</summary>
internal sealed class HookMetrics : IDisposable
{
    private readonly Meter _meter = new("XenNet.Hook");
    private readonly Histogram<double> _duration;

    public HookMetrics() => _duration = _meter.CreateHistogram(
        "xennet.hook.duration", "s", "Time that the daemon takes for calls of the hook, by action and outcome.", tags: null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        });

    /// <summary>A call was answered.</summary>
    public void Add(TimeSpan duration, string action, string outcome) =>
        _duration.Record(duration.TotalSeconds, new Tag("action", action), new Tag("outcome", outcome));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
