using XenNet.Cli;

namespace XenNet.Tests.Cli;

public sealed class UsageTests
{
    private const string Missing = "a command is missing; there are ";
    private const string Commands = "serve, hook, network, vif, machine, import, export, check, mac, status, explain, query, "
        + "trace, reload, reconcile, shadow, watch, completion";

    [Theory]
    [InlineData("", "xennet: " + Missing + Commands + "; xennet --help tells how")]
    [InlineData("foo", "xennet: 'foo' is no command; there are " + Commands + "; xennet --help tells how")]
    [InlineData("--foo", "xennet: --foo is no option here; xennet --help tells how")]
    [InlineData("stauts", "xennet: 'stauts' is no command; the nearest is status; xennet --help tells how")]
    [InlineData("@foo", "xennet: '@foo' is no command; there are " + Commands + "; xennet --help tells how")]
    [InlineData("[suggest]", "xennet: '[suggest]' is no command; xennet --help tells how")]
    [InlineData("[env:a=b] machine list", "xennet machine list: '[env:a=b]' is no command; xennet machine list --help tells how")]
    [InlineData("--version foo", "xennet: 'foo' is no command; there are " + Commands + "; xennet --help tells how")]
    [InlineData("machine", "xennet machine: " + Missing + "list, show, add, rename, forget, set; xennet machine --help tells how")]
    [InlineData("vif", "xennet vif: " + Missing + "list, attach, detach; xennet vif --help tells how")]
    [InlineData("network", "xennet network: " + Missing + "start, stop, status; xennet network --help tells how")]
    [InlineData("export", "xennet export: " + Missing + "hosts, ethers, zone, json; xennet export --help tells how")]
    [InlineData("machine lst", "xennet machine: 'lst' is no command; the nearest is list; xennet machine --help tells how")]
    [InlineData("machine list a", "xennet machine list: 'a' is one argument too many; xennet machine list --help tells how")]
    [InlineData("machine list --version", "xennet machine list: --version is no option here; xennet machine list --help tells how")]
    [InlineData("machine show", "xennet machine show: NAME is missing; xennet machine show --help tells how")]
    [InlineData("machine rename a", "xennet machine rename: NEW is missing; xennet machine rename --help tells how")]
    [InlineData("machine forget ..", "xennet machine forget: NAME '..' is no name; xennet machine forget --help tells how")]
    [InlineData("machine add", "xennet machine add: NAME is missing; xennet machine add --help tells how")]
    [InlineData("machine add --mack", "xennet machine add: --mack is no option here; xennet machine add --help tells how")]
    [InlineData("machine add -x", "xennet machine add: -x is no option here; xennet machine add --help tells how")]
    [InlineData("query -t", "xennet query: -t is no option here; xennet query --help tells how")]
    [InlineData("machine add a --number -1", "xennet machine add: --number must be 1 to 65535, not '-1'; xennet machine add --help tells how")]
    [InlineData("machine add a --number", "xennet machine add: --number needs N; xennet machine add --help tells how")]
    [InlineData("machine add a --number 0", "xennet machine add: --number must be 1 to 65535, not '0'; xennet machine add --help tells how")]
    [InlineData("machine add a --number 65536", "xennet machine add: --number must be 1 to 65535, not '65536'; xennet machine add --help tells how")]
    [InlineData("machine add a --number 1 --number 2", "xennet machine add: --number is given twice; xennet machine add --help tells how")]
    [InlineData("machine add a --mac x", "xennet machine add: --mac must be a station's MAC such as 00:16:3e:12:34:56, not 'x'; xennet machine add --help tells how")]
    [InlineData("machine add a --mac 01:16:3e:00:00:01", "xennet machine add: --mac must be a station's MAC such as 00:16:3e:12:34:56, not '01:16:3e:00:00:01'; xennet machine add --help tells how")]
    [InlineData("machine set a", "xennet machine set: KEY=VALUE is missing; xennet machine set --help tells how")]
    [InlineData("machine set a b", "xennet machine set: 'b' is no setting; write it as KEY=VALUE; xennet machine set --help tells how")]
    [InlineData("machine set a =b", "xennet machine set: '=b' is no setting; write it as KEY=VALUE; xennet machine set --help tells how")]
    [InlineData("machine set a b=1 b=2", "xennet machine set: 'b=2' is given twice; xennet machine set --help tells how")]
    [InlineData("vif attach a", "xennet vif attach: VIF is missing; xennet vif attach --help tells how")]
    [InlineData("vif attach a b", "xennet vif attach: MAC is missing; xennet vif attach --help tells how")]
    [InlineData("vif attach a b c", "xennet vif attach: MAC must be a station's MAC such as 00:16:3e:12:34:56, not 'c'; xennet vif attach --help tells how")]
    [InlineData("vif attach a b 00:16:3e:00:00:01 --devid 127", "xennet vif attach: --devid must be 0 to 126, not '127'; xennet vif attach --help tells how")]
    [InlineData("vif detach", "xennet vif detach: VIF is missing; xennet vif detach --help tells how")]
    [InlineData("explain", "xennet explain: NAME|ADDRESS|MAC|VIF is missing; xennet explain --help tells how")]
    [InlineData("query", "xennet query: NAME is missing; xennet query --help tells how")]
    [InlineData("query a FOO", "xennet query: 'FOO' is no type of records such as A, PTR or TYPE257; xennet query --help tells how")]
    [InlineData("query a TYPE65536", "xennet query: 'TYPE65536' is no type of records such as A, PTR or TYPE257; xennet query --help tells how")]
    [InlineData("query a..b", "xennet: 'a..b' is no DNS name: labels have 1 to 63 characters, all of it 253")]
    [InlineData("import", "xennet import: needs a file; name one with --dnsmasq FILE, --hosts FILE, --ethers FILE, --leases FILE or --xl FILE")]
    [InlineData("import --hosts", "xennet import: --hosts needs FILE; xennet import --help tells how")]
    [InlineData("watch dsn", "xennet watch: 'dsn' is no kind of events; there are hook, dhcp, dns, boot, registry, reload, upstream; xennet watch --help tells how")]
    [InlineData("completion", "xennet completion: SHELL is missing; xennet completion --help tells how")]
    [InlineData("completion fish", "xennet completion: 'fish' is no shell that is known; there are bash, zsh; xennet completion --help tells how")]
    [InlineData("machine list --columns name,foo", "xennet machine list: 'foo' is no column; there are name, number, interface, address, dom0-address, mac, vif")]
    [InlineData("vif list --columns ,", "xennet vif list: '' is no column; there are vif, machine, number, interface, address, dom0-address, mac, bridge, since, stage")]
    [InlineData("status extra", "xennet status: 'extra' is one argument too many; xennet status --help tells how")]
    [InlineData("serve --config", "xennet serve: --config needs FILE; xennet serve --help tells how")]
    [InlineData("serve --config a --config b", "xennet serve: --config is given twice; xennet serve --help tells how")]
    [InlineData("--json serve", "xennet serve: --json is of no use here; xennet serve --help tells how")]
    [InlineData("--socket /x check --json", "xennet check: --json is no option here; xennet check --help tells how")]
    [InlineData("--socket /x network start", "xennet network start: --socket is of no use here; xennet network start --help tells how")]
    [InlineData("machine --json add a", "xennet machine add: --json is of no use here; xennet machine add --help tells how")]
    [InlineData("--json machine list --json", "xennet machine list: --json is given twice; xennet machine list --help tells how")]
    [InlineData("--socket /a vif list --socket /b", "xennet vif list: --socket is given twice; xennet vif list --help tells how")]
    [InlineData("status --socket", "xennet status: --socket needs PATH; xennet status --help tells how")]
    public void Wrong_usage_is_one_line_that_names_the_command_and_exit_2(string arguments, string line) =>
        ProgramRun.Of(ProgramRun.Words(arguments)).AssertFailed(2, line);

