using System.Globalization;
using XenNet.Core.Configuration;
using static XenNet.Tests.Configuration.ReadText;

namespace XenNet.Tests.Configuration;

/// <summary>What each key takes, and what it refuses.</summary>
public sealed class ConfigurationValueTests
{
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
}
