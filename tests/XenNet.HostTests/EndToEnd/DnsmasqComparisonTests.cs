using System.Globalization;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// A real dnsmasq with the HOWTO's set-up, and the program set up from what its import makes of that: the same questions and
/// the same DHCP exchanges, and differences that are all on the list of docs/from-dnsmasq.md.
/// </summary>
public sealed class DnsmasqComparisonTests : IDisposable
{
    private const int Machines = 60;
    private const int Questions = 1_000;

    private readonly XenHost _host = new("", serving: false);
    private readonly NetworkNamespace _old = NetworkNamespace.Create("old");
    private readonly OutsideNameServer _outside;
    private readonly string _hosts;
    private readonly string _ethers;
    private readonly string _conf;
    private RunningProgram? _dnsmasq;

    public DnsmasqComparisonTests()
    {
        _outside = new OutsideNameServer(_host);
        (_hosts, _ethers, _conf) = (_host.Folder + "/hosts", _host.Folder + "/ethers", _host.Folder + "/dnsmasq.conf");
        var (hosts, ethers) = (new List<string> { "127.0.0.1 localhost", "192.0.2.77 printer.testbed printer" }, new List<string>());
        for (var number = 1; number <= Machines; number++)
        {
            hosts.Add($"10.0.{number}.1 {Name(number)}.testbed {Name(number)}");
            ethers.Add(string.Create(CultureInfo.InvariantCulture, $"00:16:3E:C2:AA:{number:X2} 10.0.{number}.1"));
        }

        hosts.AddRange(["10.0.2.2 m2-2", "10.0.3.1 shop.testbed"]);
        File.WriteAllLines(_hosts, hosts);
        File.WriteAllLines(_ethers, ethers);
        File.WriteAllText(_conf, $"""
            # As the HOWTO has it, with a few names besides.
            domain-needed
            bogus-priv
            no-resolv
            server={XenHost.Gateway}
            interface=vif*
            no-dhcp-interface=eth0
            expand-hosts
            domain=testbed
            local=/testbed/
            dhcp-range=10.0.0.0,static,255.0.0.0,infinite
            read-ethers
            leasefile-ro
            dhcp-authoritative
            dhcp-option=option:ntp-server,192.0.2.123
            cname=www.testbed,{Name(1)}.testbed
            txt-record=about.testbed,"two, words",more
            srv-host=_etcd._tcp.testbed,{Name(4)}.testbed,2380,1,2
            mx-host=testbed,{Name(5)}.testbed,10
            address=/apps.testbed/10.0.6.1
            host-record=gate.testbed,192.0.2.9

            """);
    }

    [Fact]
    public void The_same_questions_and_exchanges_have_the_same_answers_but_for_those_on_the_list()
    {
        var settings = _host.Folder + "/imported.toml";
        _host.Start();
        var said = _host.Xen("import", "--dnsmasq", _conf, "--hosts", _hosts, "--ethers", _ethers, "--config-out", settings);
        Assert.Contains($"added or changed {Machines}, unchanged 0; lines: {20 + 2 * Machines + 3} taken, 1 passed over, 1 blank", said, StringComparison.Ordinal);
        Assert.Contains($"added or changed 0, unchanged {Machines}; ",
            _host.Xen("import", "--dnsmasq", _conf, "--hosts", _hosts, "--ethers", _ethers, "--config-out", settings), StringComparison.Ordinal);
        Assert.Equal(0, _host.Stop());
        File.AppendAllText(_host.ConfigurationFile, File.ReadAllText(settings));
        File.Copy(_hosts, $"/etc/netns/{_host.Dom0.Name}/hosts", overwrite: true);
        _host.Start();
        StartDnsmasq();

        List<string> unlisted = [.. UnlistedAnswers(), .. UnlistedOptions()];
        Assert.True(unlisted.Count == 0, string.Join('\n', unlisted));
    }

    public void Dispose()
    {
        _dnsmasq?.Dispose();
        _outside.Dispose();
        _old.Dispose();
        _host.Dispose();
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"m{number}");

