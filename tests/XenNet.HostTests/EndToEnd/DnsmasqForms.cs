namespace XenNet.HostTests.EndToEnd;

/// <summary>A set-up of dnsmasq in the form that one program writes, and what it is asked.</summary>
/// <param name="Link">The link that its clients are on.</param>
/// <param name="Address">Dom0's there.</param>
/// <param name="Clients">Hardware addresses that ask for an address.</param>
internal sealed record DnsmasqForm(string Link, string Address, params IReadOnlyList<string> Clients)
{
    internal const int Hosts = 60;

    /// <summary>A link without clients, and Dom0's address there.</summary>
    internal (string Link, string Address)? Other { get; init; }

    /// <summary>Files in the test's folder; in their texts and in the arguments {folder} is that.</summary>
    internal Dictionary<string, string> Files { get; init; } = [];

    internal string HostsFile { get; init; } = "127.0.0.1 localhost\n";

    internal required string[] Arguments { get; init; }

    /// <summary>One of the clients that no line names.</summary>
    internal string? Unknown { get; init; }

    internal required IEnumerable<string> Names { get; init; }

    internal required ComparedServers.Listed[] Listed { get; init; }

    internal required ComparedServers.ListedOption[] ListedOptions { get; init; }

    private string Network => Address[..Address.LastIndexOf('.')];

    /// <summary>A thousand: the names by all types, addresses, names outside, and as many of these in capitals as it takes.</summary>
    internal List<string> Questions()
    {
        string[] types = ["A", "AAAA", "MX", "TXT", "SRV", "HTTPS"];
        string[] outside = ["www.example.org", "alias.example.org", "dual.example.org", "none.example.org", "example.org", "localhost"];
        var asked = Names.Concat(outside).SelectMany(name => types.Select(type => $"{name} {type}"))
            .Concat(Enumerable.Range(1, 254).Select(last => Reverse($"{Network}.{last}"))).Append(Reverse("192.168.99.9"))
            .Where(question => question.Split(' ') is [var name, var type] && (name.Contains('.', StringComparison.Ordinal) || type is "A" or "AAAA"))
            .ToList();
        return [.. asked.Concat(asked.Select(question => question.ToUpperInvariant())).Take(1_000)];
    }

    internal static string Lines(Func<int, string> line) => string.Concat(Enumerable.Range(1, Hosts).Select(i => line(i) + "\n"));

    private static string Reverse(string address) =>
        string.Join('.', address.Split('.').Reverse()) + ".in-addr.arpa PTR";
}

/// <summary>The forms that programs write, with sixty hosts each.</summary>
internal static class DnsmasqForms
{
    // Our upstream refuses all that is not its own: what dnsmasq says so has been asked outside.
    private static readonly ComparedServers.Listed AskedOutside = new(
        "a name or a type that is not there, in `domain=` or under `address=`, without `local=`; "
            + "another type of a name that a line or a hosts file has",
        pair => pair.Old == "REFUSED" && pair.Here is "NOERROR" or "NXDOMAIN" && pair.Type != "ptr");

    private static readonly ComparedServers.Listed PrivateAskedOutside = new(
        "the reverse name of a private address that nobody has, without `bogus-priv`",
        pair => pair is { Type: "ptr", Old: "REFUSED", Here: "NXDOMAIN" });

    private static readonly ComparedServers.Listed Localhost = new(
        "`localhost`", pair => pair is { Question: "localhost aaaa", Here: "NOERROR AAAA ::1" }
            or { Question: "localhost a", Old: "REFUSED", Here: "NOERROR A 127.0.0.1" });

    private static readonly ComparedServers.Listed AliasAlone = new(
        "an alias to an outside name", pair => pair.Old.StartsWith("NOERROR CNAME ", StringComparison.Ordinal)
            && pair.Here == $"NOERROR A 10.42.0.1 {pair.Old["NOERROR ".Length..]}");

    private static readonly ComparedServers.Listed NameWithoutLease = new(
        "DHCP: a machine's name under `dhcp-host` in a pool",
        pair => pair.Question.StartsWith('v') || pair.Type == "ptr" && pair.Here.StartsWith("NOERROR PTR v", StringComparison.Ordinal));

    private static readonly ComparedServers.ListedOption HostName =
        new("DHCP: the host name (12) of a client of a pool", "hostname");

