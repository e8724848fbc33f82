using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Server.Registry;

namespace XenNet.Tests.Cli;

public sealed class FileCommandTests : IDisposable
{
    private const string Status = """{"version":"0.1.0","started":"2026-08-01T10:20:30+00:00","prefix":"10.0.0.0/8","zone":"testbed","machines":0,"vifs":0,"revision":7,"upstreams":[],"dns":{"port":53,"counters":{},"cache":{"entries":0,"entriesMost":0,"octets":0,"octetsMost":0,"stored":0,"evicted":0}},"dhcp":{"enabled":true,"counters":{}},"network":{"inPlace":true,"uplink":null,"nat":true},"findings":[{"what":"Something is amiss.","do":"mend it."}]}""";
    private const string Registry = """{"prefix":"10.0.0.0/8","revision":7,"machines":[{"name":"known","number":9,"interfaces":[{"y":1,"mac":null}]}]}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xennet-files-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_import_sends_the_machines_and_accounts_for_every_line()
    {
        using var daemon = Daemon("""{"added":1,"unchanged":1,"refused":[]}""");
        var hosts = File("hosts", "127.0.0.1 localhost\n\n10.0.1.1 ce.testbed ce www\n10.0.1.2 ce\n10.0.9.1 known # c\n");
        var ethers = File("ethers", "00:16:3E:00:00:01 10.0.1.1\n");

        var run = ProgramRun.With(daemon.SocketPath, "import", "--hosts", hosts, "--ethers", ethers);

        run.AssertDone($"""
            {hosts}:1: passed over: 127.0.0.1 is this host itself
            {hosts}:4: approximated: taken as eth1.ce.testbed: the name alone means the first interface
            added or changed 1, unchanged 1; lines: 4 taken, 1 passed over, 1 blank

            """);
        Assert.Equal(
            """POST /v1/import {"machines":[{"name":"ce","number":1,"interfaces":[{"y":1,"mac":"00:16:3e:00:00:01"},{"y":2,"mac":null}],"aliases":["www"]},{"name":"known","number":9,"interfaces":[{"y":1,"mac":null}]}],"dryRun":false}""",
            daemon.Requests.Last());
    }

    [Fact]
    public void A_dry_run_says_so_to_the_daemon_and_prints_the_machines()
    {
        using var daemon = Daemon("""{"added":1,"unchanged":0,"refused":[]}""");

        var run = ProgramRun.With(daemon.SocketPath, "import", "--dry-run", "--hosts", File("hosts", "10.0.1.1 ce"));

        run.AssertDone("""
            NAME  NUMBER  INTERFACE  MAC  ALIASES
            ce    1       eth0       -    -
            would add or change 1, unchanged 0; lines: 1 taken, 0 passed over, 0 blank

