using System.Text.RegularExpressions;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// What a real dnsmasq and the program are asked alike, and the differences that docs/from-dnsmasq.md has on its list. Any
/// other fails the test.
/// </summary>
internal static partial class ComparedServers
{
    /// <summary>An allowed difference: the first column of its row in the document, and whether this is one.</summary>
    internal sealed record Listed(string Row, Func<AnswerPair, bool> Holds);

    /// <summary>An option that is told otherwise, and its row; values of anything else must be the same.</summary>
    internal sealed record ListedOption(string Row, string Option);

    /// <summary>What both say to one question: its status, and records without times in an order of their own.</summary>
    internal readonly record struct AnswerPair(string Question, string Old, string Here)
    {
        internal string Type => Question[(Question.IndexOf(' ', StringComparison.Ordinal) + 1)..];
    }

    /// <summary>dnsmasq in a namespace, with an /etc of its own, as hosts and ethers are built into it.</summary>
    internal static RunningProgram StartDnsmasq(
        XenHost host, NetworkNamespace where, IReadOnlyDictionary<string, string> etcFiles, params IEnumerable<string> arguments)
    {
        var etc = host.Folder + "/etc";
        Directory.CreateDirectory(etc);
        foreach (var file in (string[])["passwd", "group", "nsswitch.conf"]) File.Copy("/etc/" + file, $"{etc}/{file}");
        foreach (var (name, text) in etcFiles) File.WriteAllText($"{etc}/{name}", text);
        var program = new RunningProgram(host.PidFile("dnsmasq"), "ip",
        [
            "netns", "exec", where.Name, "sh", "-c", $"mount --bind {etc} /etc && exec /usr/sbin/dnsmasq \"$@\"", "dnsmasq",
            .. arguments,
        ]);
        program.Await("started, ");
        return program;
    }

    /// <summary>The way of the old server to the name server outside.</summary>
    internal static void JoinOutside(XenHost host, NetworkNamespace old)
    {
        old.Join("uplink0", host.Outside, "eth1");
        old.Ip("addr", "add", "192.0.2.3/24", "dev", "uplink0");
        old.Ip("link", "set", "uplink0", "up");
        host.Outside.Ip("link", "set", "eth1", "up");
        host.Outside.Ip("route", "add", "192.0.2.3/32", "dev", "eth1");
    }

    /// <summary>Asks both, each from a place and at an address of its own; what differs and is not listed.</summary>
    internal static List<string> UnlistedAnswers(
        string folder, List<string> questions, (NetworkNamespace From, string Server) old,
        (NetworkNamespace From, string Server) here, params IReadOnlyList<Listed> listed)
    {
        var file = folder + "/questions";
        File.WriteAllLines(file, questions);
        var (olds, heres) = (Answers(old.From, old.Server, file), Answers(here.From, here.Server, file));
        Assert.Equal((questions.Count, questions.Count), (olds.Count, heres.Count));
        var different = questions.Select((question, i) => new AnswerPair(question.ToLowerInvariant(), olds[i], heres[i]))
            .Where(pair => pair.Old != pair.Here).ToList();
        var unlisted = different.Where(pair => !listed.Any(one => one.Holds(pair)))
            .Select(pair => $"{pair.Question}: dnsmasq {pair.Old}, here {pair.Here}").Distinct();
        return [.. unlisted, .. listed.Where(one => !different.Any(one.Holds)).Select(one => Idle(one.Row)), .. Lost(listed.Select(one => one.Row))];
    }

    /// <summary>What is told otherwise by DHCP and is not listed.</summary>
    internal static List<string> UnlistedOptions(
        IReadOnlyList<(Dictionary<string, string> Old, Dictionary<string, string> Here)> told, params IReadOnlyList<ListedOption> listed)
    {
        var different = told.SelectMany(pair => pair.Old.Keys.Union(pair.Here.Keys)
            .Select(option => (Option: option, Old: pair.Old.GetValueOrDefault(option), Here: pair.Here.GetValueOrDefault(option))))
            .Where(option => option.Old != option.Here).Distinct().ToList();
        return
        [
            .. different.Where(option => !listed.Any(one => one.Option == option.Option))
                .Select(option => $"{option.Option}: dnsmasq {option.Old ?? "none"}, here {option.Here ?? "none"}"),
            .. listed.Where(one => !different.Any(option => option.Option == one.Option)).Select(one => Idle($"{one.Row} ({one.Option})")),
            .. Lost(listed.Select(one => one.Row)),
        ];
    }

    private static string Idle(string row) => $"nothing differs any more by: {row}";

    // A row that is not in the document is no listed one.
    private static IEnumerable<string> Lost(IEnumerable<string> rows)
    {
        var document = File.ReadAllText(Path.Combine(RigScript.Repository, "docs", "from-dnsmasq.md"));
        return rows.Where(row => !document.Contains($"\n| {row} |", StringComparison.Ordinal)).Select(row => $"not in the document: {row}");
    }

    /// <summary>What udhcpc is told, by the names that it gives to options.</summary>
    internal static Dictionary<string, string> Told(string folder, NetworkNamespace guest, string device, params string[] arguments)
    {
        var script = folder + "/told";
        File.WriteAllText(script,
            "#!/bin/sh\n[ \"$1\" != bound ] || env | grep -E "
            + "'^(ip|subnet|mask|broadcast|router|dns|domain|hostname|lease|ntpsrv|mtu|search|serverid|siaddr|staticroutes|opt43|opt175|opt224)='\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var printed = guest.TryExec("udhcpc",
        [
            "-f", "-q", "-n", "-i", device, "-t", "5", "-T", "2", "-O", "ntpsrv", "-O", "hostname", "-O", "search", "-O", "mtu",
            "-O", "staticroutes", "-s", script, .. arguments,
        ]).Output;
        return printed.Split('\n')
            .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith("udhcpc", StringComparison.Ordinal))
            .ToDictionary(line => line.Split('=')[0], line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
    }

    private static List<string> Answers(NetworkNamespace from, string server, string questions)
    {
        var printed = from.TryExec(
            "dig", "@" + server, "+noall", "+comments", "+answer", "+time=5", "+tries=2", "-f", questions).Output;
        return [.. printed.Split(";; Got answer:").Skip(1).Select(reply =>
        {
            var records = reply.Split('\n').Where(line => line.Length > 0 && line[0] != ';')
                .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                .Select(fields => string.Join(' ', fields[3..])).Order(StringComparer.Ordinal);
            return string.Join(' ', [Status().Match(reply).Groups[1].Value, .. records]);
        })];
    }

    [GeneratedRegex(@"status: (\w+),")]
    private static partial Regex Status();
}
