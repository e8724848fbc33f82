using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>The way back: what other servers make of the exports, and a registry that is put back.</summary>
public sealed class ExportTests : IDisposable
{
    private const int OldPort = 5300;

    private readonly XenHost _host = new("""
        [[bridge]]
        name = "xnt-br0"
        prefix = "10.0.0.0/8"
        zone = "lan.example"
        [dns]
        records = ["www 300 CNAME ce", "note TXT 'two \"words\"'", "_sip._tcp SRV 1 2 5060 ce", "@ MX 10 ce",
            "caa CAA 0 issue \"example.org\"", "*.apps A 192.0.2.7", "7.0.2.10.in-addr.arpa. PTR ce",
            "6 AAAA 2001:db8::6", "svc HTTPS 1 . alpn=h2", "naptr NAPTR 1 2 u sip !^.*$!sip:x@y.example! ."]
        """, serving: false);

    public ExportTests()
    {
        _host.Dom0.Ip("link", "add", "xnt-br0", "type", "bridge");
        _host.Dom0.Ip("link", "set", "xnt-br0", "up");
        _host.Start();
        foreach (var name in (string[])["ce", "web", "Odd_Name"])
            _host.Xen("machine", "add", name);

        _host.Xen("machine", "set", "ce", "notes=the \"first\" of all", "aliases=first,wiki");
        _host.Xen("machine", "add", "far", "--number", "65535", "--mac", "00:16:3e:ff:ff:01");
        GuestInterface[] up =
            [_host.AddVif(5, 0, "ce"), _host.AddVif(5, 1, "ce", "bridge=xnt-br0"), _host.AddVif(6, 2, "web")];
        Assert.All(up, guest => Assert.Equal(new Outcome(0, "", ""), guest.Online()));
    }

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("kzonecheck", "-o", "{zone}", "{file}")]
    [InlineData("nsd-checkzone", "{zone}", "{file}")]
    public void Every_zone_loads_in_another_name_server(string program, params string[] arguments)
    {
        var files = _host.Xen("export", "zone", "--directory", _host.Folder + "/zones", "--server", XenHost.Uplink)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(["testbed", "lan.example", "10.in-addr.arpa"], files.Select(Path.GetFileNameWithoutExtension));
        Assert.All(files, file =>
        {
            var zone = Path.GetFileNameWithoutExtension(file);
            var (code, output, complaint) = Command.Try(program, arguments.Select(argument =>
                argument.Replace("{zone}", zone, StringComparison.Ordinal).Replace("{file}", file, StringComparison.Ordinal)));
            Assert.True(code == 0, output + complaint + File.ReadAllText(file));
            Assert.DoesNotContain("warning", output + complaint, StringComparison.OrdinalIgnoreCase);
        });
        Assert.Equal(_host.Xen("export", "zone", "--server", XenHost.Uplink), File.ReadAllText(files[0]));
        Assert.Contains("\nce.testbed. 60 IN A 10.0.1.1\n", File.ReadAllText(files[0]), StringComparison.Ordinal);
        Assert.Contains($"\nns.testbed. 60 IN A {XenHost.Uplink}\n", File.ReadAllText(files[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Dnsmasq_with_the_hosts_and_ethers_files_gives_the_same_answers_and_addresses()
    {
        var (hosts, ethers) = (_host.Xen("export", "hosts"), _host.Xen("export", "ethers"));
        using var link = NetworkNamespace.Create("old");
        using var guest = NetworkNamespace.Create("oldguest");
        link.Join("vif7.0", guest, "eth0");
        link.Ip("addr", "add", "10.0.1.129/8", "dev", "vif7.0");
        link.Ip("link", "set", "vif7.0", "up");
        guest.Ip("link", "set", "eth0", "address", "00:16:3e:00:06:02", "up");
        using var old = new OldDnsmasq(_host, link, hosts, ethers);

        var lines = hosts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t', ' ')).ToList();
        Assert.Equal(11, lines.Count);
        foreach (var line in lines)
        {
            string[] back = ["-x", line[0]];
            Assert.Equal(line[1] + ".", _host.Dig(back));
            Assert.Equal(line[1] + ".", XenHost.Dig(link, ["@127.0.0.1", .. back]));
            foreach (var name in line[1..])
            {
                Assert.Equal(line[0], _host.Dig(name));
                Assert.Equal(line[0], XenHost.Dig(link, "@127.0.0.1", name));
            }
        }

        foreach (var absent in (string[])["nobody.testbed", "eth9.ce.testbed"])
        {
            Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", absent));
            Assert.Equal("NXDOMAIN", XenHost.DigStatus(link, "@127.0.0.1", absent));
        }

        // The guest's MAC is that of web's third interface.
        var lease = guest.TryExec("udhcpc", "-f", "-q", "-n", "-i", "eth0", "-t", "3", "-T", "2", "-s", "/bin/true");
        Assert.Contains("lease of 10.0.2.3 obtained", lease.Output + lease.Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_that_is_imported_elsewhere_is_the_same_to_the_last_octet()
    {
        _host.Xen("machine", "forget", "Odd_Name");
        _host.Xen("machine", "add", "gone", "--number", "9");
        _host.Xen("machine", "forget", "gone");
        _host.Xen("machine", "add", "later");
        _host.Xen("machine", "forget", "later");
        var exported = _host.Xen("export", "json");
        Assert.Contains("\"forgotten\":[3,9,4]", exported, StringComparison.Ordinal);
        Assert.Contains(",\"aliases\":[\"first\",\"wiki\"]}", exported, StringComparison.Ordinal);
        File.WriteAllText(_host.Folder + "/registry.json", exported);
        using var other = new XenHost("");

        Assert.Equal(
            "would add or change 3, unchanged 0; numbers kept back: 3 more\n",
            other.Xen("import", "--dry-run", "--registry", _host.Folder + "/registry.json"));
        Assert.Contains("\"machines\":[]", other.Xen("export", "json"), StringComparison.Ordinal);
        other.Xen("import", "--registry", _host.Folder + "/registry.json");
        Assert.Equal(exported, other.Xen("export", "json"));
        Assert.Equal(
            "added or changed 0, unchanged 3; numbers kept back: 0 more\n",
            other.Xen("import", "--registry", _host.Folder + "/registry.json"));
        Assert.Equal(0, other.Stop());
        other.Start();

        Assert.Equal(exported, other.Xen("export", "json"));
    }

    [Fact]
    public void A_MAC_is_never_given_twice_and_a_machines_own_is_given_again()
    {
        var fresh = Enumerable.Range(0, 5).Select(_ => _host.Xen("mac").TrimEnd()).ToList();
        Assert.Equal(5, fresh.Distinct().Count());
        Assert.All(fresh, mac => Assert.Matches("^00:16:3e(:[0-9a-f]{2}){3}$", mac));

        _host.Xen("machine", "add", "db");
        var own = _host.Xen("mac", "db");

        Assert.Equal(own, _host.Xen("mac", "db"));
        Assert.Equal("00:16:3e:ff:ff:01\n", _host.Xen("mac", "far"));
        Assert.Contains($"{own.TrimEnd()}\t{_host.Dig("db")}\n", _host.Xen("export", "ethers"), StringComparison.Ordinal);
        Assert.Equal("xennet: no machine is called 'nobody'", _host.Xennet("mac", "nobody").FailedWith());
    }

    [Fact]
    public void The_sample_makes_ten_guests_and_the_same_files_again()
    {
        var folder = _host.Folder + "/guests";
        var first = Made(folder);

        Assert.Equal(10, first.Count);
        Assert.Equal(first, Made(folder));
        var guests = _host.Xen("export", "ethers").Split('\n')
            .ToDictionary(line => line.Split('\t')[0], line => line.Split('\t')[^1]);
        Assert.All(first, file =>
        {
            var mac = file.Value[(file.Value.IndexOf("mac=", StringComparison.Ordinal) + 4)..][..17];
            Assert.Equal(_host.Dig(Path.GetFileNameWithoutExtension(file.Key)), guests[mac]);
        });
    }

    [Fact]
    public void The_descriptions_that_the_sample_made_are_those_of_the_same_machines_here_and_of_new_ones_elsewhere()
    {
        var folder = _host.Folder + "/guests";
        Made(folder);
        string[] import = ["import", "--xl", folder + "/*.cfg"];
        using var other = new XenHost("");

        Assert.StartsWith("added or changed 0, unchanged 10; ", _host.Xen(import), StringComparison.Ordinal);
        Assert.StartsWith("added or changed 10, unchanged 0; ", other.Xen(import), StringComparison.Ordinal);
        var imported = other.Xen("export", "ethers");
        Assert.StartsWith("added or changed 0, unchanged 10; ", other.Xen(import), StringComparison.Ordinal);

        Assert.Equal(imported, other.Xen("export", "ethers"));
        Assert.Equal(10, imported.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal("10.0.2.1", other.Dig("guest10"));
        Assert.Contains($"{_host.Xen("mac", "guest10").TrimEnd()}\t10.0.2.1\n", imported, StringComparison.Ordinal);
    }

    private SortedDictionary<string, string> Made(string folder)
    {
        _host.Dom0.Exec("env", "XENNET_SOCKET=" + _host.ControlSocket, "XENNET=" + XenHost.Program, "bash",
            Path.Combine(RigScript.Repository, "samples/xen/make-guests.sh"), folder);
        return new(Directory.GetFiles(folder).ToDictionary(file => file, File.ReadAllText), StringComparer.Ordinal);
    }
}
