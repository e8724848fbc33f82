using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using XenNet.Core.Configuration;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Configuration;

public sealed class ConfigurationReaderTests
{
    private const string Everything = """
        state-dir = "/var/lib/xennet"
        run-dir   = "/run/xennet"          # control.sock
        [network]
        prefix = "10.0.0.0/8"
        nat    = true
        uplink = ""                        # "" = the interface of the default route
        vifs   = ["vif*"]                  # interfaces served besides those announced by the hook
        [zone]
        name = "testbed"
        ttl  = 60                          # seconds
        secondaries = []
        [dns]
        listen    = ["vif*", "lo"]         # interface patterns and/or "address:port"
        port      = 53                     # 0 = no DNS
        upstreams = []                     # "address", "address:port"; [] = follow /etc/resolv.conf
        upstream-order = "fastest"
        source-ports = "1024-65535"
        tls-ca-file = ""
        forwards-max = 4096
        forwards-per-client-max = 256
        tcp-connections-max = 1024
        tcp-connections-per-client-max = 64
        rate-limit = 20000
        cache-entries = 10000
        cache-size = 8388608
        cache-ttl-min = 0
        cache-ttl-max = 86400
        negative-ttl-max = 3600
        stale-time = 86400
        rebind-protection = true
        rebind-allow = []
        filter-types = []
        local-domains = []
        hosts-files = []
        interface-names = []
        records = []
        [dhcp]
        enabled    = true
        lease-time = "infinite"            # or "12h"
        [xen]
        xenstore = ""                      # "" = $XENSTORED_PATH, then the usual places
        """;

    [Theory]
    [InlineData("_gateway=xenbr0", "_gateway", "xenbr0")]
    [InlineData("gw.example.org.=eth0", "gw.example.org.", "eth0")]
    public void An_interface_has_a_name(string entry, string name, string link) => Assert.Equal(
        new InterfaceName(name, link), Assert.Single(Accept($"[dns]\ninterface-names = [\"{entry}\"]").Dns.InterfaceNames));

    [Theory]
    [InlineData("_gateway")]
    [InlineData("=eth0")]
    [InlineData("gw=")]
    [InlineData("gw=eth0=x/y")]
    [InlineData("a b=eth0")]
    public void What_is_no_name_of_an_interface_is_refused(string entry) => Refuse(
        $"[dns]\ninterface-names = [\"{entry}\"]",
        $"2:20: each of dns.interface-names must be a name and an interface, as in _gateway=xenbr0, not \"{entry}\".");

    [Fact]
    public void The_file_with_every_default_written_out_is_the_same_as_no_file()
    {
        var configuration = Accept(Everything);

        AssertSame(new XenNetConfiguration(), configuration);
    }

    [Fact]
    public void An_empty_file_is_the_same_as_no_file() => AssertSame(new XenNetConfiguration(), Accept(""));

    [Fact]
    public void Every_key_takes_another_value()
    {
        var configuration = Accept("""
            state-dir = "/srv/state"
            run-dir = "/srv/run/"
            [network]
            prefix = "172.16.0.0/12"
            nat = false
            uplink = "eth1.5"
            vifs = ["vif*", "tap*"]
            [zone]
            name = "Lab.Example."
            ttl = 0
            secondaries = ["192.0.2.2", "192.0.2.3:5353"]
            [dns]
            listen = ["xenbr*", "192.0.2.1:5353"]
            port = 0
            upstreams = ["192.0.2.53", "192.0.2.54:5353", "2620:fe::fe", "tls://9.9.9.9#DNS.quad9.net"]
            upstream-order = "race"
            source-ports = "32768-32999"
            tls-ca-file = "/etc/ssl/own.pem"
            forwards-max = 1
            forwards-per-client-max = 2
            tcp-connections-max = 3
            tcp-connections-per-client-max = 4
            rate-limit = 5
            cache-entries = 0
            cache-size = 6
            cache-ttl-min = 7
            cache-ttl-max = 8
            negative-ttl-max = 9
            stale-time = 10
            rebind-protection = false
            rebind-allow = ["Corp.Example."]
            filter-types = ["AAAA", "https", "TYPE64"]
            local-domains = ["lan"]
            hosts-files = ["/etc/hosts", "/etc/xennet/hosts.d/"]
            records = ["www 300 IN CNAME www.example.com.",
              "@ TXT hello"]
            [dhcp]
            enabled = false
            lease-time = "12h"
            [xen]
            xenstore = "/srv/xenstored/socket"
            """);

        Assert.Equal("/srv/state", configuration.StateDirectory);
        Assert.Equal("/srv/state/registry.db", configuration.RegistryFile);
        Assert.Equal("/srv/run/control.sock", configuration.ControlSocket);
        Assert.Equal("172.16.0.0/12", configuration.Network.Prefix.ToString());
        Assert.False(configuration.Network.Nat);
        Assert.Equal("eth1.5", configuration.Network.Uplink);
        Assert.Equal(["vif*", "tap*"], configuration.Network.Vifs.Select(pattern => pattern.ToString()));
        Assert.Equal("lab.example", configuration.Zone.Name);
        Assert.Equal(0, configuration.Zone.Ttl);
        Assert.Equal("xenbr*", Assert.Single(configuration.Dns.ListenInterfaces).ToString());
        Assert.Equal("192.0.2.1:5353", Assert.Single(configuration.Dns.ListenAddresses).ToString());
        Assert.Equal(0, configuration.Dns.Port);
        Assert.Equal(["192.0.2.2:53", "192.0.2.3:5353"], configuration.Zone.Secondaries.Select(at => at.ToString()));
        AssertEveryOtherDnsKey(configuration.Dns);
        Assert.False(configuration.Dhcp.Enabled);
        Assert.Equal(TimeSpan.FromHours(12), configuration.Dhcp.LeaseTime);
        Assert.Equal("/srv/xenstored/socket", configuration.Xen.Xenstore);
    }

