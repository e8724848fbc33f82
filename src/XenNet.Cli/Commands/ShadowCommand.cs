using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using XenNet.Core.Dns.Shadow;
using XenNet.Server.Control;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Cli.Commands;

/// <summary>
/// <c>xennet shadow</c>: asks another name server what is asked here, and says where the answers differ. Nothing of it
/// goes anywhere but to that server.
/// </summary>
internal static class ShadowCommand
{
    private const int RateUsual = 20;
    private const int NamesOctetsMost = 64 << 20;

    public static Command New(CommandRunner runner)
    {
        var against = new Option<IpEndpoint>("--against")
        {
            HelpName = "ADDRESS",
            Description = "The other name server: an address, or an address and a port.",
            Required = true,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (!IpEndpoint.TryParse(text, 53, out var endpoint))
                {
                    result.AddError(
                        $"--against must be an address such as 192.0.2.1 or 192.0.2.1:53, not '{TextTable.OneLine(text)}'");
                }

                return endpoint;
            },
        };
        var names = new Option<string?>("--names")
        {
            HelpName = "FILE",
            Description = "Ask both for the names of this file, a line each: NAME [TYPE]; not what guests ask meanwhile.",
        };
        var rate = Operands.Number("--rate", "N", 1, 1000, "Questions a second at the most [default: 20].");
        var time = Operands.Number("--for", "SECONDS", 1, 7 * 86_400, "End after that time [default: at Ctrl-C].");
        var ignore = new Option<AnswerDifference[]>("--ignore")
        {
            HelpName = "KIND",
            Description = "No difference: timeout, rcode, answers, missing, extra or flags; may be given again.",
            AllowMultipleArgumentsPerToken = false,
            Arity = ArgumentArity.OneOrMore,
            CustomParser = result => [.. result.Tokens.Select(token => Kind(result, token.Value))],
        };
        var command = new Command("shadow", "Compares answers with those of another name server.")
        {
            against, names, rate, time, ignore, SharedOptions.NewJson(), SharedOptions.NewSocket(),
        };
        return runner.Doing(command, async call =>
        {
            // Read before anybody is asked: a mistake in it ends the command at once.
            var file = call.Value(names) is { } name ? Names(name) : null;
            using var daemon = call.Daemon();
            var status = await daemon.Get("v1/status", ControlJson.Default.StatusModel);
            if (status.Dns.Port == 0) throw CommandException.Failed("DNS is off; set dns.port in the configuration");
            using var run = new ShadowRun(
                call, new Ipv4Endpoint(Ipv4Address.Loopback, (ushort)status.Dns.Port), call.Value(against),
                call.Value(rate) ?? RateUsual,
                (call.Value(ignore) ?? []).Aggregate(AnswerDifference.None, (all, kind) => all | kind));
            if (call.Value(time) is { } seconds) run.EndAfter(TimeSpan.FromSeconds(seconds));
            await (file is null ? run.Follow(daemon) : run.Ask(file));
            return run.End();
        });
    }

    private static AnswerDifference Kind(ArgumentResult result, string text)
    {
        var kind = ShadowRun.Kinds.FirstOrDefault(kind => ShadowRun.Word(kind) == text);
        if (kind == AnswerDifference.None)
        {
            result.AddError($"--ignore must be one of {string.Join(", ", ShadowRun.Kinds.Select(ShadowRun.Word))}, "
                + $"not '{TextTable.OneLine(text)}'");
        }

        return kind;
    }

    private static List<(byte[] Name, DnsType Type)> Names(string file)
    {
        var octets = ImportCommand.Octets(file, NamesOctetsMost);
        if (octets.Length > NamesOctetsMost) throw CommandException.Failed($"{file}: the file is larger than 64 MiB");
        var names = new List<(byte[], DnsType)>();
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(octets.Span).Split('\n'))
        {
            number++;
            var fields = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0 || fields[0].StartsWith('#')) continue;
            var type = DnsType.A;
            var name = new byte[DnsName.OctetsMax];
            if (fields.Length > 2 || !DnsNameText.TryParse(fields[0], name, out var length)
                || fields.Length == 2 && !DnsTypeText.TryParse(fields[1], out type))
            {
                throw CommandException.WrongUsage(
                    TextTable.OneLine($"{file}:{number}: a line is NAME [TYPE], as www.example.org AAAA"));
            }

            names.Add((name[..length], type));
        }

        return names;
    }
}