            """);
        Assert.EndsWith("\"dryRun\":true}", daemon.Requests.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_go_into_a_new_file_and_never_over_another()
    {
        using var daemon = Daemon("""{"added":1,"unchanged":0,"refused":[]}""");
        var (conf, settings) = (File("dnsmasq.conf", "no-hosts\ndomain=lan\ndhcp-host=00:16:3e:00:00:01,ce,10.0.1.1\n"), Path.Combine(_folder.FullName, "new.toml"));
        string[] import = ["import", "--dnsmasq", conf, "--config-out", settings];

        Assert.Equal(0, ProgramRun.With(daemon.SocketPath, [.. import, "--dry-run"]).ExitCode);
        Assert.False(System.IO.File.Exists(settings));
        Assert.EndsWith($"the settings are in {settings}\nadded or changed 1, unchanged 0; lines: 3 taken, 0 passed over, 0 blank\n",
            ProgramRun.With(daemon.SocketPath, import).Output, StringComparison.Ordinal);
        Assert.Equal("[zone]\nname = \"lan\"\n", System.IO.File.ReadAllText(settings));
        Assert.Equal(0, ProgramRun.With(daemon.SocketPath, import).ExitCode);
        System.IO.File.WriteAllText(settings, "# mine\nrun-dir = \"/run/x\"\n");
        ProgramRun.With(daemon.SocketPath, import).AssertFailed(
            1, $"xennet: {settings}: it is there already and says something else; name a new file with --config-out FILE");
        Assert.Equal("# mine\nrun-dir = \"/run/x\"\n", System.IO.File.ReadAllText(settings));
    }

    [Fact]
    public void Settings_take_the_place_of_no_device_and_of_no_link()
    {
        using var daemon = Daemon("""{"added":0,"unchanged":0,"refused":[]}""");
        var (pipe, device, link, settings) = (Beside("pipe"), Beside("device"), Beside("link"), Beside("new.toml"));
        System.IO.File.CreateSymbolicLink(device, "/dev/null");
        System.IO.File.CreateSymbolicLink(link, settings);
        System.IO.File.WriteAllText(settings, "# mine\n");
        System.Diagnostics.Process.Start("mkfifo", [pipe]).WaitForExit();
        string[] import = ["import", "--dnsmasq", File("dnsmasq.conf", "no-hosts\ndomain=lan\n"), "--config-out"];

        foreach (var place in new[] { pipe, device })
        {
            ProgramRun.With(daemon.SocketPath, [.. import, place]).AssertFailed(
                1, $"xennet: {place}: it is no file; name one with --config-out FILE");
        }

        Assert.Equal("/dev/null", new FileInfo(device).LinkTarget);
        Assert.Equal(0, ProgramRun.With(daemon.SocketPath, [.. import, link]).ExitCode);
        Assert.Equal(settings, new FileInfo(link).LinkTarget);
        Assert.Equal("# mine\n\n[zone]\nname = \"lan\"\n", System.IO.File.ReadAllText(settings));

        string Beside(string name) => Path.Combine(_folder.FullName, name);
    }

    [Fact]
    public void Settings_go_behind_the_comments_of_a_file_that_says_nothing_else_and_once()
    {
        using var daemon = Daemon("""{"added":0,"unchanged":0,"refused":[]}""");
        var (conf, settings) = (File("dnsmasq.conf", "no-hosts\ndomain=lan\n"), File("xennet.toml", "# As the package has it.\n\n"));

        for (var run = 1; run <= 2; run++)
        {
            Assert.Equal(0, ProgramRun.With(daemon.SocketPath, "import", "--dnsmasq", conf, "--config-out", settings).ExitCode);
            Assert.Equal("# As the package has it.\n\n[zone]\nname = \"lan\"\n", System.IO.File.ReadAllText(settings));
        }

        Assert.Equal(2, _folder.GetFiles().Length);
    }

    [Fact]
    public void The_settings_file_goes_again_when_the_registry_refuses()
    {
        using var daemon = Daemon("""{"added":0,"unchanged":0,"refused":[{"name":"ce","reason":"number 1 clashes with eth0"}]}""");
        var settings = Path.Combine(_folder.FullName, "new.toml");

        Assert.Equal(1, ProgramRun.With(
            daemon.SocketPath, "import", "--hosts", File("hosts", "10.0.1.1 ce mail.example"), "--config-out", settings).ExitCode);
        Assert.False(System.IO.File.Exists(settings));
    }

    [Fact]
    public void As_JSON_an_import_has_machines_settings_and_the_account()
    {
        using var daemon = Daemon("""{"added":1,"unchanged":0,"refused":[]}""");
        var hosts = File("hosts", "10.0.1.1 ce www\n127.0.0.1 localhost\n");

        ProgramRun.With(daemon.SocketPath, "import", "--dry-run", "--json", "--hosts", hosts).AssertDone(
            $$$"""{"dryRun":true,"added":1,"unchanged":0,"configuration":"","machines":[{"name":"ce","number":1,"interfaces":[{"y":1,"mac":null}],"aliases":["www"]}],"report":{"taken":1,"blank":0,"remarks":[{"fate":"passed over","file":"{{{hosts}}}","line":2,"sentence":"127.0.0.1 is this host itself"}]}}""" + "\n");
    }

    [Fact]
    public void A_command_line_stands_behind_two_hyphens()
    {
        using var daemon = Daemon("""{"added":0,"unchanged":0,"refused":[]}""");

        ProgramRun.With(daemon.SocketPath, "import", "--dry-run", "--", "/usr/sbin/dnsmasq", "--conf-file=/dev/null", "-h", "-s", "lan").AssertDone("""
            argument:2: taken: conf-file: /dev/null
            argument:3: taken: no-hosts: /etc/hosts is not served
            argument:4: taken: domain: zone.name = "lan"
            NAME  NUMBER  INTERFACE  MAC  ALIASES

