using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace XenNet.Server.Dns;

/// <summary>
/// How long queries over UDP take, from the kernel's hand to its hand again: <c>xennet.dns.duration{source}</c>. What is
/// answered at once is answered in batches, and each sixteenth query stands for its batch; each one that upstreams were asked
/// about is measured.
/// </summary>
internal sealed class DnsLatency
{
    /// <summary>Of so many queries that are answered at once, one is measured.</summary>
    public const int QueriesPerSample = 16;

    private static readonly Tag Own = new("source", "own");
    private static readonly Tag Upstream = new("source", "upstream");

    private readonly Histogram<double>? _duration;

    /// <param name="meter">Gets the instrument; null for nobody.</param>
    public DnsLatency(Meter? meter) => _duration = meter?.CreateHistogram(
        "xennet.dns.duration", "s", "Time that queries over UDP take, by where their answers came from.", tags: null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries =
            [
                5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
            ],
        });

    /// <summary>A batch was answered from our own data and the cache.</summary>
    /// <param name="begun">When it came: <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void AddOwn(long begun) => _duration?.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, Own);

    /// <summary>A query was answered with what upstreams said, or that they did not.</summary>
    /// <param name="begun">As above.</param>
    public void AddUpstream(long begun) => _duration?.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, Upstream);
}