    private void StartDnsmasq()
    {
        ComparedServers.JoinOutside(_host, _old);
        _dnsmasq = ComparedServers.StartDnsmasq(_host, _old, new Dictionary<string, string>
        {
            ["hosts"] = File.ReadAllText(_hosts),
            ["ethers"] = File.ReadAllText(_ethers),
            ["resolv.conf"] = "",
        }, "-k", "--conf-file=" + _conf, "--user=root", "--log-facility=-", "--pid-file=");
        _dnsmasq.Await("read");
    }

    private List<string> UnlistedAnswers()
    {
        var questions = Asked();
        Assert.Equal(Questions, questions.Count);
        return ComparedServers.UnlistedAnswers(_host.Folder, questions, (_old, "127.0.0.1"), (_host.Dom0, "127.0.0.1"),
            new("AAAA of a name that `address=/…/IPV4` made, in a `local=` domain",
                pair => pair is { Old: "NXDOMAIN", Here: "NOERROR" } && pair.Question.Contains("apps.testbed", StringComparison.Ordinal)),
            new("the reverse name of a machine's further interface",
                pair => pair is { Question: "2.2.0.10.in-addr.arpa ptr", Here: "NOERROR PTR eth1.m2.testbed." }),
            new("`localhost`", pair => pair is { Question: "localhost aaaa", Here: "NOERROR AAAA ::1" }));
    }

    private static List<string> Asked()
    {
        string[] types = ["A", "AAAA", "MX", "TXT", "SRV", "HTTPS"];
        var names = Enumerable.Range(1, Machines).SelectMany(number => (string[])[Name(number), Name(number) + ".testbed"])
            .Concat(["m2-2.testbed", "shop.testbed", "printer.testbed", "printer", "www.testbed", "about.testbed",
                "_etcd._tcp.testbed", "testbed", "apps.testbed", "x.apps.testbed", "gate.testbed", "nobody.testbed", "a.b.testbed",
                "www.example.org", "alias.example.org", "dual.example.org", "none.example.org", "example.org", "localhost"]);
        var reverse = Enumerable.Range(1, Machines).Select(number => $"1.{number}.0.10.in-addr.arpa PTR")
            .Concat(["2.2.0.10.in-addr.arpa PTR", "77.2.0.192.in-addr.arpa PTR", "1.200.0.10.in-addr.arpa PTR", "9.9.168.192.in-addr.arpa PTR"]);
        var all = names.SelectMany(name => types.Select(type => $"{name} {type}")).Concat(reverse).ToList();
        // Bare names of types that are not addresses go to the root, and there is none here.
        return [.. all.Where(question => question.Contains('.', StringComparison.Ordinal) || question.EndsWith(" A", StringComparison.Ordinal)
            || question.EndsWith(" AAAA", StringComparison.Ordinal)).Concat(all.Where(question => question.Contains(".testbed", StringComparison.Ordinal))
            .Select(question => question.ToUpperInvariant())).Take(Questions)];
    }

    private List<string> UnlistedOptions()
    {
        var told = new List<(Dictionary<string, string>, Dictionary<string, string>)>();
        for (var number = 1; number <= 3; number++)
        {
            var mac = string.Create(CultureInfo.InvariantCulture, $"00:16:3e:c2:aa:{number:x2}");
            var added = _host.AddVif(number, 0, Name(number), "mac=" + mac);
            Assert.Equal(new Outcome(0, "", ""), added.Online());
            using var guest = NetworkNamespace.Create("guest" + XenHost.Text(number));
            _old.Join($"vif{number}.0", guest, "eth0");
            _old.Ip("addr", "add", $"10.0.{number}.129/8", "dev", $"vif{number}.0");
            _old.Ip("link", "set", $"vif{number}.0", "up");
            guest.Ip("link", "set", "eth0", "address", mac);
            guest.Ip("link", "set", "eth0", "up");

            told.Add((ComparedServers.Told(_host.Folder, guest, "eth0"), ComparedServers.Told(_host.Folder, added.Guest, added.Device)));
            _old.Ip("link", "del", $"vif{number}.0");
        }

        const string Mask = "DHCP: the netmask of a machine";
        return ComparedServers.UnlistedOptions(told,
            new(Mask, "subnet"), new(Mask, "mask"), new(Mask, "broadcast"), new("DHCP: a search list (119) that is asked for", "search"),
            new("DHCP: the MTU (26) that is asked for", "mtu"), new("DHCP: the next server (siaddr) without a boot file", "siaddr"));
    }
}
