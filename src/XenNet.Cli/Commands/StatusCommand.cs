using System.CommandLine;
using System.Globalization;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet status</c>: how the daemon fares, and what an operator should see to.</summary>
internal static class StatusCommand
{
    public static Command New(CommandRunner runner) => runner.Asking(
        new Command("status", "How the daemon fares, and what needs attention."), printsJson: true,
            async (call, daemon) =>
        {
            var status = await daemon.Get("v1/status", ControlJson.Default.StatusModel);
            if (call.Json) call.WriteJson(status, ControlJson.Default.StatusModel);
            else Write(call.Output, call.Screen, status);
        });

    /// <summary>What should be seen to, a line each.</summary>
    public static void Write(TextWriter output, IEnumerable<FindingModel> findings)
    {
        foreach (var finding in findings) output.WriteLine(Line(finding));
    }

    // On a terminal each row is a line, and all of it one screen; what finds no room is counted.
    private static void Write(TextWriter output, Screen screen, StatusModel status)
    {
        var text = new StringWriter { NewLine = "\n" };
        Table(status).WriteTo(text);
        var lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines) output.WriteLine(screen.Fit(line));

        // The prompt takes a line as well.
        var room = screen.IsTerminal ? Math.Max(screen.Lines - lines.Length - 1, 1) : int.MaxValue;
        var shown = status.Findings.Count <= room ? status.Findings.Count : room - 1;
        foreach (var finding in status.Findings.Take(shown))
            output.WriteLine(screen.Paint(screen.Fit(Line(finding)), Ink.Bad));

        if (shown < status.Findings.Count)
        {
            output.WriteLine(screen.Paint(string.Create(CultureInfo.InvariantCulture,
                $"! and {status.Findings.Count - shown} more: xennet status | less"), Ink.Bad));
        }
        else if (screen.IsTerminal && shown == 0)
        {
            output.WriteLine(screen.Paint("Nothing needs attention.", Ink.Good));
        }
    }

    private static string Line(FindingModel finding) => TextTable.OneLine(finding switch
    {
        { Do: "" } => $"! {finding.What}",
        _ => $"! {finding.What.TrimEnd('.')}; {finding.Do}",
    });

    private static TextTable Table(StatusModel status)
    {
        var table = new TextTable("xennet", string.Create(CultureInfo.InvariantCulture,
            $"{status.Version}, serving since {status.Started.UtcDateTime:u}"));
        table.Add("zone", $"{status.Zone}, addresses in {status.Prefix}");
        table.Add("machines",
            string.Create(CultureInfo.InvariantCulture, $"{status.Machines} known, {status.Vifs} vifs up"));
        table.Add("revision", status.Revision.ToString(CultureInfo.InvariantCulture));
        table.Add("upstreams", status.Upstreams.Count == 0
            ? "none"
            : string.Join(", ", status.Upstreams.Select(Describe)));
        table.Add("dns", status.Dns.Port == 0
            ? "off"
            : string.Create(CultureInfo.InvariantCulture, $"port {status.Dns.Port}{Counters(status.Dns.Counters)}"));
        if (status.Dns.Port != 0)
        {
            var cache = status.Dns.Cache;
            table.Add("cache", string.Create(CultureInfo.InvariantCulture,
                $"{cache.Entries} of {cache.EntriesMost} answers, {cache.Octets / 1024} of {cache.OctetsMost / 1024} KiB"));
        }

        table.Add("dhcp", status.Dhcp.Enabled ? $"on{Counters(status.Dhcp.Counters)}" : "off");
        Add(table, "tftp", status.Tftp);
        Add(table, "http", status.Http);
        table.Add("network", (status.Network.InPlace ? "in place" : "not in place")
            + (status.Network.Uplink is { } uplink ? $", uplink {uplink}" : ", no uplink")
            + (status.Network.Nat ? ", NAT on" : ", NAT off"));
        return table;
    }

    private static string Describe(UpstreamModel upstream) => upstream.RoundTripMs > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{upstream.Address} ({upstream.State}, {upstream.RoundTripMs} ms)")
        : $"{upstream.Address} ({(upstream.State == "unknown" ? "not heard of yet" : upstream.State)})";

    private static void Add(TextTable table, string name, TransferStatusModel? transfers)
    {
        if (transfers is not null)
        {
            table.Add(name, string.Create(CultureInfo.InvariantCulture,
                $"port {transfers.Port}, {transfers.Active} on their way{Counters(transfers.Counters)}"));
        }
    }

    // Those that have counted something: the rest is in --json.
    private static string Counters(IReadOnlyDictionary<string, long> counters) => string.Concat(counters
        .Where(counter => counter.Value != 0)
        .OrderBy(counter => counter.Key, StringComparer.Ordinal)
        .Select(counter => string.Create(CultureInfo.InvariantCulture, $", {counter.Value} {counter.Key}")));
}
