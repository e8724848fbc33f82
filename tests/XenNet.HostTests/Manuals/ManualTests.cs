using System.Text.RegularExpressions;
using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Manuals;

/// <summary>
/// The manuals do not lie: every command is typed on a Dom0, those in blocks from top to bottom and then those in sentences that are
/// none of them; what is typed where the sources are built is in <see cref="SourcesTests"/>. Configurations are read.
/// </summary>
[Collection(nameof(WithThePackage)), Trait("Category", "Package")]
public sealed partial class ManualTests(InstalledPackage installed)
{
    // In sentences; typed by tests of their own.
    private static readonly Dictionary<string, string> TypedElsewhere = new(StringComparer.Ordinal)
    {
        ["xl rename"] = "EndToEnd/XlTests.cs",
        ["xl destroy"] = "EndToEnd/XlTests.cs",
    };

    // Every command that is typed as it stands, with the page that has it; what systemd runs of ours is typed by it.
    private static readonly string[] Typed =
    [
        .. ManualPage.All.SelectMany(page => ManualPage.Read(page).Blocks()).Where(block => block.IsTyped)
            .SelectMany(ManualPage.CommandsOf).Select(command => command.Text),
        .. Directory.GetFiles(Path.Combine(RigScript.Repository, "samples/systemd"), "*.service").SelectMany(File.ReadLines)
            .Select(line => UnitCommand().Match(line)).Where(line => line.Success).Select(line => line.Groups[1].Value),
    ];

    public static TheoryData<string> Pages => [.. ManualPage.All];

    public static TheoryData<string> PagesToType => [.. ManualPage.All.Where(name => name is not (FirstHourTests.Page or InstallTests.Page)
        && (ManualPage.Read(name).Blocks().Any(block => block.IsTyped) || Sentences(name).Any()))];

    [Theory]
    [MemberData(nameof(PagesToType))]
    public void Commands_do_what_the_page_says(string name)
    {
        using var dom0 = new ManualDom0(name == "README.md" ? null : installed);
        Prepare(dom0, name);
        if (ManualPage.Read(name).Blocks().Any(block => block.IsTyped))
        {
            // Each is looked at as it is done.
            Assert.NotEmpty(dom0.Do(name, heading: null).ToList());
        }

        foreach (var command in Sentences(name))
        {
            var outcome = dom0.Do(new ManualCommand(command.Line, command.Filled(), 0, IsEndless(command.Text), IsInSources: false));
            Assert.True(outcome.Code == 0, $"{name}:{command.Line}: {command.Filled()}: {outcome}");
        }
    }

