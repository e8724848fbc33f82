using System.Text.RegularExpressions;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Manuals;

/// <summary>
/// A command in the middle of a sentence or of a table: two words or more, of which the first could be a program's name, or the path
/// of a script of ours. What has this form and is no command stands in <see cref="NotTyped"/>.
/// </summary>
/// <param name="Line">Where it stands.</param>
/// <param name="Text">It, with the <c>xennet</c> in front that the manuals leave out.</param>
internal sealed partial record InlineCommand(int Line, string Text)
{
    /// <summary>What looks like a command, and what it is.</summary>
    internal static readonly Dictionary<string, string> NotTyped = new(StringComparer.Ordinal)
    {
        ["arp xennet"] = "a table of nft",
        ["bridge xennet"] = "a table of nft",
        ["nft -f -"] = "the daemon runs it; HostNetworkTests",
        ["too much DHCP"] = "a word of the log",
        ["discovered WrongMac"] = "a STAGE",
        ["offered no file for architecture 11"] = "a STAGE",
        ["offered a URL is for iPXE and HTTP boot"] = "a STAGE",
        ["offered its boot target is not configured"] = "a STAGE",
        ["acknowledged x.0"] = "a STAGE",
        ["failed x.0: …"] = "a STAGE",
        ["fetched x.0"] = "a STAGE",
        ["the guest on vif5.0 uses …, and the toolstack gave it …: WrongMac"] = "what explain prints",
        ["what the upstream said held a private address, and was refused"] = "what explain prints",
        ["www 300 IN CNAME www.example.com."] = "a DNS record",
        ["vif-nat-dns online type_if=vif"] = "libxl calls it; XlTests",
        ["offline type_if=vif"] = "libxl calls it; XlTests",
        ["add type_if=tap"] = "libxl calls it; HookTapTests",
        ["remove type_if=tap"] = "libxl calls it; HookTapTests",
        ["vif-nat-dns dhcp=yes online"] = "udev called it; HookTrapTests",
        ["dnsmasq --no-hosts --addn-hosts=FILE --read-ethers"] = "that other dnsmasq's options; ExportTests",
        ["network-nat-dns start"] = "xend called it; NetworkCommandTests",
        ["xennet hook"] = "libxl calls it; XlTests",
        ["xennet hook online"] = "in libxl's environment alone; HookTrapTests",
    };

    // The manuals leave "xennet" out: "vif list", "machine forget". As in the manual page, which is made from the program's table.
    private static readonly HashSet<string> Verbs = [.. Verb().Matches(
        File.ReadAllText(Path.Combine(RigScript.Repository, "debian/xennet.8"))).Select(verb => verb.Groups[1].Value)];

    /// <summary>True when it is typed where the sources are built: a script of ours, or the SDK.</summary>
    public bool IsElsewhere => Script().IsMatch(Text);

    /// <summary>A command in a piece of code, or nothing.</summary>
    public static InlineCommand? Of(int line, string code) => !Form().IsMatch(code) || NotTyped.ContainsKey(code)
        ? null
        : new InlineCommand(line, Verbs.Contains(code.Split(' ')[0]) ? "xennet " + code : code);

    /// <summary>True when it is the beginning of a command that is typed, whatever stands there for NAME.</summary>
    public bool Begins(string typed)
    {
        var (ours, words) = (Text.Split(' '), typed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return ours.Length <= words.Length && ours.Zip(words).All(pair => Regex.IsMatch(
            pair.Second, "^" + Placeholder().Replace(Regex.Escape(pair.First).Replace("…", ".*", StringComparison.Ordinal), ".+") + "$"));
    }

    /// <summary>It as it can be typed: with something for NAME.</summary>
    public string Filled() => Placeholder().Replace(Text, placeholder => placeholder.Value switch
    {
        "NAME" => "ce",
        "OLD" => "web",
        "NEW" => "shop",
        "VIF" => "vif5.0",
        "MAC" => "00:16:3e:00:05:00",
        "DIR" => "/root/directory",
        "[ZONE]" => "",
        var other => throw new InvalidOperationException($"There is nothing to type for {other} of {Text}."),
    });

    // Perhaps with variables before it; "key = value" is none.
    [GeneratedRegex(@"^(?:[A-Z_]+=\S* )*(?:(?:[a-z][a-z0-9_.+-]*[a-z0-9]|\.{0,2}/\S+|(?:benchmarks|samples|tests)/\S+) (?!= )\S"
        + @"|(?:benchmarks|samples|tests)/\S+\.sh$)")]
    private static partial Regex Form();

    [GeneratedRegex(@"^(?:[A-Z_]+=\S* )*(?:bash |dotnet |(?:benchmarks|samples|tests)/)")]
    private static partial Regex Script();

    [GeneratedRegex(@"^\\fB([a-z]+)(?: [a-z]+)?\\fR", RegexOptions.Multiline)]
    private static partial Regex Verb();

    [GeneratedRegex(@"\\?\[[A-Z]+\\?\]|\b[A-Z]+\b")]
    private static partial Regex Placeholder();
}
