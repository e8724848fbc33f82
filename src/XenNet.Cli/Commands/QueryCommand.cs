using System.CommandLine;
using XenNet.Server.Control;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet query</c>: asks this host's server as a guest would, and prints the answer's records.</summary>
internal static class QueryCommand
{
    public static Command New(CommandRunner runner)
    {
        var name = Operands.Name("NAME");
        name.Description = "A name as it would be asked, or an address for its name.";
        var type = new Argument<DnsType?>("TYPE")
        {
            HelpName = "TYPE",
            Description = "A, AAAA, PTR, SOA, … or TYPE and a number [default: A; PTR for an address].",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (DnsTypeText.TryParse(text, out var parsed)) return parsed;
                result.AddError($"'{TextTable.OneLine(text)}' is no type of records such as A, PTR or TYPE257");
                return null;
            },
        };
        return runner.Asking(
            new Command("query", "Asks the daemon's DNS, as a guest would.") { name, type }, printsJson: false,
            async (call, daemon) =>
            {
                var (asked, wanted) = Question(call.Value(name), call.Optional(type));
                var expanded = Expanded(asked);
                var status = await daemon.Get("v1/status", ControlJson.Default.StatusModel);
                if (status.Dns.Port == 0)
                    throw CommandException.Failed("DNS is off; set dns.port in the configuration");
                var server = new Ipv4Endpoint(Ipv4Address.Loopback, (ushort)status.Dns.Port);
                var exchange = new DnsExchange(server, DnsExchange.Patience, call.Cancel);
                var query = DnsExchange.Query(expanded, wanted, new DnsFlags { RecursionDesired = true });
                Write(call, asked, wanted, await exchange.Ask(query));
            });
    }

    private static (string Name, DnsType Type) Question(string name, DnsType? type) =>
        type is not (null or DnsType.Ptr) ? (name, type.Value)
            : Ipv4Address.TryParse(name, out var ipv4) ? (ReverseNameText.Of(ipv4), DnsType.Ptr)
            : Ipv6Address.TryParse(name, out var ipv6) ? (ReverseNameText.Of(ipv6), DnsType.Ptr)
            : (name, type ?? DnsType.A);

    private static byte[] Expanded(string name)
    {
        var octets = new byte[DnsName.OctetsMax];
        return DnsNameText.TryParse(name, octets, out var length)
            ? octets[..length]
            : throw CommandException.WrongUsage(
                $"'{TextTable.OneLine(name)}' is no DNS name: labels have 1 to 63 characters, all of it 253");
    }

    private static void Write(CommandCall call, string name, DnsType type, byte[] reply)
    {
        var walk = new DnsWalk(reply);
        var rcode = walk.Header.Flags.Rcode;
        var answers = 0;
        while (walk.TryNextRecord(out var record))
        {
            if (record.Section != DnsSection.Answer) continue;
            call.Output.WriteLine(DnsRecordText.Line(reply, record));
            answers++;
        }

        if (walk.Refusal != DnsRefusal.None)
            throw CommandException.Failed($"the reply is damaged ({walk.Refusal}); look at the daemon's log");
        if (rcode == DnsRcode.NoError && answers > 0) return;
        var shown = TextTable.OneLine(name);
        throw CommandException.Failed(rcode switch
        {
            DnsRcode.NoError => $"{shown} has no record of type {DnsTypeText.Format(type)}",
            DnsRcode.NameError => $"{shown} does not exist (NXDOMAIN)",
            DnsRcode.ServerFailure =>
                $"{shown} got no answer from the upstreams (SERVFAIL); xennet status tells how they fare",
            _ => $"{shown} is not answered ({DnsRecordText.Name(rcode)})",
        });
    }
}
