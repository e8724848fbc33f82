using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Files of DHCP options that come, change and go, and what a real dnsmasq makes of the same.</summary>
public sealed class OptionFilesTests : IDisposable
{
    private const string Mac = "00:16:3e:77:00:01";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // What udhcpc is asked to print, by its own names.
    private static readonly string[] Shown = ["router", "ntpsrv", "mtu", "search", "staticroutes", "opt43", "opt175", "opt224"];

    private readonly XenHost _host = new("", serving: false);
    private readonly NetworkNamespace _guest = NetworkNamespace.Create("lan");
    private readonly List<IDisposable> _others = [];

    public OptionFilesTests()
    {
        Write($"options-files = ['{Files}']");
        Plug(_host.Dom0, _guest);
    }

    private string Files => _host.Folder + "/dhcp-opts.d";

    public void Dispose()
    {
        foreach (var other in Enumerable.Reverse(_others)) other.Dispose();
        _guest.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void The_same_file_means_what_it_means_to_dnsmasq_as_it_changes_and_goes()
    {
        var (old, oldGuest) = (NetworkNamespace.Create("old"), NetworkNamespace.Create("oldlan"));
        _others.AddRange([oldGuest, old]);
        Plug(old, oldGuest);
        Directory.CreateDirectory(Files);
        var file = Files + "/opts";
        File.WriteAllText(file, "");
        // Its tag in a dhcp-hostsfile ends dnsmasq 2.90 at the SIGHUP after an answer.
        var dnsmasq = ComparedServers.StartDnsmasq(
            _host, old, new Dictionary<string, string> { ["hosts"] = "" },
            ["--keep-in-foreground", "--user=root", "--log-facility=-", "--conf-file=/dev/null", "--no-hosts", "--no-resolv",
                $"--pid-file={_host.Folder}/dnsmasq.pid", $"--dhcp-leasefile={_host.Folder}/dnsmasq.leases",
                $"--dhcp-host={Mac},set:port-1,192.168.7.10", $"--dhcp-optsfile={file}", "--dhcp-range=192.168.7.0,static,255.255.255.0,1h",
                "--dhcp-option=224,of the configuration"]);
        _others.Add(dnsmasq);
        Write($"options-files = ['{file}']", """
            [[dhcp.option]]
            option = 224
            value = "text:of the configuration"
            """);
        _host.Start();

        AssertSeen("""
            # what holds for all, for a tag that the hosts file sets, and for one that nobody has
            option:ntp-server,192.0.2.1,0.0.0.0
            tag:port-1,26,1400
            tag:!port-1,option:mtu,1300
            tag:port-2,3,192.168.7.99
            """, "router=192.168.7.1 ntpsrv=192.0.2.1 192.168.7.1 mtu=1400 opt224=6f662074686520636f6e66696775726174696f6e");
        AssertSeen("""
            option:ntp-server,192.0.2.1
            42,192.0.2.2
            3
            224,"of, the file"
            option:domain-search,a.example,b.example
            option:classless-static-route,10.9.0.0/16,192.168.7.9
            """, "ntpsrv=192.0.2.2 search=a.example b.example staticroutes=10.9.0.0/16 192.168.7.9 opt224=6f662c207468652066696c65");
        AssertSeen("""
            vendor:PXEClient,6,2b
            vendor:nobody,1,1b
            encap:175,190,01:02
            """, "router=192.168.7.1 opt43=060102 opt175=be020102 opt224=6f662074686520636f6e66696775726174696f6e");
        File.Delete(file);
        AssertSeen(null, "router=192.168.7.1 opt224=6f662074686520636f6e66696775726174696f6e");

        // Both tell the client that.
        void AssertSeen(string? text, string told)
        {
            if (text is not null) Put(Files, "opts", text);
            dnsmasq.Signal("HUP");
            var (theirs, ours) = ("", "");
            var isSo = SpinWait.SpinUntil(() =>
            {
                (theirs, ours) = (Told(oldGuest), Told(_guest));
                return theirs == told && ours == told;
            }, Patience);
            Assert.True(isSo, $"expected {told}\n dnsmasq {theirs}\n    here {ours}");
        }
    }

    [Fact]
    public void A_directory_that_comes_later_a_wrong_line_and_an_explanation_by_file_and_line()
    {
        _host.Start();
        Assert.Contains($"{Files}: there is no such file or directory yet", _host.Xen("status"), StringComparison.Ordinal);

        Directory.CreateDirectory(Files);
        Put(Files, "10", "26,1400\n26,65536\n");
        Put(Files, "20", "\ntag:port-1,26,1300\n");
        AwaitTold("router=192.168.7.1 mtu=1300");

        var finding = $"{Files}/10:2: the value must be 0 to 65535, not \"65536\", so the line is left out";
        var status = _host.Xen("status", "--json");
        Assert.Contains(finding.Replace("\"", "\\u0022", StringComparison.Ordinal), status, StringComparison.Ordinal);
        Assert.Matches("\"OptionLinesLeftOut\": ?1", status);
        Assert.Contains(finding, _host.Xen("check", "--config", _host.ConfigurationFile), StringComparison.Ordinal);
        Assert.Matches($@"mtu .*1300 .*a line of dhcp.options-files.*{Files}/20:2", _host.Xen("explain", Mac));

        File.Delete(Files + "/20");
        AwaitTold("router=192.168.7.1 mtu=1400");
        Directory.Delete(Files, recursive: true);
        AwaitTold("router=192.168.7.1");
    }

    [Fact]
    public void A_reload_names_other_files_and_one_that_is_refused_counts_nothing()
    {
        var (good, bad) = (_host.Folder + "/good", _host.Folder + "/bad");
        File.WriteAllText(good, "26,1400\n");
        File.WriteAllText(bad, "nonsense\n");
        _host.Start();
        AwaitTold("router=192.168.7.1");

        Write($"options-files = ['{good}']");
        Assert.Contains("dhcp.options-files", _host.Xen("reload"), StringComparison.Ordinal);
        Assert.Equal("router=192.168.7.1 mtu=1400", Told(_guest));

        // That boot files cannot begin now is found out when all files have been read.
        Write($"options-files = ['{bad}']", hostsFiles: $"'{bad}'", more: "[boot]\nroot = '/srv'\n");
        Assert.Contains("boot files begin or cease to be served only with a restart", _host.Xennet("reload").Error, StringComparison.Ordinal);
        Assert.DoesNotContain("LinesLeftOut", _host.Xen("status", "--json"), StringComparison.Ordinal);
        Assert.Equal("router=192.168.7.1 mtu=1400", Told(_guest));
    }

    [Fact]
    public void A_file_that_the_daemons_user_may_not_read_is_named_and_what_it_said_last_is_kept()
    {
        const string Caps = "-all,+net_admin,+net_raw,+net_bind_service";
        Directory.CreateDirectory(Files);
        Put(Files, "10", "26,1400\n");
        Directory.CreateDirectory(_host.StateDirectory);
        Directory.CreateDirectory(_host.RunDirectory);
        Command.Run("chown", "-R", "65534:65534", _host.StateDirectory, _host.RunDirectory);
        _host.Launch("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=" + Caps, "--inh-caps=" + Caps,
            "--ambient-caps=" + Caps, "--no-new-privs");
        AwaitTold("router=192.168.7.1 mtu=1400");

        // A change that it may not see.
        Put(Files, "20", "42,192.0.2.1\n", mode: "000");
        Put(Files, "10", "26,1300\n", mode: "000");
        Put(Files, "30", "224,text\n");
        AwaitTold("router=192.168.7.1 mtu=1400 opt224=74657874");
        AssertFindings($"{Files}/10: it cannot be read: what it said last is kept",
            $"{Files}/20: it cannot be read: nothing in it counts");

        // Of a directory that is closed nothing is forgotten, and it is said as long as it lasts.
        Command.Run("chmod", "644", Files + "/10", Files + "/20");
        AwaitTold("router=192.168.7.1 ntpsrv=192.0.2.1 mtu=1300 opt224=74657874");
        Command.Run("chmod", "000", Files);
        AwaitFinding($"{Files}: the directory cannot be read: what it held last is kept");
        Assert.Equal("router=192.168.7.1 ntpsrv=192.0.2.1 mtu=1300 opt224=74657874", Told(_guest));
        Command.Run("chmod", "755", Files);
        AwaitTold("router=192.168.7.1 ntpsrv=192.0.2.1 mtu=1300 opt224=74657874");

        // Hosts of pools, in the same way.
        Command.Run("chmod", "000", Hosts);
        AwaitFinding($"{Hosts}: it cannot be read: what it said last is kept");
        Assert.Equal("router=192.168.7.1 ntpsrv=192.0.2.1 mtu=1300 opt224=74657874", Told(_guest));
        Assert.Equal(0, _host.Stop());
    }

    private string Hosts => _host.Folder + "/dhcp-hosts";

    private static void Plug(NetworkNamespace dom0, NetworkNamespace guest)
    {
        dom0.Join("lan0", guest, "eth0");
        dom0.Ip("addr", "add", "192.168.7.1/24", "brd", "+", "dev", "lan0");
        dom0.Ip("link", "set", "lan0", "up");
        guest.Ip("link", "set", "eth0", "address", Mac);
        guest.Ip("link", "set", "eth0", "up");
    }

    private void Write(string dhcp, string more = "", string hostsFiles = "")
    {
        File.WriteAllText(Hosts, $"{Mac},set:port-1,192.168.7.10\n");
        File.WriteAllText(_host.ConfigurationFile, $"""
            state-dir = "{_host.StateDirectory}"
            run-dir = "{_host.RunDirectory}"
            [dhcp]
            {dhcp}
            [[dhcp.pool]]
            interface = "lan0"
            address = "192.168.7.1/24"
            hosts-files = ['{Hosts}', {hostsFiles}]
            {more}

            """);
    }

    // As a file is replaced at one stroke.
    private void Put(string folder, string name, string text, string mode = "644")
    {
        File.WriteAllText($"{_host.Folder}/{name}.new", text);
        Command.Run("chmod", mode, $"{_host.Folder}/{name}.new");
        File.Move($"{_host.Folder}/{name}.new", $"{folder}/{name}", overwrite: true);
    }

    private void AssertFindings(params string[] findings)
    {
        var status = _host.Xen("status");
        Assert.All(findings, finding => Assert.Contains(finding, status, StringComparison.Ordinal));
    }

    private void AwaitFinding(string finding) => Assert.True(
        SpinWait.SpinUntil(() => _host.Xen("status").Contains(finding, StringComparison.Ordinal), Patience), _host.Xen("status"));

    private void AwaitTold(string told)
    {
        var last = "";
        Assert.True(SpinWait.SpinUntil(() => (last = Told(_guest)) == told, Patience), $"{last} is told, and not {told}.");
    }

    // What a PXE client is told in an exchange of its own. dnsmasq has no search list unless it is told one, and puts an end
    // behind parts of an option.
    private string Told(NetworkNamespace guest)
    {
        var told = ComparedServers.Told(
            _host.Folder, guest, "eth0", "-O", "43", "-O", "175", "-O", "224", "-V", "PXEClient");
        return string.Join(' ', Shown
            .Where(name => told.TryGetValue(name, out var value) && (name, value) != ("search", "testbed")).Select(name => $"{name}={Bare(told[name])}"));

        static string Bare(string value) => value.EndsWith("ff", StringComparison.Ordinal) ? value[..^2] : value;
    }
}
