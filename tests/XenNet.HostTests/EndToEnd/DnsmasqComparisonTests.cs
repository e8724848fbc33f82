using System.Globalization;
using System.Text.RegularExpressions;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// A real dnsmasq with the HOWTO's set-up, and the program set up from what its import makes of that: the same questions and
/// the same DHCP exchanges, and differences that are all on the list of docs/from-dnsmasq.md.
/// </summary>
public sealed partial class DnsmasqComparisonTests : IDisposable
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

        CompareAnswers();
        CompareLeases();
    }

    public void Dispose()
    {
        _dnsmasq?.Dispose();
        _outside.Dispose();
        _old.Dispose();
        _host.Dispose();
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"m{number}");

    // With an /etc of its own, for /etc/hosts and /etc/ethers are built into it.
    private void StartDnsmasq()
    {
        var etc = _host.Folder + "/etc";
        Directory.CreateDirectory(etc);
        foreach (var file in (string[])["passwd", "group", "nsswitch.conf"]) File.Copy("/etc/" + file, $"{etc}/{file}");
        File.Copy(_hosts, etc + "/hosts");
        File.Copy(_ethers, etc + "/ethers");
        File.WriteAllText(etc + "/resolv.conf", "");
        _old.Join("uplink0", _host.Outside, "eth1");
        _old.Ip("addr", "add", "192.0.2.3/24", "dev", "uplink0");
        _old.Ip("link", "set", "uplink0", "up");
        _host.Outside.Ip("link", "set", "eth1", "up");
        _host.Outside.Ip("route", "add", "192.0.2.3/32", "dev", "eth1");
        _old.Ip("link", "set", "lo", "up");
        _dnsmasq = new RunningProgram(_host.PidFile("dnsmasq"), "ip", "netns", "exec", _old.Name, "sh", "-c",
            $"mount --bind {etc} /etc && exec /usr/sbin/dnsmasq -k --conf-file={_conf} --user=root --log-facility=- --pid-file=");
        _dnsmasq.Await("read");
    }

    private void CompareAnswers()
    {
        var questions = Asked();
        File.WriteAllLines(_host.Folder + "/questions", questions);
        var (here, there) = (Answers(_host.Dom0), Answers(_old));

        Assert.Equal(Questions, questions.Count);
        Assert.Equal((questions.Count, questions.Count), (here.Count, there.Count));
        var unlisted = questions.Where((question, i) => here[i] != there[i] && !IsListed(question, there[i], here[i]))
            .Select(question => $"{question}: dnsmasq {there[questions.IndexOf(question)]}, here {here[questions.IndexOf(question)]}");
        Assert.True(!unlisted.Any(), string.Join('\n', unlisted));
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

    // What docs/from-dnsmasq.md has under "Where the answers differ".
    private static bool IsListed(string question, string dnsmasq, string here) => question.ToLowerInvariant() switch
    {
        // A name has other types: NODATA, also where dnsmasq says that there is no such name.
        _ when dnsmasq == "NXDOMAIN" && here == "NOERROR" && question.Contains("apps.testbed", StringComparison.OrdinalIgnoreCase) => true,
        // The reverse name of a further interface is the machine's.
        "2.2.0.10.in-addr.arpa ptr" => here == "NOERROR PTR eth1.m2.testbed.",
        // This host by IPv6, which its own /etc/hosts does not name.
        "localhost aaaa" => here == "NOERROR AAAA ::1",
        _ => false,
    };

    /// <summary>Status and records of each reply, without times and in an order of their own.</summary>
    private List<string> Answers(NetworkNamespace where)
    {
        var printed = where.TryExec("dig", "@127.0.0.1", "+noall", "+comments", "+answer", "+time=5", "+tries=2", "-f", _host.Folder + "/questions").Output;
        return [.. printed.Split(";; Got answer:").Skip(1).Select(reply =>
        {
            var records = reply.Split('\n').Where(line => line.Length > 0 && line[0] != ';')
                .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                .Select(fields => string.Join(' ', fields[3..])).Order(StringComparer.Ordinal);
            return string.Join(' ', [Status().Match(reply).Groups[1].Value, .. records]);
        })];
    }

    private void CompareLeases()
    {
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

            var there = Told(guest, "eth0");
            var here = Told(added.Guest, added.Device);

            Assert.Equal(
                Without(there, "subnet", "mask", "broadcast"), Without(here, "subnet", "mask", "broadcast", "search"));
            Assert.Equal(("255.0.0.0", "255.255.255.0", "testbed"), (there["subnet"], here["subnet"], here["search"]));
            _old.Ip("link", "del", $"vif{number}.0");
        }
    }

    /// <summary>What udhcpc is told, by the names that it gives to options.</summary>
    private Dictionary<string, string> Told(NetworkNamespace guest, string device)
    {
        var script = _host.Folder + "/told";
        File.WriteAllText(script, "#!/bin/sh\n[ \"$1\" != bound ] || env | grep -E '^(ip|subnet|mask|broadcast|router|dns|domain|hostname|lease|ntpsrv|mtu|search)='\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var printed = guest.TryExec("udhcpc", "-f", "-q", "-n", "-i", device, "-t", "5", "-T", "2", "-O", "ntpsrv", "-O", "hostname", "-O", "search", "-s", script).Output;
        return printed.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith("udhcpc", StringComparison.Ordinal))
            .ToDictionary(line => line.Split('=')[0], line => line.Split('=')[1]);
    }

    private static IEnumerable<string> Without(Dictionary<string, string> told, params string[] names) =>
        told.Where(option => !names.Contains(option.Key)).Select(option => $"{option.Key}={option.Value}").Order(StringComparer.Ordinal);

    [GeneratedRegex(@"status: (\w+),")]
    private static partial Regex Status();
}