    private static void AssertEveryOtherDnsKey(DnsConfiguration dns)
    {
        Assert.Equal(["192.0.2.53:53", "192.0.2.54:5353", "[2620:fe::fe]:53", "tls://9.9.9.9:853#dns.quad9.net"],
            dns.Upstreams.Select(at => at.ToString()));
        Assert.Equal(UpstreamOrder.Race, dns.UpstreamOrder);
        Assert.Equal("32768-32999", dns.SourcePorts.ToString());
        Assert.Equal("/etc/ssl/own.pem", dns.TlsCaFile);
        Assert.Equal([1, 2, 3, 4, 5], [dns.ForwardsMax, dns.ForwardsPerClientMax, dns.TcpConnectionsMax,
            dns.TcpConnectionsPerClientMax, dns.RateLimit]);
        Assert.Equal([0, 6, 7, 8, 9, 10], [dns.CacheEntries, dns.CacheSize, dns.CacheTtlMin, dns.CacheTtlMax,
            dns.NegativeTtlMax, dns.StaleTime]);
        Assert.False(dns.RebindProtection);
        Assert.Equal(["corp.example"], dns.RebindAllow.AsEnumerable());
        Assert.Equal([DnsType.Aaaa, DnsType.Https, DnsType.Svcb], dns.FilterTypes.AsEnumerable());
        Assert.Equal(["lan"], dns.LocalDomains.AsEnumerable());
        Assert.Equal(["/etc/hosts", "/etc/xennet/hosts.d/"], dns.HostsFiles.AsEnumerable());
        Assert.Equal(["f.toml:35:12 www 300 IN CNAME www.example.com.", "f.toml:36:3 @ TXT hello"],
            dns.Records.Select(record => $"{record.Place} {record.Text}"));
    }

    [Fact]
    public void Each_dns_forward_is_a_route_of_its_own()
    {
        var routes = Accept("""
            [[dns.forward]]
            domains = ["corp.example", "Corp.Test"]
            subnets = ["192.0.2.0/24"]
            upstreams = ["192.0.2.53"]
            source = "eth1"
            [dns]
            port = 54
            [[dns.forward]]
            domains = ["kept.example"]
            source = "2001:db8::1"
            """).Dns.Forwards;

        Assert.Equal(2, routes.Length);
        Assert.Equal(["corp.example", "corp.test"], routes[0].Domains.AsEnumerable());
        Assert.Equal("192.0.2.0/24", Assert.Single(routes[0].Subnets).ToString());
        Assert.Equal("192.0.2.53:53", Assert.Single(routes[0].Upstreams).ToString());
        Assert.Equal("eth1", routes[0].Source);
        Assert.Equal("kept.example", Assert.Single(routes[1].Domains));
        Assert.Empty(routes[1].Upstreams);
        Assert.Equal("2001:db8::1", routes[1].Source);
    }

    [Theory]
    [InlineData("[[dns.forward]]", "1:3: [[dns.forward]] must have domains or subnets.")]
    [InlineData("[[dns.forward]]\ndomains = ['a*']", "2:12: each of dns.forward.domains must be a DNS name, which stands for all names below it, too, such as corp.example, not \"a*\".")]
    [InlineData("[[dns.forward]]\ndomains = ['a']\ndomains = ['b']", "3:1: dns.forward.domains is given twice; line 2 has it already.")]
    [InlineData("[[dns.forward]]\ndomain = ['a']", "2:1: dns.forward.domain is not a key; the nearest is dns.forward.domains.")]
    [InlineData("[[dns.forward]]\nsubnets = ['192.0.2.1/24']", "2:12: each of dns.forward.subnets must be a network without host bits, such as 192.0.2.0/24, not \"192.0.2.1/24\".")]
    [InlineData("[[dns.forward]]\ndomains = ['a']\nsource = 'eth 0'", "3:10: dns.forward.source must be an interface or an address of this host, not \"eth 0\".")]
    [InlineData("[dns.forward]\ndomains = ['a']", "1:2: [dns.forward] must be written [[dns.forward]].")]
    [InlineData("[dns]\nforward = [{domains = ['a']}]", "2:1: dns.forward must be written as a table of its own, [[dns.forward]].")]
    [InlineData("dns.forward.domains = ['a']", "1:1: dns.forward must be written as a table of its own, [[dns.forward]].")]
    [InlineData("[[dns]]\nport = 1", "1:3: [[dns]] must be written [dns].")]
    public void A_dns_forward_that_is_wrong_is_refused_where_it_stands(string toml, string error) => Refuse(toml, error);