    [Fact]
    public void What_looks_like_a_command_and_is_none_stands_in_a_manual()
    {
        var code = ManualPage.All.SelectMany(page => ManualPage.Read(page).InlineCode()).Select(inline => inline.Text).ToHashSet();

        Assert.Empty(InlineCommand.NotTyped.Keys.Except(code));
        Assert.Empty(TypedElsewhere.Keys.Except(code));
        Assert.All(TypedElsewhere, typed => Assert.Contains(
            typed.Key.Split(' ')[1], File.ReadAllText(Path.Combine(RigScript.Repository, "tests/XenNet.HostTests", typed.Value))));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Blocks_say_what_they_hold_and_commands_stand_only_in_blocks_of_commands(string name)
    {
        Assert.All(ManualPage.Read(name).Blocks(), block =>
        {
            Assert.Contains(block.Language, (string[])["sh", "toml", "json", "csharp", "text"]);
            Assert.True(block.Language == "sh" || !block.Lines.Any(line => Prompt().IsMatch(line)), $"{name}:{block.Line}");
        });
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Configurations_are_read_without_an_error(string name)
    {
        using var nowhere = NetworkNamespace.Create("manual");
        foreach (var block in ManualPage.Read(name).Blocks().Where(block => block.Language == "toml"))
        {
            var file = Path.GetTempFileName();
            File.WriteAllLines(file, block.Lines);
            var outcome = Outcome.Of(nowhere.TryExec("env", "XENNET_SOCKET=/nonexistent", XenHost.Program, "check", "--config", file));
            File.Delete(file);

            Assert.True(outcome.Code != 2, $"{name}:{block.Line}: {outcome}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Files_that_are_named_are_there(string name)
    {
        var missing = OurPath().Matches(ManualPage.Read(name).Text).Select(path => path.Value.TrimEnd('.', '/'))
            .Where(path => !path.Contains('*', StringComparison.Ordinal) && !Path.Exists(Path.Combine(RigScript.Repository, path)));

        Assert.Empty(missing);
    }

    // Those of sentences that no block has and no other test types.
    private static IEnumerable<InlineCommand> Sentences(string name) => ManualPage.Read(name).InlineCommands().Where(command =>
        !command.IsElsewhere && !TypedElsewhere.ContainsKey(command.Text) && !Typed.Any(command.Begins));

    private static bool IsEndless(string command) => command.Split(' ') is ["xennet", "watch" or "trace" or "shadow", ..];

    // What a page speaks of as being there.
    private static void Prepare(ManualDom0 dom0, string page)
    {
        // An answer that is an error fails the command.
        File.WriteAllText(dom0.At("/root/.curlrc"), "fail-with-body\n");
        File.WriteAllText(dom0.At("/root/names"), "ce.testbed\n");
        switch (page)
        {
            case "README.md":
                dom0.Describe("ce", 5);
                dom0.Describe("web", 6);
                Assert.Equal(0, dom0.Do("""echo 'vif.default.script="vif-nat-dns"' >> /etc/xen/xl.conf""").Code);
                break;
            case "docs/from-dnsmasq.md" or "samples/from-dnsmasq/README.md":
                File.WriteAllText(dom0.At("/etc/dnsmasq.conf"), "domain=testbed\nread-ethers\n");
                File.WriteAllText(dom0.At("/etc/hosts"), "127.0.0.1 localhost dom0\n10.0.1.1 ce.testbed ce\n10.0.2.1 web.testbed web\n");
                File.WriteAllText(dom0.At("/etc/ethers"), "00:16:3e:00:05:00 10.0.1.1\n");
                // On the first page dnsmasq serves, and xennet has been installed and cannot; on the second that is over.
                Assert.True(page != "docs/from-dnsmasq.md"
                    || dom0.Do("systemctl stop xennet && systemctl enable -q --now dnsmasq").Code == 0);
                break;
            case "docs/moving.md":
                dom0.Run("ce", 5);
                dom0.Run("web", 6);
                dom0.Describe("old", 7);
                dom0.Host.Outside.Ip("addr", "add", "192.0.2.53/24", "dev", "eth0");
                dom0.RunOutside("dnsmasq",
                    "--keep-in-foreground", "--conf-file=", "--pid-file=", "--no-hosts", "--host-record=ce.testbed,10.0.1.1");
                Assert.Equal(0, dom0.Do("mkdir /etc/xen/auto && mv /etc/xen/old.cfg /etc/xen/auto/old").Code);
                break;
            case "samples/boot/README.md":
                Assert.Equal(0, dom0.Do($"ip link add lab0 type bridge && ip link set lab0 up && xennet machine add db"
                    + $" && cp {ManualDom0.Sources}/samples/boot/xennet.toml /etc/xennet/ && mkdir -p /srv/boot && systemctl restart xennet").Code);
                break;
            case "samples/resolv/README.md":
                dom0.Run("ce", 5);
                Assert.Equal(0, dom0.Do($"mkdir -p /etc/systemd/resolved.conf.d"
                    + $" && cp {ManualDom0.Sources}/samples/resolv/resolved-xennet.conf /etc/systemd/resolved.conf.d/xennet.conf"
                    + " && systemctl start systemd-resolved && ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf").Code);
                break;
            default:
                dom0.Run("ce", 5);
                dom0.Run("web", 6);
                break;
        }
    }

    [GeneratedRegex(@"^(?:# |\$ )?(?:xennet|systemctl|journalctl|curl|xl|apt|dig) [a-z-]")]
    private static partial Regex Prompt();

    [GeneratedRegex(@"^Exec\w+=\+?/usr/sbin/(xennet .*)$")]
    private static partial Regex UnitCommand();

    [GeneratedRegex(@"(?<![\w./-])(?:docs|samples|benchmarks|tests)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*/]")]
    private static partial Regex OurPath();
}
