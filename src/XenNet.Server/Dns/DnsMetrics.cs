using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using XenNet.Core.Dns.Caching;
using XenNet.Server.Dns.Tcp;
using XenNet.Server.Dns.Forwarding;
using XenNet.Wire.Dns;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace XenNet.Server.Dns;

/// <summary>
/// Sums the counters of all threads, for instruments that are read now and then and for <c>status</c>.
/// </summary>
internal static class DnsMetrics
{
    private static readonly DnsCount[] Outcomes = Enum.GetValues<DnsCount>();
    private static readonly DnsAdmissionRefusal[] Admissions = Enum.GetValues<DnsAdmissionRefusal>();
    private static readonly DnsRefusal[] Refusals = Enum.GetValues<DnsRefusal>();

    // Names are made once: reading an instrument every second should not make strings each time.
    private static readonly Tag[] OutcomeTags = [.. Outcomes.Select(outcome => Label("outcome", outcome))];
    private static readonly Tag[] AdmissionTags = [.. Admissions.Select(reason => Label("reason", reason))];
    private static readonly TcpEnd[] Ends = Enum.GetValues<TcpEnd>();
    private static readonly DnsMistake[] Mistakes = Enum.GetValues<DnsMistake>();
    private static readonly Tag[] MistakeTags = [.. Mistakes.Select(what => Label("what", what))];
    private static readonly Tag[] EndTags = [.. Ends.Select(end => Label("reason", end))];
    private static readonly Tag[] RefusalTags = [.. Refusals.Select(reason => Label("reason", reason))];

    /// <summary>Puts DNS's instruments on a meter.</summary>
    public static void Register(
        Meter meter,
        Func<IReadOnlyList<DnsCounters>> counters,
        Func<int> pending,
        Func<int> connections,
        TcpCounters tcp,
        Func<IReadOnlyList<Upstream>> upstreams,
        DnsCache cache,
        MistakeLog mistakes)
    {
        const string Query = "{query}";
        const string Entry = "{entry}";
        meter.CreateObservableCounter(
            "xennet.dns.queries", () => Queries(counters()), Query, "Queries by outcome.");
        meter.CreateObservableCounter(
            "xennet.dns.dropped", () => Dropped(counters()), Query, "Queries that got silence, by reason.");
        meter.CreateObservableCounter(
            "xennet.dns.refused", () => Refused(counters()), Query, "Queries that got an error, by what was wrong.");
        meter.CreateObservableUpDownCounter(
            "xennet.dns.forwards.pending", pending, Query, "Queries that wait for upstreams.");
        meter.CreateObservableUpDownCounter(
            "xennet.dns.tcp.connections", connections, "{connection}", "TCP connections open.");
        meter.CreateObservableCounter(
            "xennet.dns.tcp.ended", () => Ended(tcp), "{connection}", "TCP connections ended by us, by reason.");
        meter.CreateObservableCounter(
            "xennet.dns.upstream.queries", () => Upstreams(upstreams()), Query, "Queries to upstreams, by outcome.");
        meter.CreateObservableCounter(
            "xennet.dns.upstream.changes", () => Changes(upstreams()), "{change}",
            "How often an upstream went down, came back or was excluded.");
        meter.CreateObservableGauge(
            "xennet.dns.upstream.up", () => Gauges(upstreams(), upstream => upstream.Trusted ? 1 : 0),
            description: "1 for an upstream that is asked before others, 0 for one that is down or not asked.");
        meter.CreateObservableGauge(
            "xennet.dns.upstream.round_trip", () => Gauges(upstreams(), upstream => upstream.RoundTripMilliseconds / 1000), "s",
            "Time that an upstream takes, smoothed; 0 when it is not known.");
        meter.CreateObservableGauge(
            "xennet.dns.upstream.back_off", () => Gauges(upstreams(), upstream => upstream.BackOffMilliseconds / 1000.0), "s",
            "Time between two tries of an upstream that is down; 0 for others.");
        meter.CreateObservableUpDownCounter(
            "xennet.dns.cache.entries", () => cache.Statistics.Entries, Entry, "Answers kept.");
        meter.CreateObservableUpDownCounter(
            "xennet.dns.cache.size", () => cache.Statistics.Octets, "By", "Memory that they take.");
        meter.CreateObservableCounter(
            "xennet.dns.cache.stored", () => cache.Statistics.Stored, Entry, "Answers put into the cache.");
        meter.CreateObservableCounter(
            "xennet.dns.cache.evicted", () => cache.Statistics.Evicted, Entry, "Answers driven out for want of room.");
        meter.CreateObservableCounter(
            "xennet.dns.mistakes", () => Mistaken(mistakes), "{mistake}", "Mistakes of ours, by what they cost.");
    }

