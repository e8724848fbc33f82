using System.CommandLine;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet reconcile</c>: what is up beside what should be.</summary>
internal static class ReconcileCommand
{
    public static Command New(CommandRunner runner)
    {
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Say what differs and change nothing; exit code 1 when something does.",
            Arity = ArgumentArity.Zero,
        };
        var command = new Command("reconcile",
            "Compares the registry with the kernel and xenstore; mends what is missing, releases what is stale.") { dryRun };
        command.Add(SharedOptions.NewJson());
        command.Add(SharedOptions.NewSocket());
        return runner.Doing(command, async call =>
        {
            using var daemon = call.Daemon();
            var found = await daemon.Post(
                call.Value(dryRun) ? "v1/reconcile?dryRun=true" : "v1/reconcile", ControlJson.Default.IReadOnlyListReconciledModel);
            if (call.Json)
            {
                call.WriteJson(found, ControlJson.Default.IReadOnlyListReconciledModel);
            }
            else if (found.Count == 0)
            {
                call.Output.WriteLine("All is as it should be.");
            }
            else
            {
                WriteTable(call.Output, found);
            }

            return found.All(item => item.Outcome == "done") ? ExitCodes.Done : ExitCodes.Failed;
        });
    }

    private static void WriteTable(TextWriter output, IEnumerable<ReconciledModel> found)
    {
        var table = new TextTable("SUBJECT", "ACTION", "OUTCOME", "REASON");
        foreach (var item in found)
        {
            table.Add(item.Subject, item.Action, item.Outcome, item.Error is null ? item.Reason : $"{item.Reason}; {item.Error}");
        }

        table.WriteTo(output);
    }
}
