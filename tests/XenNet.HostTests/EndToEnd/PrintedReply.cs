using System.Text.RegularExpressions;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>A reply as dig, kdig and drill print it: they agree but for capitals, colons and blanks.</summary>
internal sealed partial class PrintedReply
{
    // Of a section: an empty line, or what dig tells of the exchange.
    private static readonly string[] s_ends = ["\n\n", "\n;; Query time"];

    private PrintedReply(string text)
    {
        Text = text;
        Rcode = RcodeWord().Match(text).Groups[1].Value;
        Flags = FlagsLine().Match(text).Groups[1].Value;
        var parts = PartHeads().Split(text.Replace("\t", " ", StringComparison.Ordinal));
        for (var at = 1; at + 1 < parts.Length; at += 2)
        {
            var lines = parts[at + 1].Split(s_ends, StringSplitOptions.None)[0]
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
            switch (parts[at])
            {
                case "OPT PSEUDO": Opt = [.. lines.Select(line => line.TrimStart(';', ' '))]; break;
                case "ANSWER": Answers = [.. lines.Select(DataOf)]; break;
                case "AUTHORITY": Authorities = [.. lines.Select(DataOf)]; break;
            }
        }
    }

    /// <summary>All that was printed.</summary>
    internal string Text { get; }

    /// <summary>As <c>NOERROR</c>; empty when there was no reply.</summary>
    internal string Rcode { get; }

    /// <summary>As <c>qr aa rd ra</c>; and <c>MBZ: 0x4</c> behind them if that bit is set.</summary>
    internal string Flags { get; }

    /// <summary>The lines about EDNS; none when the reply has none.</summary>
    internal string[] Opt { get; } = [];

    /// <summary>Of each record in the answer section what follows its type.</summary>
    internal string[] Answers { get; } = [];

    /// <summary>The same of the authority section.</summary>
    internal string[] Authorities { get; } = [];

    /// <summary>Runs the client, which must get a reply.</summary>
    internal static PrintedReply Of(NetworkNamespace where, string client, params string[] arguments)
    {
        var (code, output, complaint) = where.TryExec(client, arguments);
        Assert.True(code == 0, $"{client} {string.Join(' ', arguments)}: exit {code}: {complaint}{output}");
        return new PrintedReply(output);
    }

    // NAME TTL CLASS TYPE DATA
    private static string DataOf(string line) => Blanks().Replace(line.Trim(), " ").Split(' ', 5)[4];

    [GeneratedRegex(@"(?:status|rcode): (\w+)")]
    private static partial Regex RcodeWord();

    [GeneratedRegex(@"(?m)^;; [Ff]lags: (.*?) ?; QUERY")]
    private static partial Regex FlagsLine();

    [GeneratedRegex(@"(?m)^;; (OPT PSEUDO|QUESTION|ANSWER|AUTHORITY|ADDITIONAL) ?SECTION:.*\n")]
    private static partial Regex PartHeads();

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
