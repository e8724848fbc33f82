using System.CommandLine;
using System.Text.Json.Serialization;
using XenNet.Server.Network;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet network …</c>: forwarding and the packet filter, which <c>serve</c> also puts in place.</summary>
internal static class NetworkCommands
{
    public static Command New(CommandRunner runner) => CommandRunner.Group(
        "network", "Forwarding, NAT and the packet filter; also by the name network-nat-dns.",
        Change(runner, "start", "Puts them in place, whatever is there already.", setup => setup.Start(vifs: null)),
        Change(runner, "stop", "Takes away just what start made.", setup => setup.Stop()),
        Status(runner));

    /// <summary>A finding and its remedies, for people.</summary>
    public static void Write(TextWriter output, NetworkFinding finding)
    {
        output.WriteLine(TextTable.OneLine($"{Mark(finding.Standing)} {finding.Sentence}"));
        foreach (var remedy in finding.Remedies) output.WriteLine(TextTable.OneLine($"    {remedy}"));
    }

    private static Command Change(
        CommandRunner runner, string verb, string description, Func<NetworkSetup, NetworkOutcome> change) =>
        runner.Doing(new Command(verb, description) { SharedOptions.NewConfig() }, call =>
        {
            if (!TryOpen(call, out var setup)) return Task.FromResult(ExitCodes.WrongUsage);
            using (setup)
            {
                var outcome = change(setup!);
                if (!outcome.IsDone)
                    throw CommandException.Failed($"network {verb}: {string.Join(" ", outcome.Messages)}");
                foreach (var message in outcome.Messages) call.Output.WriteLine(TextTable.OneLine(message));
                if (outcome.Unguarded.Length > 0)
                    throw CommandException.Failed($"network {verb}: no DHCP on bridges: {outcome.Unguarded}");
                return Task.FromResult(ExitCodes.Done);
            }
        });

    private static Command Status(CommandRunner runner) => runner.Doing(
        new Command("status", "Says what is in place and what stands in the way; exit 0 in place, 1 not.")
        {
            SharedOptions.NewConfig(),
            SharedOptions.NewJson(),
        }, call =>
        {
            if (!TryOpen(call, out var setup)) return Task.FromResult(ExitCodes.WrongUsage);
            using (setup)
            {
                var report = setup!.Status(vifs: null);
                if (call.Json) call.WriteJson(Model(report), NetworkJson.Default.NetworkReportModel);
                else foreach (var finding in report.Findings) Write(call.Output, finding);
                return Task.FromResult(report.IsInPlace ? ExitCodes.Done : ExitCodes.Failed);
            }
        });

    private static bool TryOpen(CommandCall call, out NetworkSetup? setup)
    {
        setup = null;
        if (call.Configuration() is not { } configuration) return false;
        return NetworkSetup.TryOpen(configuration, out setup, out var refusal)
            ? true
            : throw CommandException.Failed($"network: {refusal}");
    }

    private static string Mark(NetworkStanding standing) => standing switch
    {
        NetworkStanding.InPlace => "+",
        NetworkStanding.Missing => "-",
        _ => "!",
    };

    private static NetworkReportModel Model(NetworkReport report) => new(report.IsInPlace, report.Uplink,
        [.. report.Findings.Select(finding => new NetworkFindingModel(
            Camel(finding.Subject.ToString()), Camel(finding.Standing.ToString()), finding.Sentence,
            [.. finding.Remedies]))]);

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

/// <summary>What <c>network status --json</c> prints.</summary>
internal sealed record NetworkReportModel(bool InPlace, string? Uplink, IReadOnlyList<NetworkFindingModel> Findings);

/// <summary>One thing that was looked at.</summary>
internal sealed record NetworkFindingModel(
    string Subject, string Standing, string Sentence, IReadOnlyList<string> Remedies);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NetworkReportModel))]
internal sealed partial class NetworkJson : JsonSerializerContext;