    private static readonly ComparedServers.ListedOption SearchList =
        new("DHCP: a search list (119) that is asked for", "search");

    private static readonly ComparedServers.ListedOption NextServer =
        new("DHCP: the next server (siaddr) without a boot file", "siaddr");

    private static readonly ComparedServers.ListedOption Domain = new("DHCP: the domain (15) without `domain=`", "domain");

    private static readonly ComparedServers.ListedOption UnknownAddress =
        new("DHCP: the address of a client of a pool that no line names", DnsmasqFormsTests.UnknownAddress);

    internal static DnsmasqForm Of(string program) => program switch
    {
        "libvirt" => Libvirt(),
        "incus" => Incus(),
        "neutron" => Neutron(),
        "NetworkManager" => NetworkManager(),
        "a router" => Router(),
        _ => CloudStack(),
    };

    private static DnsmasqForm Libvirt() => new(
        "virbr0", "192.168.122.1", Mac("52:54:00:00:00", 10), Mac("52:54:00:00:00", 11), "52:54:00:99:99:99")
    {
        Unknown = "52:54:00:99:99:99",
        Files = new()
        {
            ["default.conf"] = """
                ##WARNING:  THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
                ##OVERWRITTEN AND LOST.  Changes to this configuration should be made using:
                strict-order
                domain=lab.example
                expand-hosts
                local=/lab.example/
                domain-needed
                no-resolv
                server=192.0.2.1
                server=/corp.example/192.0.2.1
                pid-file={folder}/default.pid
                except-interface=lo
                bind-dynamic
                interface=virbr0
                dhcp-option=option:mtu,1450
                txt-record=about.lab.example,"two, words",more
                srv-host=_ldap._tcp.lab.example,h10.lab.example,389,1,2
                ra-param=*,0,0
                dhcp-range=192.168.122.2,192.168.122.254,255.255.255.0
                dhcp-no-override
                dhcp-authoritative
                dhcp-lease-max=253
                dhcp-hostsfile={folder}/default.hostsfile
                addn-hosts={folder}/default.addnhosts

                """,
            ["default.hostsfile"] = DnsmasqForm.Lines(i => $"{Mac("52:54:00:00:00", i)},192.168.122.{i + 1},v{i}"),
            ["default.addnhosts"] = DnsmasqForm.Lines(i => $"192.168.122.{i + 100}\th{i} h{i}.lab.example"),
        },
        Arguments = ["--conf-file={folder}/default.conf", "--leasefile-ro"],
        Names = [.. Enumerable.Range(1, DnsmasqForm.Hosts).SelectMany(i => (string[])[$"h{i}", $"h{i}.lab.example"]),
            "about.lab.example", "_ldap._tcp.lab.example", "lab.example", "nobody.lab.example", "v1.lab.example", "v2"],
        Listed = [NameWithoutLease, PrivateAskedOutside, Localhost],
        ListedOptions = [HostName, SearchList, NextServer, UnknownAddress],
    };

    private static DnsmasqForm Incus() => new(
        "incusbr0", "10.158.119.1", Mac("10:66:6a:00:00", 20), Mac("10:66:6a:00:00", 21))
    {
        Files = Enumerable.Range(1, DnsmasqForm.Hosts).ToDictionary(
            i => $"dnsmasq.hosts/p_c{i}.eth0", i => $"{Mac("10:66:6a:00:00", i)},10.158.119.{i + 1},c{i}\n")
            .Append(new("dnsmasq.raw", ""))
            .Append(new("dnsmasq.leases", DnsmasqForm.Lines(i => $"0 {Mac("10:66:6a:00:00", i)} 10.158.119.{i + 1} c{i} *")))
            .ToDictionary(),
        Arguments =
        [
            "--keep-in-foreground", "--strict-order", "--bind-interfaces", "--except-interface=lo", "--pid-file=", "--no-ping",
            "--interface=incusbr0", "--dhcp-rapid-commit", "--no-negcache", "--quiet-dhcp", "--quiet-dhcp6", "--quiet-ra",
            "--listen-address=10.158.119.1", "--dhcp-no-override", "--dhcp-authoritative",
            "--dhcp-leasefile={folder}/dnsmasq.leases", "--dhcp-hostsfile={folder}/dnsmasq.hosts", "--dhcp-range",
            "10.158.119.2,10.158.119.254,1h", "-s", "incus", "--interface-name", "_gateway.incus,incusbr0", "-S", "/incus/",
            "--conf-file={folder}/dnsmasq.raw",
        ],
        Names = [.. Enumerable.Range(1, DnsmasqForm.Hosts).SelectMany(i => (string[])[$"c{i}", $"c{i}.incus"]),
            "_gateway.incus", "incus", "nobody.incus"],
        Listed = [AskedOutside, PrivateAskedOutside, Localhost],
        ListedOptions = [HostName, SearchList, NextServer],
    };