            [zone]
            name = "lan"

            would add or change 0, unchanged 0; lines: 3 taken, 0 passed over, 0 blank

            """);
    }

    [Fact]
    public void A_dry_run_needs_no_daemon() =>
        Assert.EndsWith("no daemon was asked; lines: 1 taken, 0 passed over, 0 blank\n",
            ProgramRun.Of("import", "--dry-run", "--hosts", File("hosts", "10.0.1.1 ce")).Output, StringComparison.Ordinal);

    [Fact]
    public void Wrong_lines_are_all_named_and_the_daemon_is_sent_nothing()
    {
        using var daemon = Daemon("");
        var hosts = File("hosts", "10.0.1.1 ce\nrubbish\n10.0.2.0 x\n");

        var run = ProgramRun.With(daemon.SocketPath, "import", "--hosts", hosts);

        Assert.Equal($"""
            {hosts}:2: "rubbish" stands alone; a line is ADDRESS NAME [ALIAS…]
            {hosts}:3: 10.0.2.0 is no interface's: its last part must be 1 to 127
            xennet: nothing was imported: mend the lines above or take them out

            """, run.Error);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.DoesNotContain(daemon.Requests, request => request.StartsWith("POST", StringComparison.Ordinal));
    }

    [Fact]
    public void Machines_that_the_registry_refuses_are_named()
    {
        using var daemon = Daemon("""{"added":0,"unchanged":0,"refused":[{"name":"ce","reason":"number 1 clashes with eth0"}]}""");

        var run = ProgramRun.With(daemon.SocketPath, "import", "--hosts", File("hosts", "10.0.1.1 ce"));

        Assert.Equal("ce: number 1 clashes with eth0\nxennet: nothing was imported: the registry refuses the machines above\n", run.Error);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void Descriptions_are_found_by_pattern_in_the_order_of_their_names_each_once()
    {
        using var daemon = Daemon("""{"added":2,"unchanged":0,"refused":[]}""");
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "xen/sub.cfg"));
        File("xen/b.cfg", "name = 'b'\nvif = [ '', 'mac=00:16:3e:00:00:0b' ]\n");
        File("xen/a.cfg", "name = 'a'\n");
        File("xen/.hidden.cfg", "rubbish");
        File("xen/a.conf", "rubbish");
        System.IO.File.CreateSymbolicLink(Path.Combine(_folder.FullName, "xen/c.cfg"), "a.cfg");

        var run = ProgramRun.With(
            daemon.SocketPath, "import", "--xl", _folder.FullName + "/x*n/*.cfg", "--xl", _folder.FullName + "/xen/b.cfg");

        run.AssertDone("added or changed 2, unchanged 0; lines: 2 taken, 0 passed over, 0 blank\n");
        Assert.Equal(
            """POST /v1/import {"machines":[{"name":"a","number":null,"interfaces":[]},{"name":"b","number":null,"interfaces":[{"y":1,"mac":null},{"y":2,"mac":"00:16:3e:00:00:0b"}]}],"dryRun":false}""",
            daemon.Requests.Last());
        ProgramRun.Of("import", "--xl", _folder.FullName + "/y*/*.cfg").AssertFailed(
            1, $"xennet: {_folder.FullName}/y*/*.cfg: no file is called like that; name one that is there");
    }

    [Fact]
    public void A_registry_is_sent_whole_with_the_numbers_that_it_keeps_back()
    {
        using var daemon = Daemon("""{"added":1,"unchanged":0,"refused":[],"keptBack":2}""");
        var file = File("registry.json", """{"prefix":"10.0.0.0/8","revision":41,"machines":[{"name":"ce","number":1,"interfaces":[{"y":1,"mac":"00:16:3e:00:00:01","bridge":"br0"}]}],"forgotten":[9,3]}""");

        ProgramRun.With(daemon.SocketPath, "import", "--registry", file).AssertDone(
            "added or changed 1, unchanged 0; numbers kept back: 2 more\n");

        Assert.Equal(
            """POST /v1/import {"machines":[{"name":"ce","number":1,"interfaces":[{"y":1,"mac":"00:16:3e:00:00:01","bridge":"br0"}]}],"dryRun":false,"forgotten":[9,3],"revision":41}""",
            daemon.Requests.Last());
    }

    [Theory]
    [InlineData("", "1:1: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true")]
    [InlineData("null", "1:1: null is no registry")]
    public void A_registry_that_is_none_is_named_by_line_and_column_and_the_daemon_is_sent_nothing(string text, string error)
    {
        using var daemon = Daemon("");
        var file = File("registry.json", text);

        ProgramRun.With(daemon.SocketPath, "import", "--registry", file).AssertFailed(
            1, $"xennet: {file}:{error}; it must be what xennet export json printed");

        Assert.Empty(daemon.Requests);
    }

    [Fact]
    public void A_value_of_another_kind_is_named_by_its_place_in_the_file()
    {
        using var daemon = Daemon("");
        var file = File(
            "registry.json", "{\n \"prefix\":\"10.0.0.0/8\",\"revision\":1,\n\"machines\":[{\"name\":1}]}");

        var run = ProgramRun.With(daemon.SocketPath, "import", "--registry", file);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"xennet: {file}:3:22: $.machines", run.Error, StringComparison.Ordinal);
        Assert.EndsWith(" is of another kind; it must be what xennet export json printed\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_of_another_prefix_is_not_taken()
    {
        using var daemon = Daemon("");
        var file = File("registry.json", """{"prefix":"172.16.0.0/12","revision":1,"machines":[],"forgotten":[]}""");

        ProgramRun.With(daemon.SocketPath, "import", "--registry", file).AssertFailed(
            1, $"xennet: {file}: its numbers count in 172.16.0.0/12, and this daemon serves 10.0.0.0/8, where they are other addresses; set network.prefix as it was, or change it in the file");
        ProgramRun.With(daemon.SocketPath, "import", "--registry", file, "--hosts", file).AssertFailed(
            2, "xennet import: --registry stands by itself: import the other files afterwards");
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var absent = Path.Combine(_folder.FullName, "absent");

        ProgramRun.Of("import", "--hosts", absent).AssertFailed(1, $"xennet: {absent}: there is no such file; name one that is there");
        ProgramRun.Of("import", "--ethers", _folder.FullName).AssertFailed(
            1, $"xennet: {_folder.FullName}: it cannot be read: it is a directory");
    }

    [Fact]
    public void A_device_without_end_is_read_no_further_than_a_file_may_be()
    {
        using var daemon = Daemon("");

        var run = ProgramRun.With(daemon.SocketPath, "import", "--hosts", "/dev/zero");

        Assert.Contains("/dev/zero:1: the file is larger than 16 MiB, so it was not read\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("serve")]
    [InlineData("network start")]
    [InlineData("network stop")]
    [InlineData("network status")]
    public void A_configuration_that_is_wrong_or_missing_is_exit_2(string command)
    {
        var wrong = File("wrong.toml", "[dns]\nport = 70000\nprot = 1\n");
        var absent = Path.Combine(_folder.FullName, "absent.toml");

        ProgramRun.Of([.. ProgramRun.Words(command), "--config", wrong]).AssertFailed(
            2, $"{wrong}:2:8: dns.port must be 0 to 65535, not 70000.\n{wrong}:3:1: dns.prot is not a key; the nearest is dns.port.");
        ProgramRun.Of([.. ProgramRun.Words(command), "--config", absent]).AssertFailed(
            2, $"{absent}: there is no such file; name one with --config FILE.");
        ProgramRun.Of([.. ProgramRun.Words(command), "--config", _folder.FullName]).AssertFailed(
            2, $"{_folder.FullName}: it may not be read; it must be a file that this user may read.");
        ProgramRun.Of([.. ProgramRun.Words(command), "--config", "/dev/zero"]).AssertFailed(
            2, "/dev/zero:1:1: the file is larger than 1 MiB.");
    }

    [Fact]
    public void A_sound_configuration_is_said_to_be_and_the_daemons_findings_follow()
    {
        using var daemon = Daemon("");
        var sound = File("sound.toml", string.Create(CultureInfo.InvariantCulture, $"[dns]\nport = {5353}\n"));

        var run = ProgramRun.With(daemon.SocketPath, "check", "--config", sound);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal($"{sound} is sound.\n! Something is amiss; mend it.\n", run.Output);
        Assert.StartsWith(
            $"{sound} is sound.\nNo daemon is running.\n",
            ProgramRun.Of("check", "--config", sound).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Check_says_which_records_contradict_machines_whether_the_registry_is_in_use_or_not(bool inUse)
    {
        var sound = File("names.toml", $"""
            state-dir = "{_folder.FullName}"
            [dns]
            records = ["ce A 192.0.2.9", "web A 192.0.2.8"]

