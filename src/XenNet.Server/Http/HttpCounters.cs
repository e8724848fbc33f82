using System.Diagnostics.Metrics;
using XenNet.Server.Boot;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace XenNet.Server.Http;

/// <summary>What became of requests. The names are also metric labels.</summary>
internal enum HttpCount : byte
{
    /// <summary>The file was sent, or the part of it that was asked for.</summary>
    Served,

    /// <summary>Only what would be sent was asked for.</summary>
    Described,

    /// <summary>The guest has it already.</summary>
    NotModified,

    /// <summary>There is no such part of the file.</summary>
    RangeUnsatisfiable,

    /// <summary>Neither GET nor HEAD.</summary>
    MethodRefused,

    /// <summary>The guest went away, or read too slowly.</summary>
    Aborted,

    /// <summary>The file became shorter, or the disk fails.</summary>
    FileChanged,

    /// <summary>Octets of files that were sent.</summary>
    Octets,
}

/// <summary>
/// Counts for HTTP: <c>xennet.http.requests{outcome}</c>, <c>xennet.http.refused{reason}</c>, <c>xennet.http.octets</c>,
/// <c>xennet.http.connections</c>. From any thread; labels are the enums' own names.
/// </summary>
internal sealed class HttpCounters
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "XenNet.Http";

    private static readonly HttpCount[] Counts = Enum.GetValues<HttpCount>();

    private readonly long[] _counts = new long[Counts.Length];

    /// <summary>Connections and requests that were refused.</summary>
    public RefusalCounts Refusals { get; } = new();

    /// <summary>Puts the instruments on a meter.</summary>
    public void Register(Meter meter, Func<int> connections)
    {
        meter.CreateObservableCounter(
            "xennet.http.requests",
            () => Counts.Where(count => count != HttpCount.Octets)
                .Select(count => new Measurement<long>(Of(count), new Tag("outcome", count.ToString()))),
            "{request}", "HTTP requests for boot files by what became of them.");
        meter.CreateObservableCounter(
            "xennet.http.refused",
            () => Refusals.All().Select(refused => new Measurement<long>(refused.Count, new Tag("reason", refused.Reason))),
            "{request}", "HTTP connections and requests that were refused, by reason.");
        meter.CreateObservableCounter("xennet.http.octets", () => Of(HttpCount.Octets), "By", "Octets of files that were sent.");
        meter.CreateObservableUpDownCounter("xennet.http.connections", connections, "{connection}", "HTTP connections open.");
    }

    /// <summary>All that has happened, by name; what has not is left out.</summary>
    public Dictionary<string, long> ByName() => Counts.Select(count => (Reason: count.ToString(), Count: Of(count)))
        .Concat(Refusals.All().Select(refused => (Reason: "Refused." + refused.Reason, refused.Count)))
        .Where(counted => counted.Count != 0)
        .ToDictionary(counted => counted.Reason, counted => counted.Count, StringComparer.Ordinal);

    /// <summary>What was counted so far.</summary>
    public long Of(HttpCount what) => Interlocked.Read(ref _counts[(int)what]);

    internal void Add(HttpCount what, long many = 1) => Interlocked.Add(ref _counts[(int)what], many);
}
