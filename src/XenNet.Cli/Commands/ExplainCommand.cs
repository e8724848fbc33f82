using System.CommandLine;
using System.Globalization;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet explain</c>: what would be answered, and what says so. No packet is sent.</summary>
internal static class ExplainCommand
{
    public static Command New(CommandRunner runner)
    {
        var subject = Operands.Name("NAME|ADDRESS|MAC|VIF");
        subject.Description = "What guests may ask about, or who may ask for an address.";
        var type = MachineCommands.Filter("--type", "TYPE", "The type of records that DNS is asked for [default: A; PTR for an address].");
        var from = MachineCommands.Filter("--from", "MACHINE|VIF", "Who asks DNS [default: Dom0].");
        var mac = Operands.Mac("--mac", "The MAC that the vif's guest is taken to use [default: its own].");
        var client = MachineCommands.Filter("--client", "KIND",
            "As what a DHCP client is taken: linux, windows, bios, efi-ia32, efi-x64, efi-arm64, http-x64 or ipxe [default: linux].");
        client.CompletionSources.Add("linux", "windows", "bios", "efi-ia32", "efi-x64", "efi-arm64", "http-x64", "ipxe");
        return runner.Asking(
            new Command("explain", "What would be answered to or about it, and which line, machine or rule says so.")
            {
                subject, type, from, mac, client,
            },
            printsJson: true, async (call, daemon) =>
            {
                var explained = await daemon.Get(
                    "v1/explain" + ControlClient.Query(
                        ("subject", call.Value(subject)), ("type", call.Value(type)), ("from", call.Value(from)),
                        ("mac", call.Value(mac)?.ToString()), ("client", call.Value(client))),
                    ControlJson.Default.ExplanationModel);
                if (call.Json) call.WriteJson(explained, ControlJson.Default.ExplanationModel);
                else Write(call.Output, call.Screen, explained);
            });
    }

    private static void Write(TextWriter output, Screen screen, ExplanationModel explained)
    {
        foreach (var sentence in explained.Identity) output.WriteLine(TextTable.OneLine(sentence));
        foreach (var vif in explained.Vifs)
            output.WriteLine($"{TextTable.OneLine(vif.Vif)}: {screen.Paint(TextTable.OneLine(Stage(vif)), VifCommands.InkOf(vif.BootStage))}");
        foreach (var finding in explained.Findings)
        {
            output.WriteLine(screen.Paint(TextTable.OneLine($"! {finding.What}"), Ink.Bad));
            output.WriteLine(TextTable.OneLine($"  → {finding.Do}"));
        }

        foreach (var decision in explained.Dns) Write(output, screen, decision);
        DhcpDecisionModel? before = null;
        foreach (var decision in explained.Dhcp)
        {
            Write(output, screen, decision, before);
            before = decision;
        }

        if (explained.Dhcp.Count == 0 && explained.Vifs is [var first, ..])
            output.WriteLine(TextTable.OneLine($"xennet explain {first.Vif} says what DHCP would answer."));
    }

    private static string Stage(VifModel vif) => vif.BootStage is null
        ? "nothing heard of it yet"
        : VifCommands.Stage(vif);

    private static void Write(TextWriter output, Screen screen, DnsDecisionModel decision)
    {
        output.WriteLine();
        output.WriteLine(screen.Paint(TextTable.OneLine(
            $"DNS: {decision.Name} {decision.Type}, asked by {decision.AskedBy}: {decision.Outcome}"), Ink.Strong));
        if (decision.Reply is { } reply)
        {
            output.WriteLine(TextTable.OneLine(
                $"  {reply.Status}, flags {string.Join(' ', reply.Flags)}{(reply.ExtendedError is { } error ? ", " + error : "")}"));
            Write(output, "", reply.Answer);
            Write(output, "authority: ", reply.Authority);
            Write(output, "additional: ", reply.Additional);
        }

        Write(output, decision.Because);
    }

    private static void Write(TextWriter output, string section, IEnumerable<string> records)
    {
        foreach (var record in records) output.WriteLine(TextTable.OneLine($"  {section}{record}"));
    }

    private static void Write(TextWriter output, Screen screen, DhcpDecisionModel decision, DhcpDecisionModel? before)
    {
        output.WriteLine();
        output.WriteLine(screen.Paint(TextTable.OneLine(
            $"DHCP: {decision.Message} of {decision.Mac} on {decision.Link} ({decision.Client}): {Outcome(decision)}"), Ink.Strong));
        if (decision.Reply is { } reply && before?.Reply is { } other && Parts(reply).SequenceEqual(Parts(other)))
            output.WriteLine($"  with what the answer to {before.Message} has");
        else if (decision.Reply is not null)
            WriteParts(output, screen, decision.Reply);

        Write(output, decision.Because);
    }

    private static string Outcome(DhcpDecisionModel decision) => decision.Reply is { } reply
        ? $"{decision.Outcome.ToUpperInvariant()} from {reply.From} to {reply.To}"
        : $"silence, {decision.Silence}";

    // What an OFFER and an ACK never have in common is the message's type.
    private static IEnumerable<DhcpPartModel> Parts(DhcpReplyModel reply) =>
        reply.Fields.Concat(reply.Options).Where(part => part.Code != 53);

    private static void WriteParts(TextWriter output, Screen screen, DhcpReplyModel reply)
    {
        var table = new TextTable("  FIELD", "VALUE", "BECAUSE OF");
        foreach (var part in reply.Fields.Concat(reply.Options))
            table.Add(Label(part), part.Value, Words(part.Because));
        table.WriteTo(output, screen);
        if (reply.LeftOut > 0) output.WriteLine($"  {reply.LeftOut} options that were wanted found no room");
    }

    private static string Label(DhcpPartModel part) => part.Code is { } code
        ? string.Create(CultureInfo.InvariantCulture, $"  {code} {part.Name}")
        : $"  {part.Name}";

    private static void Write(TextWriter output, IReadOnlyList<ReasonModel> because)
    {
        foreach (var reason in because) output.WriteLine(TextTable.OneLine($"  because: {Words(reason)}"));
    }

    private static string Words(ReasonModel reason) => reason.Place is null ? reason.What : $"{reason.What} ({reason.Place})";
}