    private static DnsmasqForm Neutron() => new(
        "tap1", "10.5.0.2", Mac("fa:16:3e:00:00", 5), Mac("fa:16:3e:00:00", 6))
    {
        Files = new()
        {
            ["host"] = DnsmasqForm.Lines(i => $"{Mac("fa:16:3e:00:00", i)},host-10-5-0-{i + 9}.openstacklocal,10.5.0.{i + 9}"
                + (i == 5 ? ",set:port-1" : "")),
            ["addn_hosts"] = DnsmasqForm.Lines(i => $"10.5.0.{i + 9}\thost-10-5-0-{i + 9}.openstacklocal host-10-5-0-{i + 9}"),
            ["opts"] = "tag:subnet-1,option:dns-server,192.0.2.53\n"
                + "tag:subnet-1,option:classless-static-route,169.254.169.254/32,10.5.0.2,0.0.0.0/0,10.5.0.1\n"
                + "tag:subnet-1,option:router,10.5.0.1\ntag:port-1,option:mtu,1400\n",
        },
        Arguments =
        [
            "--no-hosts", "--no-resolv", "--pid-file={folder}/pid", "--dhcp-hostsfile={folder}/host",
            "--addn-hosts={folder}/addn_hosts", "--dhcp-optsfile={folder}/opts", "--dhcp-leasefile={folder}/leases",
            "--dhcp-match=set:ipxe,175", "--dhcp-userclass=set:ipxe6,iPXE", "--local-service", "--bind-dynamic",
            "--dhcp-range=set:subnet-1,10.5.0.0,static,255.255.255.0,86400s", "--dhcp-option-force=option:mtu,1450",
            "--dhcp-lease-max=256", "--conf-file=/dev/null", "--server=192.0.2.1", "--domain=openstacklocal",
        ],
        Names = [.. Enumerable.Range(10, DnsmasqForm.Hosts)
            .SelectMany(i => (string[])[$"host-10-5-0-{i}", $"host-10-5-0-{i}.openstacklocal"]), "nobody.openstacklocal"],
        Listed = [AskedOutside, PrivateAskedOutside, Localhost],
        ListedOptions = [HostName, SearchList, NextServer],
    };

    private static DnsmasqForm NetworkManager() => new("wlan0", "10.42.0.1", "02:00:00:00:00:09")
    {
        Unknown = "02:00:00:00:00:09",
        Files = new() { ["dnsmasq-shared.d/mine.conf"] = "address=/portal.example/10.42.0.1\ncname=desk.example,portal.example\n" },
        Arguments =
        [
            "--conf-file=/dev/null", "--no-hosts", "--keep-in-foreground", "--bind-interfaces", "--except-interface=lo",
            "--clear-on-reload", "--strict-order", "--listen-address=10.42.0.1", "--dhcp-range=10.42.0.10,10.42.0.254,60m",
            "--dhcp-leasefile={folder}/dnsmasq-wlan0.leases", "--dhcp-option-force=43,ANDROID_METERED",
            "--pid-file={folder}/nm-dnsmasq-wlan0.pid", "--conf-dir={folder}/dnsmasq-shared.d",
        ],
        Names = [.. Enumerable.Range(1, 100).Select(i => $"n{i}.portal.example"), "portal.example", "desk.example"],
        Listed = [AskedOutside, PrivateAskedOutside, Localhost, AliasAlone],
        ListedOptions = [Domain, SearchList, NextServer, UnknownAddress],
    };