    [Fact]
    public void An_empty_value_is_wrong_usage_too()
    {
        ProgramRun.Of("status", "--socket", "").AssertFailed(2, "xennet status: --socket needs PATH; xennet status --help tells how");
        ProgramRun.Of("machine", "show", "").AssertFailed(2, "xennet machine show: NAME '' is no name; xennet machine show --help tells how");
        ProgramRun.Of("machine", "show", "a\nb\u001b[2J").AssertFailed(
            2, "xennet machine show: NAME 'a?b?[2J' is no name; xennet machine show --help tells how");
        ProgramRun.Of("fo\no").AssertFailed(2, "xennet: 'fo?o' is no command; there are " + Commands + "; xennet --help tells how");
    }

    [Fact]
    public void A_name_that_begins_like_an_option_stands_behind_two_hyphens() => Assert.StartsWith(
        "xennet: no daemon answers", ProgramRun.Of("machine", "show", "--", "-x").Error, StringComparison.Ordinal);

    [Fact]
    public void Help_names_every_command()
    {
        var run = ProgramRun.Of("--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Error);
        var lines = run.Output.Split('\n');
        Assert.All(Commands.Split(", "), name =>
            Assert.Contains(lines, line => line.StartsWith($"  {name} ", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, line => line.StartsWith("  complete ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("--socket", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("--json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("serve --help")]
    [InlineData("check -h")]
    [InlineData("network start --help")]
    public void Help_of_what_reads_the_configuration_has_the_table_of_keys(string arguments)
    {
        var run = ProgramRun.Of(ProgramRun.Words(arguments));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("[dhcp] lease-time = \"infinite\"", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("machine add --help")]
    [InlineData("machine show -h")]
    [InlineData("hook --help")]
    [InlineData("import --help")]
    public void Help_is_given_whatever_is_missing(string arguments)
    {
        var run = ProgramRun.Of(ProgramRun.Words(arguments));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_one_line() => ProgramRun.Of("--version").AssertDone($"xennet {CommandLine.Version}\n");

    [Theory]
    [InlineData("xennet", "vif list", "vif list")]
    [InlineData("/usr/sbin/xennet", "", "")]
    [InlineData("/etc/xen/scripts/vif-nat-dns", "online type_if=vif", "hook online type_if=vif")]
    [InlineData("vif-nat-dns", "offline", "hook offline")]
    [InlineData("/etc/xen/scripts/network-nat-dns", "start", "network start")]
    [InlineData("/etc/xen/scripts/vif-nat-dns.old", "online", "online")]
    public void A_link_of_a_scripts_name_is_that_command(string invokedAs, string arguments, string expanded) =>
        Assert.Equal(ProgramRun.Words(expanded), Invocation.Expand(invokedAs, ProgramRun.Words(arguments)));

    [Theory]
    [InlineData("hook online", true)]
    [InlineData("hook", true)]
    [InlineData("hook --help", false)]
    [InlineData("hook online -h", false)]
    [InlineData("machine list", false)]
    [InlineData("", false)]
    public void A_hooks_call_goes_past_the_command_line(string arguments, bool isHook) =>
        Assert.Equal(isHook, Invocation.IsHook(ProgramRun.Words(arguments)));
}