    [Theory]
    [InlineData("[dns]\nport = 65535", 65535)]
    [InlineData("dns.port = 1", 1)]
    [InlineData("dns = { port = 0x35 }", 0x35)]
    [InlineData("\"dns\".'port' = 5_353", 5353)]
    public void A_key_may_be_written_in_each_way_that_TOML_has(string toml, int port) =>
        Assert.Equal(port, Accept(toml).Dns.Port);

    [Theory]
    [InlineData("128.0.0.1:80")]
    [InlineData("126.255.255.255:80")]
    [InlineData("0.0.0.0:80")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    public void The_API_is_served_on_loopback_only(string listen) => Refuse($"[api]\nlisten = '{listen}'",
        $"2:10: api.listen must be an address of loopback with a port, such as 127.0.0.1:9553, or empty, not \"{listen}\".");

    [Theory]
    [InlineData("127.0.0.0:1")]
    [InlineData("127.255.255.255:65535")]
    public void All_of_loopback_will_do_for_the_API(string listen) =>
        Assert.Equal(listen, Accept($"[api]\nlisten = '{listen}'").Api.Listen.ToString());

    [Theory]
    [InlineData("nonsense = 1", "1:1: nonsense is not a key; the top has state-dir, run-dir, reload-on-change.")]
    [InlineData("\nstate_dir = '/x'", "2:1: state_dir is not a key; the nearest is state-dir.")]
    [InlineData("[network]\n  nats = true", "2:3: network.nats is not a key; the nearest is network.nat.")]
    [InlineData("[dns]\nfoo-bar-baz = 1", "2:1: dns.foo-bar-baz is not a key; [dns] has listen, port, upstreams, upstream-order, source-ports, tls-ca-file, forwards-max, forwards-per-client-max, "
        + "tcp-connections-max, tcp-connections-per-client-max, rate-limit, cache-entries, cache-size, cache-ttl-min, cache-ttl-max, "
        + "negative-ttl-max, stale-time, rebind-protection, rebind-allow, filter-types, local-domains, hosts-files, interface-names, records.")]
    [InlineData("port = 53", "1:1: port is not a key; the nearest is dns.port.")]
    [InlineData("'network.nat' = true", "1:1: \"network.nat\" is not a key; the nearest is network.nat.")]
    [InlineData("dns.port.x = 1", "1:1: dns.port.x is not a key; the nearest is dns.port.")]
    [InlineData("[dnss]\nport = 1", "1:2: [dnss] is not a table; the nearest is [dns].")]
    [InlineData("[quite-another]", "1:2: [quite-another] is not a table; there are network, bridge, zone, dns, dns.forward, dhcp, dhcp.tag, dhcp.option, dhcp.pool, boot, tftp, http, boot.target, boot.menu, xen, api.")]
    [InlineData("[[zone]]\nname = 'x'", "1:3: [[zone]] must be written [zone].")]
    [InlineData("dns = 5", "1:7: dns must be a table, not 5.")]
    [InlineData("bridge.name = 'x'", "1:1: bridge must be written as a table of its own, [[bridge]].")]
    public void An_unknown_key_or_table_is_refused_with_the_nearest_or_the_known_ones(string toml, string error) =>
        Refuse(toml, error);

    [Theory]
    [InlineData("state-dir = 5", "1:13: state-dir must be a text in quotes, not 5.")]
    [InlineData("state-dir = 'var'", "1:13: state-dir must be an absolute path, not \"var\".")]
    [InlineData("state-dir = \"/a\\nb\"", "1:13: state-dir must be an absolute path, not \"/a?b\".")]
    [InlineData("network.nat = 'yes'", "1:15: network.nat must be true or false, not \"yes\".")]
    [InlineData("network.nat = 1", "1:15: network.nat must be true or false, not 1.")]
    [InlineData("network.prefix = '10.0.0.0'", "1:18: network.prefix must be a network such as 10.0.0.0/8, not \"10.0.0.0\".")]
    [InlineData("network.prefix = '10.0.0.0/7'", "1:18: network.prefix must be a network of length /8 to /23, not \"10.0.0.0/7\".")]
    [InlineData("network.prefix = '11.0.0.0/7'", "1:18: network.prefix must be a network such as 10.0.0.0/8, not \"11.0.0.0/7\".")]
    [InlineData("network.prefix = '10.0.0.0/24'", "1:18: network.prefix must be a network of length /8 to /23, not \"10.0.0.0/24\".")]
    [InlineData("network.prefix = '10.1.0.0/8'", "1:18: network.prefix must be a network without host bits, such as 10.0.0.0/8, not \"10.1.0.0/8\".")]
    [InlineData("network.prefix = '127.0.0.0/8'", "1:18: network.prefix must be a network of addresses for hosts, not \"127.0.0.0/8\".")]
    [InlineData("network.prefix = '224.0.0.0/8'", "1:18: network.prefix must be a network of addresses for hosts, not \"224.0.0.0/8\".")]
    [InlineData("network.uplink = 'eth 0'", "1:18: network.uplink must be the name of an interface, such as eth0, not \"eth 0\".")]
    [InlineData("network.uplink = 'eth*'", "1:18: network.uplink must be the name of an interface, such as eth0, not \"eth*\".")]
    [InlineData("network.vifs = 'vif*'", "1:16: network.vifs must be a list of texts, not \"vif*\".")]
    [InlineData("network.vifs = ['vif*', 7]", "1:25: each of network.vifs must be a text in quotes, not 7.")]
    [InlineData("network.vifs = ['a/b']", "1:17: each of network.vifs must be an interface or a pattern such as vif*, not \"a/b\".")]
    [InlineData("network.vifs = ['10.0.0.1']", "1:17: each of network.vifs must be an interface or a pattern such as vif*, not \"10.0.0.1\".")]
    [InlineData("network.vifs = ['a', 'b', 'a']", "1:27: network.vifs names \"a\" twice.")]
    [InlineData("zone.name = ''", "1:13: zone.name must be a DNS name of letters, digits and inner hyphens, such as testbed, not \"\".")]
    [InlineData("zone.name = 'a..b'", "1:13: zone.name must be a DNS name of letters, digits and inner hyphens, such as testbed, not \"a..b\".")]
    [InlineData("zone.name = '-a'", "1:13: zone.name must be a DNS name of letters, digits and inner hyphens, such as testbed, not \"-a\".")]
    [InlineData("zone.name = '10.0'", "1:13: zone.name must not look like an address, not \"10.0\".")]
    [InlineData("zone.name = 'x.local'", "1:13: zone.name must be a name that is not reserved for other uses, not \"x.local\".")]
    [InlineData("zone.name = 'LOCALHOST'", "1:13: zone.name must be a name that is not reserved for other uses, not \"LOCALHOST\".")]
    [InlineData("zone.name = '10.in-addr.arpa'", "1:13: zone.name must be a name that is not reserved for other uses, not \"10.in-addr.arpa\".")]
    [InlineData("zone.ttl = -1", "1:12: zone.ttl must be 0 to 604800 seconds, not -1.")]
    [InlineData("zone.ttl = 604801", "1:12: zone.ttl must be 0 to 604800 seconds, not 604801.")]
    [InlineData("zone.ttl = 1.5", "1:12: zone.ttl must be 0 to 604800 seconds, not 1.5.")]
    [InlineData("zone.ttl = 2026-01-01", "1:12: zone.ttl must be 0 to 604800 seconds, not 2026-01-01.")]
    [InlineData("dns.port = 65536", "1:12: dns.port must be 0 to 65535, not 65536.")]
    [InlineData("dns.port = '53'", "1:12: dns.port must be 0 to 65535, not \"53\".")]
    [InlineData("dns.listen = ['192.0.2.1']", "1:15: each of dns.listen must have a port, as in 192.0.2.1:53, not \"192.0.2.1\".")]
    [InlineData("dns.listen = ['192.0.2.1:0']", "1:15: each of dns.listen must be an interface, a pattern such as vif*, or address:port, not \"192.0.2.1:0\".")]
    [InlineData("dns.listen = ['0.0.0.0:53']", "1:15: each of dns.listen must have an address of this host, not \"0.0.0.0:53\".")]
    [InlineData("dns.listen = ['[::1]:53']", "1:15: each of dns.listen must be IPv4: this version serves no IPv6, not \"[::1]:53\".")]
    [InlineData("dns.upstreams = ['ns.example']", "1:18: each of dns.upstreams must be an address, address:port or tls://address#name, such as 192.0.2.53 or [2001:db8::53]:53, not \"ns.example\".")]
    [InlineData("dns.upstreams = ['192.0.2.1:65536']", "1:18: each of dns.upstreams must be an address, address:port or tls://address#name, such as 192.0.2.53 or [2001:db8::53]:53, not \"192.0.2.1:65536\".")]
    [InlineData("dns.upstreams = ['127.0.0.53']", "1:18: each of dns.upstreams must be a server that asks others: systemd-resolved's stub may ask this program in turn, not \"127.0.0.53\".")]
    [InlineData("dns.upstreams = ['224.0.0.1']", "1:18: each of dns.upstreams must have the address of a name server, not \"224.0.0.1\".")]
    [InlineData("dns.upstreams = ['2001:db8::g']", "1:18: each of dns.upstreams must be an address, address:port or tls://address#name, such as 192.0.2.53 or [2001:db8::53]:53, not \"2001:db8::g\".")]
    [InlineData("dns.upstreams = ['fe80::1']", "1:18: each of dns.upstreams must not be link-local: it would need an interface beside it, not \"fe80::1\".")]
    [InlineData("dns.upstreams = ['[ff02::1]:53']", "1:18: each of dns.upstreams must have the address of a name server, not \"[ff02::1]:53\".")]
    [InlineData("dns.upstreams = ['tls://9.9.9.9']", "1:18: each of dns.upstreams must have the name that the server's certificate is for, as in tls://9.9.9.9#dns.example, not \"tls://9.9.9.9\".")]
    [InlineData("dns.upstreams = ['tls://9.9.9.9#']", "1:18: each of dns.upstreams must have a DNS name behind #: the one that the server's certificate is for, not \"tls://9.9.9.9#\".")]
    [InlineData("dns.upstreams = ['9.9.9.9#dns.quad9.net']", "1:18: each of dns.upstreams must be an address, address:port or tls://address#name, such as 192.0.2.53 or [2001:db8::53]:53, not \"9.9.9.9#dns.quad9.net\".")]
    [InlineData("dns.upstream-order = 'best'", "1:22: dns.upstream-order must be \"fastest\", \"strict\" or \"race\", not \"best\".")]
    [InlineData("dns.source-ports = '2000-1999'", "1:20: dns.source-ports must be ports from 1 to 65535, such as 1024-65535, not \"2000-1999\".")]
    [InlineData("dns.source-ports = '0-1999'", "1:20: dns.source-ports must be ports from 1 to 65535, such as 1024-65535, not \"0-1999\".")]
    [InlineData("dns.tls-ca-file = 'own.pem'", "1:19: dns.tls-ca-file must be an absolute path, not \"own.pem\".")]
    [InlineData("dns.filter-types = ['ANY']", "1:21: each of dns.filter-types must be a type of data that can be left out of answers, not \"ANY\".")]
    [InlineData("dns.filter-types = ['CNAME']", "1:21: each of dns.filter-types must be a type of data that can be left out of answers, not \"CNAME\".")]
    [InlineData("dns.filter-types = ['TYPE65536']", "1:21: each of dns.filter-types must be a type such as AAAA, HTTPS or TYPE65, not \"TYPE65536\".")]
    [InlineData("dns.local-domains = ['.']", "1:22: each of dns.local-domains must be a DNS name, which stands for all names below it, too, such as corp.example, not \".\".")]
    [InlineData("dns.local-domains = ['lan', 'LAN.']", "1:29: dns.local-domains names \"LAN.\" twice.")]
    [InlineData("dns.cache-ttl-max = 0", "1:21: dns.cache-ttl-max must be 1 to 604800 seconds, not 0.")]
    [InlineData("dns.cache-ttl-min = 3601", "1:21: dns.cache-ttl-min must be 0 to 3600 seconds, not 3601.")]
    [InlineData("dns.hosts-files = ['hosts']", "1:20: each of dns.hosts-files must be an absolute path, not \"hosts\".")]
    [InlineData("dns.records = [' ']", "1:16: the record \" \" must begin with a name of at most 255 octets, the zone included.")]
    [InlineData("dns.records = ['www A 192.0.2.1', 'www A 192.0.2.256']", "1:35: the record \"www A 192.0.2.256\" must have an IPv4 address instead of '192.0.2.256'.")]
    [InlineData("zone.secondaries = ['::1']", "1:21: each of zone.secondaries must be an IPv4 address or address:port, such as 192.0.2.53, not \"::1\".")]
    [InlineData("dns.upstreams = ['192.0.2.1', '192.0.2.1:53']", "1:31: dns.upstreams names \"192.0.2.1:53\" twice.")]
    [InlineData("dns.cache-entries = 10000001", "1:21: dns.cache-entries must be 0 to 10000000 entries, not 10000001.")]
    [InlineData("dhcp.enabled = []", "1:16: dhcp.enabled must be true or false, not a list.")]
    [InlineData("dhcp.enabled = {}", "1:16: dhcp.enabled must be true or false, not a table.")]
    [InlineData("dhcp.lease-time = 3600", "1:19: dhcp.lease-time must be a text in quotes, not 3600.")]
    [InlineData("dhcp.lease-time = '3600'", "1:19: dhcp.lease-time must be \"infinite\" or a number with s, m, h, d or w, such as 12h, not \"3600\".")]
    [InlineData("dhcp.lease-time = '-1h'", "1:19: dhcp.lease-time must be \"infinite\" or a number with s, m, h, d or w, such as 12h, not \"-1h\".")]
    [InlineData("dhcp.lease-time = 'h'", "1:19: dhcp.lease-time must be \"infinite\" or a number with s, m, h, d or w, such as 12h, not \"h\".")]
    [InlineData("dhcp.lease-time = ''", "1:19: dhcp.lease-time must be \"infinite\" or a number with s, m, h, d or w, such as 12h, not \"\".")]
    [InlineData("dhcp.lease-time = '119s'", "1:19: dhcp.lease-time must be 2m to 3650d, or \"infinite\", not \"119s\".")]
    [InlineData("dhcp.lease-time = '3651d'", "1:19: dhcp.lease-time must be 2m to 3650d, or \"infinite\", not \"3651d\".")]
    [InlineData("dhcp.lease-time = '4294967295w'", "1:19: dhcp.lease-time must be 2m to 3650d, or \"infinite\", not \"4294967295w\".")]
    [InlineData("xen.xenstore = 'socket'", "1:16: xen.xenstore must be an absolute path, not \"socket\".")]
    public void A_value_that_is_wrong_is_refused_where_it_stands(string toml, string error) => Refuse(toml, error);

    [Theory]
    [InlineData("120s", 120)]
    [InlineData("2m", 120)]
    [InlineData("12h", 43_200)]
    [InlineData("1d", 86_400)]
    [InlineData("1w", 604_800)]
    [InlineData("3650d", 315_360_000)]
    public void A_lease_time_is_a_number_and_a_unit(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Accept($"dhcp.lease-time = '{text}'").Dhcp.LeaseTime);

    [Theory]
    [InlineData(8)]
    [InlineData(23)]
    public void The_shortest_and_the_longest_prefix_are_accepted(int length) =>
        Assert.Equal(length, Accept(string.Create(CultureInfo.InvariantCulture, $"network.prefix = '10.0.0.0/{length}'")).Network.Prefix.Length);

    [Theory]
    [InlineData("home.arpa")]
    [InlineData("lab.home.arpa")]
    [InlineData("test")]
    [InlineData("xn--bcher-kva.example")]
    public void A_zone_that_anyone_may_use_is_accepted(string name) => Assert.Equal(name, Accept($"zone.name = '{name}'").Zone.Name);

    [Fact]
    public void A_zone_has_at_most_182_characters_so_that_every_name_in_it_has_253()
    {
        var name = string.Join('.', Enumerable.Repeat(new string('a', 60), 2)) + "." + new string('b', 60);

        Assert.Equal(182, Accept($"zone.name = '{name}'").Zone.Name.Length);
        Assert.Contains("must have at most 182 characters", Single($"zone.name = '{name}b'"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_directory_has_at_most_94_octets_so_that_the_sockets_path_has_107()
    {
        var path = "/" + new string('r', 93);

        Assert.Equal(107, Accept($"run-dir = '{path}'").ControlSocket.Length);
        Assert.Contains("at most 94 octets", Single($"run-dir = '{path}r'"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_has_at_most_64_entries()
    {
        static string List(int count) => $"network.vifs = [{string.Join(", ", Enumerable.Range(0, count).Select(n => $"'v{n}'"))}]";

        Assert.Equal(64, Accept(List(64)).Network.Vifs.Length);
        Refuse(List(65), "1:16: network.vifs must have at most 64 entries, not 65.");
    }

    [Theory]
    [InlineData("[dns]\nport = 1\nport = 2", "3:1: dns.port is given twice; line 2 has it already.")]
    [InlineData("dns.port = 1\n[dns]\nport = 2", "3:1: dns.port is given twice; line 1 has it already.")]
    [InlineData("[dns]\n[zone]\n[dns]", "3:2: [dns] is given twice; line 1 has it already.")]
    [InlineData("dns = {}\n[dns]", "2:2: [dns] is given twice; line 1 has it already.")]
    public void What_is_given_twice_is_refused_with_the_place_of_the_first(string toml, string error) => Refuse(toml, error);

    [Fact]
    public void A_table_that_a_dotted_key_has_closed_is_refused() =>
        Assert.StartsWith("2:1: ", Single("dns.port = 1\n[dns]\ncache-entries = 5"), StringComparison.Ordinal);

    [Fact]
    public void Bridges_are_taken_in_the_order_of_the_file()
    {
        var bridges = Accept("""
            [[bridge]]
            name = 'xenbr0'
            [[bridge]]
            name = 'lab'
            prefix = '172.16.0.0/12'
            zone = 'Lab.'
            """).Bridges;

        Assert.Equal(["xenbr0 10.0.0.0/8 ", "lab 172.16.0.0/12 lab"],
            bridges.Select(bridge => $"{bridge.Name} {bridge.Prefix} {bridge.Zone}"));
    }

    [Fact]
    public void A_bridge_that_is_at_odds_with_the_rest_is_refused_at_its_place()
    {
        Refuse("[[bridge]]\nname = 'a'\nname = 'b'", "3:1: bridge.name is given twice; line 2 has it already.");
        Refuse("[[bridge]]", "1:3: [[bridge]] must have a name.");
        Refuse("[[bridge]]\nname = 'xenbr*'", "1:3: [[bridge]] must have a name.",
            "2:8: bridge.name must be the name of an interface, such as eth0, not \"xenbr*\".");
        Refuse("[[bridge]]\nname = 'a'\n[[bridge]]\nname = 'a'", "3:3: the bridge a is given twice.");
        Refuse("[[bridge]]\nname = 'vif-lan'",
            "1:3: network.vifs: 'vif*' also means the bridge vif-lan: its packets would be dropped as a guest's.");
        Refuse("[[bridge]]\nname = 'a'\nprefix = '10.1.0.0/16'",
            "1:3: the prefix 10.1.0.0/16 of bridge a meets network.prefix 10.0.0.0/8: "
            + "let them be the same or have nothing in common.");
        Refuse("[[bridge]]\nname = 'a'\n[network]\nprefix = '10.0.0.0/9'",
            "1:3: the prefix 10.0.0.0/8 of bridge a meets network.prefix 10.0.0.0/9: "
            + "let them be the same or have nothing in common.");
        Refuse("[[bridge]]\nname = 'a'\nprefix = '172.16.0.0/12'\n[[bridge]]\nname = 'b'\nprefix = '172.20.0.0/16'",
            "4:3: the prefix 172.20.0.0/16 of bridge b meets 172.16.0.0/12 of bridge a: "
            + "let them be the same or have nothing in common.");
        Refuse("[[bridge]]\nname = 'a'\nzone = 'lab.testbed'",
            "1:3: the zone lab.testbed of bridge a and the zone testbed lie one within the other.");
        Refuse("[[bridge]]\nname = 'a'\nzone = 'lab'\n[zone]\nname = 'x.lab'",
            "1:3: the zone lab of bridge a and the zone x.lab lie one within the other.");
        Refuse("[bridge]\nname = 'xenbr0'", "1:2: [bridge] must be written [[bridge]].");
        Refuse("bridge = [{name = 'xenbr0'}]", "1:1: bridge must be written as a table of its own, [[bridge]].");
    }

    [Fact]
    public void All_errors_are_found_at_once_and_come_in_the_order_of_the_file() => Refuse("""
        state-dir = 1
        colour = "red"
        [zone]
        name = "localhost"
        ttl = -1
        [dns
        port = 70000
        """,
        "1:13: state-dir must be a text in quotes, not 1.",
        "2:1: colour is not a key; the top has state-dir, run-dir, reload-on-change.",
        "4:8: zone.name must be a name that is not reserved for other uses, not \"localhost\".",
        "5:7: zone.ttl must be 0 to 604800 seconds, not -1.",
        Anything);

    [Theory]
    [InlineData("state-dir = ", 1)]
    [InlineData("state-dir = \"/a", 1)]
    [InlineData("\n\nstate-dir \"/a\"", 3)]
    [InlineData("a = 99999999999999999999", 1)]
    [InlineData("\0\u0001\u0002", 1)]
    [InlineData("# fine\n[", 2)]
    public void Damaged_TOML_is_refused_with_its_line(string toml, int line)
    {
        var errors = Read(toml);

        Assert.NotEmpty(errors);
        Assert.Equal(line, errors[0].Line);
        Assert.All(errors, error => Assert.DoesNotContain(error.Sentence, char.IsControl));
    }

    [Fact]
    public void Lists_nested_a_hundred_thousand_deep_are_refused() =>
        Assert.Contains("nested too deeply", Single("dns.listen = " + new string('[', 100_000)), StringComparison.Ordinal);

    [Fact]
    public void More_than_fifty_errors_are_counted_not_shown()
    {
        var errors = Read(string.Concat(Enumerable.Range(0, 60).Select(n => $"key{n} = 1\n")));

        Assert.Equal(51, errors.Length);
        Assert.Equal("f.toml:51:1: there are 10 more errors from here on.", errors[50].ToString());
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_change_nothing()
    {
        Assert.Equal(54, Octets("\ufeffdns.port = 54\r\nzone.ttl = 5\r\n").Configuration.Dns.Port);
        Assert.Equal("f.toml:2:12: zone.ttl must be 0 to 604800 seconds, not -5.",
            Assert.Single(Octets("\ufeff# x\r\nzone.ttl = -5\r\n").Errors).ToString());
        Assert.Equal("f.toml:1:1: a is not a key; the top has state-dir, run-dir, reload-on-change.",
            Assert.Single(Octets("\ufeffa = 1").Errors).ToString());
    }

    [Theory]
    [InlineData(0, "1:1")]
    [InlineData(8, "1:9")]
    [InlineData(13, "2:1")]
    [InlineData(15, "2:3")]
    public void Octets_that_are_no_UTF8_are_refused_where_they_stand(int at, string place)
    {
        var octets = Encoding.ASCII.GetBytes("dns.port = 5\n# comment\n");
        octets[at] = 0xff;

        var error = Assert.Single(ConfigurationReader.Read(octets, "f.toml").Errors);

        Assert.Equal($"f.toml:{place}: the file is not UTF-8 text here.", error.ToString());
    }

    [Fact]
    public void A_file_of_one_mebibyte_is_read_and_a_larger_one_is_not()
    {
        var octets = new byte[ConfigurationReader.OctetsMost + 1];
        octets.AsSpan().Fill((byte)'\n');

        Assert.Empty(ConfigurationReader.Read(octets.AsSpan(1), "f.toml").Errors);
        Assert.Equal("f.toml:1:1: the file is larger than 1 MiB.",
            Assert.Single(ConfigurationReader.Read(octets, "f.toml").Errors).ToString());
    }

    [Fact]
    public void Mutated_files_are_read_or_refused_but_never_throw()
    {
        const int Seed = 20260801;
        var random = new Random(Seed);
        for (var round = 0; round < 3_000; round++)
        {
            var octets = Encoding.UTF8.GetBytes(Everything);
            for (var change = random.Next(1, 8); change > 0; change--)
            {
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            }

            var thrown = Record.Exception(() => ConfigurationReader.Read(octets.AsSpan(0, random.Next(octets.Length)), "f.toml"));
            Assert.True(thrown is null, $"seed {Seed}, round {round}: {thrown}");
        }
    }

    // Stands for an error whose words are the TOML parser's own.
    private const string Anything = "*";

    private static XenNetConfiguration Accept(string toml)
    {
        var (configuration, errors) = ConfigurationReader.Read(toml, "f.toml");
        Assert.Empty(errors);
        return configuration;
    }

    private static ImmutableArray<ConfigurationError> Read(string toml) => ConfigurationReader.Read(toml, "f.toml").Errors;

    private static (XenNetConfiguration Configuration, IReadOnlyList<ConfigurationError> Errors) Octets(string toml) =>
        ConfigurationReader.Read(Encoding.UTF8.GetBytes(toml), "f.toml");

    private static string Single(string toml) => Assert.Single(Read(toml)).ToString()["f.toml:".Length..];

    private static void Refuse(string toml, params string[] expected)
    {
        var errors = Read(toml).Select(error => error.ToString()).ToList();
        var last = expected[^1] == Anything ? 1 : 0;
        Assert.Equal(expected[..^last].Select(error => "f.toml:" + error), errors.Take(expected.Length - last));
        if (last == 0) Assert.Equal(expected.Length, errors.Count);
        else Assert.True(errors.Count >= expected.Length);
    }

    private static void AssertSame(XenNetConfiguration expected, XenNetConfiguration actual)
    {
        // Records compare immutable arrays by reference; their printed forms and the arrays tell.
        Assert.Equal(expected.Network.Vifs.AsEnumerable(), actual.Network.Vifs);
        Assert.Equal(expected.Dns.ListenInterfaces.AsEnumerable(), actual.Dns.ListenInterfaces);
        Assert.Empty(actual.Bridges);
        Assert.Empty(actual.Zone.Secondaries);
        Assert.Empty(actual.Dns.ListenAddresses);
        Assert.Empty(actual.Dns.Upstreams);
        Assert.Empty(actual.Dns.Forwards);
        Assert.Empty(actual.Dns.RebindAllow);
        Assert.Empty(actual.Dns.FilterTypes);
        Assert.Empty(actual.Dns.LocalDomains);
        Assert.Empty(actual.Dns.HostsFiles);
        Assert.Empty(actual.Dns.Records);
        Assert.Equal(Bare(expected), Bare(actual));
    }

    private static XenNetConfiguration Bare(XenNetConfiguration of) => of with
    {
        Bridges = default,
        Given = default,
        Network = of.Network with { Vifs = default },
        Zone = of.Zone with { Secondaries = default },
        Dns = of.Dns with
        {
            ListenInterfaces = default,
            ListenAddresses = default,
            Upstreams = default,
            Forwards = default,
            RebindAllow = default,
            FilterTypes = default,
            LocalDomains = default,
            HostsFiles = default,
            Records = default,
        },
    };
}
