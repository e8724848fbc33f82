using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using XenNet.Core.Configuration;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet watch</c>: what happens, a line each as it happens, also over a restart of the daemon.</summary>
internal static class WatchCommand
{
    private const string DataPrefix = "data: ";

    // A daemon that restarts is back within a second or two.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    // What an event has nothing to say to is left out of it.
    private static readonly ControlJson Events = new(
        new JsonSerializerOptions(ControlJson.Default.Options) { RespectRequiredConstructorParameters = false });

    private static readonly string[] Kinds = ["hook", "dhcp", "dns", "boot", "registry", "reload", "upstream"];

    public static Command New(CommandRunner runner)
    {
        var kinds = new Argument<string[]>("KIND")
        {
            HelpName = "KIND",
            Description = $"Only these: {string.Join(", ", Kinds)} [default: all].",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = result =>
            {
                foreach (var unknown in result.Tokens.Select(token => token.Value).Where(kind => !Kinds.Contains(kind)))
                    result.AddError($"'{TextTable.OneLine(unknown)}' is no kind of events; there are {string.Join(", ", Kinds)}");
                return [.. result.Tokens.Select(token => token.Value)];
            },
        };
        kinds.CompletionSources.Add(Kinds);
        var vif = MachineCommands.Filter(
            "--vif", "PATTERN", "Only what is about a vif that matches: * and ? stand for any characters, and one.");
        var name = MachineCommands.Filter("--name", "PATTERN", "Only what is about a machine, or a name of DNS, that matches.");
        var time = Operands.Number("--for", "SECONDS", 1, 7 * 86_400, "End after that time [default: at Ctrl-C].");
        return runner.Asking(
            new Command("watch", "Prints what happens as it happens: hook, DHCP, DNS, boot, registry, reloads and upstreams.")
            {
                kinds, vif, name, time,
            },
            printsJson: true, async (call, daemon) =>
            {
                using var stop = new Interruption();
                if (call.Value(time) is { } seconds) stop.After(TimeSpan.FromSeconds(seconds));
                var wanted = call.Value(kinds);
                var path = "v1/events" + ControlClient.Query(
                    ("kinds", wanted.Length == 0 ? null : string.Join(',', wanted)), ("vif", call.Value(vif)),
                    ("name", call.Value(name)));
                try
                {
                    await Follow(call, daemon, path, stop.Token);
                }
                catch (OperationCanceledException) when (stop.Happened)
                {
                    // As it was told.
                }
            });
    }

    // The first time somebody must answer; later it is waited for. To connect would have systemd start a daemon that was
    // stopped, so that is done when there is one.
    private static async Task Follow(CommandCall call, ControlClient daemon, string path, CancellationToken stop)
    {
        var mark = XenNetConfiguration.ServedMark(daemon.SocketPath);
        var (isAway, isMarked) = (false, false);
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                await foreach (var line in daemon.Lines(path, Connected, stop))
                {
                    if (line.StartsWith(DataPrefix, StringComparison.Ordinal)) Write(call, line[DataPrefix.Length..]);
                }
            }
            catch (CommandException gone) when (!isFirst && gone.IsNoDaemon || gone.HasGone)
            {
                // It restarts, or it was stopped.
            }

            if (!isMarked) throw CommandException.Gone("the daemon has gone, and from here it cannot be seen when there is another");
            if (!isAway) call.Error.WriteLine("the daemon has gone; waiting for it to come back");
            isAway = true;
            do await Task.Delay(Pause, stop);
            while (!File.Exists(mark));
        }

        void Connected()
        {
            if (isAway) call.Error.WriteLine("the daemon is back; what happened meanwhile is not told");
            (isAway, isMarked) = (false, isMarked || File.Exists(mark));
        }
    }

    private static void Write(CommandCall call, string json)
    {
        if (call.Json) call.Output.WriteLine(json);
        else if (JsonSerializer.Deserialize(json, Events.EventModel) is { } what) Write(call, what);
        call.Output.Flush();
    }

    private static void Write(CommandCall call, EventModel what)
    {
        var (kind, words, ink) = Words(what);
        var who = (what.Vif, what.Machine) switch
        {
            (null, null) => "",
            ({ } vif, null) => vif + ": ",
            (null, { } machine) => machine + ": ",
            var (vif, machine) => $"{machine} on {vif}: ",
        };
        var at = what.At.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        call.Output.WriteLine(
            $"{call.Screen.Paint(at, Ink.Faint)} {kind,-8} {TextTable.OneLine(who)}{call.Screen.Paint(TextTable.OneLine(words), ink)}");
    }

    private static (string Kind, string Words, Ink Ink) Words(EventModel what) => what switch
    {
        HookEventModel hook => ("hook", string.Create(CultureInfo.InvariantCulture,
            $"{hook.Action} {hook.Outcome} in {hook.Ms:0.#} ms{And(hook.Address)}{And(hook.Mac)}{And(hook.Detail)}"),
            hook.Outcome == "done" ? Ink.Good : Ink.Bad),
        DhcpEventModel dhcp => ("dhcp",
            $"{dhcp.Message ?? "?"} from {dhcp.Mac ?? "?"}: {dhcp.Answer ?? "silence, " + dhcp.Silence}"
                + And(dhcp.Address) + And(dhcp.Boot),
            dhcp.Silence is null ? Ink.Good : Ink.Bad),
        DnsEventModel dns => ("dns",
            $"{dns.Client} asked {dns.Name ?? "?"} {dns.Type ?? "?"} by {dns.Transport}: {dns.Outcome}"
                + And(dns.Rcode) + And("", dns.Answers, " answers") + And(dns.Detail),
            dns.Outcome is "failed" or "refused" or "dropped" ? Ink.Warning : Ink.Plain),
        BootEventModel boot => ("boot", boot.Stage + And(boot.Detail), VifCommands.InkOf(boot.Stage)),
        RegistryEventModel registry => ("registry",
            registry.Change + And("number ", registry.Number, "") + (registry.Before is { } before ? ", before " + before : "")
                + string.Create(CultureInfo.InvariantCulture, $", revision {registry.Revision}"),
            Ink.Plain),
        ReloadEventModel reload => ("reload",
            reload.Result + string.Concat(reload.Changes.Select(change => $", {change.Key}: {change.Before} → {change.After}"))
                + string.Concat(reload.Errors.Select(error => ", " + error)),
            reload.Errors.Count == 0 ? Ink.Good : Ink.Bad),
        UpstreamEventModel upstream => ("upstream",
            $"{upstream.Upstream}: {upstream.State}{And(upstream.Detail)}", upstream.State == "up" ? Ink.Good : Ink.Bad),
        DroppedEventModel dropped => ("dropped",
            string.Create(CultureInfo.InvariantCulture, $"{dropped.Count} events were lost to you: filter, or read faster"),
            Ink.Warning),
        _ => ("?", "", Ink.Plain),
    };

    private static string And(string? text) => text is null ? "" : ", " + text;

    private static string And(string before, int? number, string after) =>
        number is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {before}{number}{after}");
}
