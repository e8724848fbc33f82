using System.CommandLine;
using System.Globalization;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet reload</c>: the daemon reads its configuration again, and takes all of it or nothing.</summary>
internal static class ReloadCommand
{
    public static Command New(CommandRunner runner)
    {
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Say what would change and change nothing.",
        };
        var command = new Command("reload", "Has the daemon read its configuration again: all of it is taken, or nothing.")
        {
            dryRun,
            SharedOptions.NewJson(),
            SharedOptions.NewSocket(),
        };
        return runner.Doing(command, async call =>
        {
            using var daemon = call.Daemon();
            var path = call.Value(dryRun) ? "v1/reload?dryRun=true" : "v1/reload";
            var outcome = await daemon.Ask(new HttpRequestMessage(HttpMethod.Post, path), ControlJson.Default.ReloadModel);
            if (call.Json) call.WriteJson(outcome, ControlJson.Default.ReloadModel);
            else Write(call.Output, outcome);
            foreach (var error in outcome.Errors) call.Error.WriteLine(TextTable.OneLine(error));
            return outcome.Result switch
            {
                "wrong" => ExitCodes.WrongUsage,
                "refused" => ExitCodes.Failed,
                _ => ExitCodes.Done,
            };
        });
    }

    private static void Write(TextWriter output, ReloadModel outcome)
    {
        foreach (var change in outcome.Changes)
            output.WriteLine(TextTable.OneLine($"{change.Key}: {change.Before} → {change.After}"));

        output.WriteLine(outcome.Result switch
        {
            "applied" => string.Create(CultureInfo.InvariantCulture, $"In force: {Count(outcome.Changes.Count)}."),
            "possible" => string.Create(CultureInfo.InvariantCulture, $"A reload would bring {Count(outcome.Changes.Count)}."),
            "unchanged" => "The configuration is the same: nothing changes.",
            _ => "Nothing was changed.",
        });
    }

    private static string Count(int changes) => changes == 1
        ? "1 change"
        : string.Create(CultureInfo.InvariantCulture, $"{changes} changes");
}