    private static DnsmasqForm CloudStack() => new(
        "eth0", "10.1.1.1", Mac("02:00:3a:00:00", 7), Mac("02:00:3a:00:00", 8))
    {
        HostsFile = "127.0.0.1 localhost\n" + DnsmasqForm.Lines(i => $"10.1.1.{i + 49} vm{i}"),
        Files = new()
        {
            ["dnsmasq.conf"] = """
                domain-needed
                bogus-priv
                resolv-file={folder}/dnsmasq-resolv.conf
                interface=eth0
                except-interface=uplink0
                no-dhcp-interface=uplink0
                bind-interfaces
                expand-hosts
                domain=cs1.example
                dhcp-hostsfile={folder}/dhcphosts.txt
                dhcp-optsfile={folder}/dhcpopts.txt
                dhcp-option=option:router,10.1.1.1
                dhcp-lease-max=2100
                log-dhcp
                dhcp-leasefile={folder}/dnsmasq.leases
                conf-dir={folder}/dnsmasq.d

                """,
            ["dnsmasq-resolv.conf"] = "nameserver 192.0.2.1\n",
            ["dnsmasq.d/cloud.conf"] = """
                dhcp-range=set:interface-eth0-0,10.1.1.1,static
                dhcp-option=tag:interface-eth0-0,15,cs1.example
                dhcp-option=tag:interface-eth0-0,6,10.1.1.1,192.0.2.53
                dhcp-option=tag:interface-eth0-0,3,10.1.1.1
                dhcp-option=tag:interface-eth0-0,1,255.255.255.0

                """,
            ["dhcphosts.txt"] = DnsmasqForm.Lines(i =>
                $"{Mac("02:00:3a:00:00", i)},set:10-1-1-{i + 49},10.1.1.{i + 49},vm{i},infinite"),
            ["dhcpopts.txt"] = "tag:10-1-1-56,6,192.0.2.54\n",
        },
        Arguments = ["--conf-file={folder}/dnsmasq.conf"],
        Names = [.. Enumerable.Range(1, DnsmasqForm.Hosts).SelectMany(i => (string[])[$"vm{i}", $"vm{i}.cs1.example"]),
            "cs1.example", "nobody.cs1.example"],
        Listed = [AskedOutside, Localhost],
        ListedOptions = [HostName, SearchList, NextServer],
    };

    // As guides have it for several networks, each with a tag: the first by its range, the second by its link, too.
    private static DnsmasqForm Router() => new(
        "lan0", "192.168.10.1", Mac("52:54:00:00:00", 1), Mac("52:54:00:00:00", 2), Mac("52:54:00:00:00", 3))
    {
        // At home in the other network: what is said of it there does not count here.
        Unknown = Mac("52:54:00:00:00", 3),
        Other = ("lan1", "192.168.20.1"),
        HostsFile = "127.0.0.1 localhost\n" + DnsmasqForm.Lines(i => $"192.168.10.{i + 19} h{i}"),
        Files = new()
        {
            ["router.conf"] = """
                # Two networks
                domain-needed
                bogus-priv
                no-resolv
                server=192.0.2.1
                domain=home.example
                local=/home.example/
                expand-hosts
                interface=lan0,lan1
                bind-interfaces
                dhcp-authoritative
                dhcp-leasefile={folder}/router.leases
                dhcp-range=lan,192.168.10.100,192.168.10.200,12h
                dhcp-range=lan,192.168.10.0,static,255.255.255.0,12h
                dhcp-range=set:visitors,192.168.20.100,192.168.20.200,1h
                dhcp-option=tag:store,option:ntp-server,192.0.2.125
                dhcp-option=lan,3,192.168.10.254
                dhcp-option=lan,option:ntp-server,192.0.2.123
                dhcp-option=tag:visitors,3,192.168.20.254
                dhcp-option=tag:lan1,6,9.9.9.9
                dhcp-option=tag:!visitors,26,1400
                dhcp-option=252,"\n"
                dhcp-host=52:54:00:00:00:01,52:54:00:00:00:02,192.168.10.11,vnas,set:store,infinite
                dhcp-host=52:54:00:00:00:03,192.168.20.12,set:visitors,set:slow,6h
                dhcp-option=tag:slow,26,600

                """,
        },
        Arguments = ["--conf-file={folder}/router.conf"],
        Names = [.. Enumerable.Range(1, DnsmasqForm.Hosts).SelectMany(i => (string[])[$"h{i}", $"h{i}.home.example"]),
            "home.example", "nobody.home.example", "vnas.home.example"],
        Listed = [Localhost],
        ListedOptions = [HostName, SearchList, NextServer, UnknownAddress],
    };

    private static string Mac(string prefix, int number) => $"{prefix}:{number:x2}";
}