    /// <summary>Queries by outcome, zeros included.</summary>
    public static ImmutableSortedDictionary<string, long> QueriesByName(IReadOnlyList<DnsCounters> counters) =>
        Outcomes.ToImmutableSortedDictionary(
            outcome => outcome.ToString(), outcome => counters.Sum(c => c.Read(outcome)), StringComparer.Ordinal);

    /// <summary>Silence by reason, zeros left out.</summary>
    public static ImmutableSortedDictionary<string, long> DroppedByName(IReadOnlyList<DnsCounters> counters) =>
        Dropped(counters).Where(m => m.Value > 0)
            .ToImmutableSortedDictionary(m => (string)m.Tags[0].Value!, m => m.Value, StringComparer.Ordinal);

    /// <summary>TCP connections ended by us, by reason, zeros left out.</summary>
    public static ImmutableSortedDictionary<string, long> EndedByName(TcpCounters tcp) =>
        Ends.Where(end => tcp.Read(end) > 0)
            .ToImmutableSortedDictionary(end => end.ToString(), tcp.Read, StringComparer.Ordinal);

    private static IEnumerable<Measurement<long>> Ended(TcpCounters tcp) =>
        Ends.Select((end, i) => new Measurement<long>(tcp.Read(end), EndTags[i]));

    private static IEnumerable<Measurement<long>> Mistaken(MistakeLog mistakes) =>
        Mistakes.Select((what, i) => new Measurement<long>(mistakes.Count(what), MistakeTags[i]));

    private static IEnumerable<Measurement<long>> Queries(IReadOnlyList<DnsCounters> counters) =>
        Outcomes.Select((outcome, i) => Sum(counters, c => c.Read(outcome), OutcomeTags[i]));

    // The first of each enum is None: nothing was wrong.
    private static IEnumerable<Measurement<long>> Dropped(IReadOnlyList<DnsCounters> counters) =>
        Admissions.Select((reason, i) => Sum(counters, c => c.Read(reason), AdmissionTags[i])).Skip(1)
            .Concat(Refusals.Select((reason, i) => Sum(counters, c => c.Read(reason), RefusalTags[i])).Skip(1));

    private static IEnumerable<Measurement<long>> Refused(IReadOnlyList<DnsCounters> counters) =>
        Refusals.Select((reason, i) => Sum(counters, c => c.ReadAnswered(reason), RefusalTags[i])).Skip(1);

    private static IEnumerable<Measurement<long>> Upstreams(IReadOnlyList<Upstream> upstreams)
    {
        foreach (var upstream in upstreams)
        {
            var status = upstream.Status();
            var server = new Tag("upstream", status.Server.ToString());
            yield return new Measurement<long>(status.Answered, server, new Tag("outcome", "Answered"));
            yield return new Measurement<long>(status.Silent, server, new Tag("outcome", "Silent"));
            yield return new Measurement<long>(status.Failed, server, new Tag("outcome", "Failed"));
            yield return new Measurement<long>(status.Mismatched, server, new Tag("outcome", "Mismatched"));
        }
    }

    private static IEnumerable<Measurement<long>> Changes(IReadOnlyList<Upstream> upstreams) =>
        upstreams.Select(upstream => new Measurement<long>(upstream.Changes, new Tag("upstream", upstream.Server.ToString())));

    private static IEnumerable<Measurement<double>> Gauges(
        IReadOnlyList<Upstream> upstreams, Func<UpstreamStatus, double> read) => upstreams.Select(upstream => upstream.Status())
        .Select(status => new Measurement<double>(read(status), new Tag("upstream", status.Server.ToString())));

    private static Measurement<long> Sum(
        IReadOnlyList<DnsCounters> counters, Func<DnsCounters, long> read, Tag tag) => new(counters.Sum(read), tag);

    private static Tag Label<T>(string name, T value) where T : struct, Enum => new(name, value.ToString());
}
