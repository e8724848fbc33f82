using System.Reflection;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Dhcp;
using XenNet.Server.Dns;
using XenNet.Server.Network;
using XenNet.Wire.Dhcp;

namespace XenNet.Server.Hosting;

/// <summary>Gathers what <c>xennet status</c> shows.</summary>
internal sealed class StatusReport(
    XenNetConfiguration configuration, RegistryView view, DnsServer dns, DhcpServer? dhcp, HostNetwork network,
    DateTimeOffset started)
{
    /// <summary>The program's version, as <c>--version</c> prints it.</summary>
    public static string Version { get; } = typeof(StatusReport).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>As it is now.</summary>
    public StatusModel Make()
    {
        var names = dns.Status();
        var report = network.Report();
        var findings = report.Findings
            .Where(finding => finding.Standing != NetworkStanding.InPlace)
            .Select(finding => new FindingModel(finding.Sentence, string.Join("; ", finding.Remedies)))
            .ToList();
        if (configuration.Dns.Port != 0 && names.Upstreams.IsEmpty)
        {
            findings.Add(new FindingModel(
                "no upstream name server is known: names outside the zone get SERVFAIL",
                $"name one in {names.ResolverFile ?? "dns.upstreams"}"));
        }

        return new StatusModel(
            Version, started, view.Scheme.Prefix.ToString(), configuration.Zone.Name,
            view.MachineCount, view.BindingCount, view.Revision,
            [.. names.Upstreams.Select(upstream => new UpstreamModel(
                upstream.Server.ToString(), StateOf(upstream.State)))],
            new DnsStatusModel(names.Port, Merge(names.Queries, names.Dropped)),
            new DhcpStatusModel(dhcp is not null, dhcp is null ? new Dictionary<string, long>() : CountersOf(dhcp.Counters)),
            new NetworkStatusModel(report.IsInPlace, report.Uplink, configuration.Network.Nat),
            findings);
    }

    private static string StateOf(UpstreamState state) => state switch
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
        return all;
    }
}