            """);
        Assert.True(MachineLabel.TryParse("ce", out var label));
        var store = SqliteRegistryStore.Open(_folder.FullName);
        store.Commit([new MachinePut(new Machine(new MachineNumber(7), label, "ce"))], 2);
        if (!inUse) store.Dispose();

        var run = ProgramRun.Of("check", "--config", sound);

        store.Dispose();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(
            $"{sound}:3:12: A of ce.testbed is left out: it contradicts the machine's address 10.0.7.1.\n",
            run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("web", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_names_a_registry_that_cannot_be_read_or_does_not_fit_the_prefix()
    {
        var sound = File("names.toml", $"state-dir = \"{_folder.FullName}\"\n[network]\nprefix = \"10.0.0.0/22\"\n");
        Assert.True(MachineLabel.TryParse("ce", out var label));
        using (var store = SqliteRegistryStore.Open(_folder.FullName))
            store.Commit([new MachinePut(new Machine(new MachineNumber(4), label, "ce"))], 2);

        var misfit = ProgramRun.Of("check", "--config", sound);
        System.IO.File.WriteAllText(Path.Combine(_folder.FullName, "registry.db"), "no database at all, but long enough");
        var damaged = ProgramRun.Of("check", "--config", sound);

        Assert.Contains(
            "The machines were not looked at: machine 'ce' has number 4, and network.prefix 10.0.0.0/22 ends at 3",
            misfit.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"The machines were not looked at: {_folder.FullName}/registry.db: ", damaged.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0), (misfit.ExitCode, damaged.ExitCode));
    }

    private static CannedDaemon Daemon(string imported) => new(request => request switch
    {
        "GET /v1/status" => $"200 {Status}",
        "GET /v1/registry" => $"200 {Registry}",
        _ => $"200 {imported}",
    });

    private string File(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
