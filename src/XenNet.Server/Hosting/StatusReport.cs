using System.Collections.Immutable;
using System.Reflection;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Dns.Local;
using XenNet.Core.Registry;
using XenNet.Server.Boot;
using XenNet.Server.Control;
using XenNet.Server.Dhcp;
using XenNet.Server.Dns;
using XenNet.Server.Explaining;
using XenNet.Server.Network;
using XenNet.Wire.Dhcp;

namespace XenNet.Server.Hosting;

/// <summary>Gathers what <c>xennet status</c> shows.</summary>
internal sealed class StatusReport(
    InForce<XenNetConfiguration> inForce, RegistryView view, Func<string?> trouble, DnsServer dns, Func<DhcpServer?> dhcpOf,
    BootServing files, BootStages boots, HostNetwork network, DnsResponder responder, Func<IEnumerable<string>> fileWarnings, Func<ImmutableArray<string>> reloadFailure,
    DateTimeOffset started)
{
    /// <summary>The program's version, as <c>--version</c> prints it.</summary>
    public static string Version { get; } = typeof(StatusReport).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>As it is now.</summary>
    public StatusModel Make()
    {
        var (configuration, dhcp, names) = (inForce.Value, dhcpOf(), dns.Status());
        var report = network.Report();
        var findings = report.Findings
            .Where(finding => finding.Standing != NetworkStanding.InPlace)
            .Select(finding => new FindingModel(finding.Sentence, string.Join("; ", finding.Remedies)))
            .ToList();
        if (trouble() is { } unkept)
        {
            findings.Add(new FindingModel(unkept, "see docs/operations.md"));
        }

        if (configuration.Dns.Port != 0 && names.Upstreams.IsEmpty)
        {
            findings.Add(new FindingModel(
                "no upstream name server is known: names outside the zone get SERVFAIL",
                $"name one in dns.upstreams{(names.ResolverFile is { } file ? $", or in {file}" : "")}"));
        }

        findings.AddRange(GuestFindings());
        findings.AddRange(UpstreamFindings.Of(names.Upstreams));
        findings.AddRange(LocalFindings());
        findings.AddRange(reloadFailure().Select(error => new FindingModel(
            $"the last reload changed nothing: {error}", "correct the file, then xennet reload")));
        findings.AddRange(BootRootCheck.Findings(configuration).Select(finding => new FindingModel(finding, "make it")));
        findings.AddRange(new[] { files.Tftp?.Finding, files.Http?.Finding }.OfType<string>()
            .Select(finding => new FindingModel(finding, "stop that program, or set port of [tftp] or [http]")));
        return new StatusModel(
            Version, started, view.Scheme.Prefix.ToString(), configuration.Zone.Name,
            view.MachineCount, view.BindingCount, view.Revision,
            Models(names),
            new DnsStatusModel(names.Port, Merge(names.Queries, names.Dropped), ModelOf(names.Cache)),
            new DhcpStatusModel(dhcp is not null, dhcp is null ? new Dictionary<string, long>() : CountersOf(dhcp.Counters)),
            new NetworkStatusModel(report.IsInPlace, report.Uplink, configuration.Network.Nat),
            findings,
            files.Tftp is { } tftp ? new TransferStatusModel(tftp.Port, tftp.Counters.Active, tftp.Counters.ByName()) : null,
            files.Http is { } http ? new TransferStatusModel(http.Port, http.Open, http.Counters.ByName()) : null);
    }

    // Guests that stand still on their way; the first of them, for they may be many for one reason.
    private IEnumerable<FindingModel> GuestFindings()
    {
        const int ShownMost = 8;
        var stuck = (
            from vif in view.Bindings()
            let progress = boots.Find(vif)
            where progress is { Stage: BootStage.Discovered or BootStage.Failed }
            orderby progress.At descending
            select (Vif: vif, Progress: progress)).ToList();
        foreach (var (vif, progress) in stuck.Take(ShownMost))
        {
            var what = progress.Stage == BootStage.Failed ? "did not get its boot file" : "is not answered by DHCP";
            yield return new FindingModel(
                $"the guest on {vif.Vif} ({view.Find(vif.Number)?.Name}) {what}: {progress.Detail}", $"xennet explain {vif.Vif}");
        }

        if (stuck.Count > ShownMost)
        {
            yield return new FindingModel(
                $"{stuck.Count - ShownMost} more guests have got no further", "xennet vif list --stage discovered, or failed");
        }
    }

    /// <summary>What is served of what the configuration has served.</summary>
    public ReadyModel Ready()
    {
        var (configuration, report) = (inForce.Value, network.Report());
        ReadyPartModel[] parts =
        [
            Part("registry", trouble()),
            Part("network", report.IsInPlace ? null : report.Findings
                .FirstOrDefault(finding => finding.Standing != NetworkStanding.InPlace)?.Sentence ?? "it is not set up"),
            .. configuration.Dns.Port == 0 ? [] : new[] { Part("dns", dns.Trouble), UpstreamsPart() },
            .. configuration.Dhcp.Enabled ? [Part("dhcp", dhcpOf() is null ? "it is not served" : null)] : Array.Empty<ReadyPartModel>(),
            .. configuration.ServesTftp ? [Part("tftp", files.Tftp?.Finding)] : Array.Empty<ReadyPartModel>(),
            .. configuration.ServesHttp ? [Part("http", files.Http?.Finding)] : Array.Empty<ReadyPartModel>(),
        ];
        return new ReadyModel(parts.All(part => part.Served), parts);
    }

    /// <summary>Whom we ask.</summary>
    public IReadOnlyList<UpstreamModel> Upstreams() => Models(dns.Status());

    /// <summary>What the cache holds and did.</summary>
    public DnsCacheModel Cache() => ModelOf(responder.Cache.Statistics);

    private static ReadyPartModel Part(string part, string? trouble) => new(part, trouble is null, trouble);

    // Where there is none, outside names are not asked for, and that may be meant.
    private ReadyPartModel UpstreamsPart()
    {
        var upstreams = dns.Status().Upstreams;
        return upstreams.IsEmpty || upstreams.Any(upstream => upstream.Trusted)
            ? new ReadyPartModel("upstreams", true, upstreams.IsEmpty ? "no upstream name server is known" : null)
            : Part("upstreams", "no upstream name server answers");
    }

    private static UpstreamModel[] Models(DnsStatus names) => [.. names.Upstreams.Select(ModelOf)];

    private static UpstreamModel ModelOf(UpstreamStatus upstream) => new(
        upstream.Server.ToString(), StateOf(upstream.State), Math.Round(upstream.RoundTripMilliseconds, 1),
        new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["asked"] = upstream.Asked,
            ["answered"] = upstream.Answered,
            ["silent"] = upstream.Silent,
            ["failed"] = upstream.Failed,
            ["mismatched"] = upstream.Mismatched,
        },
        upstream.TlsError, upstream.Silences, upstream.BackOffMilliseconds);

    private DnsCacheModel ModelOf(in DnsCacheStatistics cache) => new(
        cache.Entries, inForce.Value.Dns.CacheEntries, cache.Octets, inForce.Value.Dns.CacheSize,
        cache.Stored, cache.Evicted);

    // Local data and lines of files that are left out, and why; the same wherever it is shown.
    private IEnumerable<FindingModel> LocalFindings()
    {
        var data = responder.Local;
        var machines = MachineClashes.Find(data, view, responder.Zone, LocalDataBuilder.ClashesMost);
        foreach (var clash in data.Clashes.Concat(machines))
            yield return new FindingModel(clash.ToString(), "remove one of the two");

        if (data.ClashesNotShown > 0)
        {
            yield return new FindingModel(
                $"{data.ClashesNotShown} more records are left out, as they contradict others", "see the log");
        }

        foreach (var warning in fileWarnings())
            yield return new FindingModel(warning, "correct or remove it");
    }

    /// <summary>What an upstream is, in a word.</summary>
    internal static string StateOf(UpstreamState state) => state switch
    {
        UpstreamState.Up => "up",
        UpstreamState.Down => "down",
        UpstreamState.Looping => "looping",
        UpstreamState.Untrusted => "untrusted",
        _ => "unknown",
    };

    private static Dictionary<string, long> Merge(
        IReadOnlyDictionary<string, long> queries, IReadOnlyDictionary<string, long> dropped)
    {
        var all = new Dictionary<string, long>(queries, StringComparer.Ordinal);
        foreach (var (reason, count) in dropped)
        {
            all[$"Dropped.{reason}"] = count;
        }

        return all;
    }

    private static Dictionary<string, long> CountersOf(DhcpCounters counters)
    {
        var all = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var type in Enum.GetValues<DhcpMessageType>())
        {
            all[type.ToString()] = counters.Of(type);
        }

        foreach (var reason in Enum.GetValues<DhcpSilence>().Where(reason => counters.Of(reason) > 0))
        {
            all[$"Silent.{reason}"] = counters.Of(reason);
        }

        all["Unsent"] = counters.Unsent;
        if (counters.HostLinesLeftOut > 0)
        {
            all["HostLinesLeftOut"] = counters.HostLinesLeftOut;
        }

        if (counters.OptionLinesLeftOut > 0)
        {
            all["OptionLinesLeftOut"] = counters.OptionLinesLeftOut;
        }

        return all;
    }
}
