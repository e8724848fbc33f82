using System.Text;
using XenNet.Core.Configuration;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;
using static XenNet.Tests.Configuration.ReadText;

namespace XenNet.Tests.Configuration;

/// <summary>Files as a whole: every key, every way to write it, and damage of all kinds.</summary>
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

    [Theory]
    [InlineData("[dns]\nport = 65535", 65535)]
    [InlineData("dns.port = 1", 1)]
    [InlineData("dns = { port = 0x35 }", 0x35)]
    [InlineData("\"dns\".'port' = 5_353", 5353)]
    public void A_key_may_be_written_in_each_way_that_TOML_has(string toml, int port) =>
        Assert.Equal(port, Accept(toml).Dns.Port);

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
    [InlineData("[dns]\nport = 1\nport = 2", "3:1: dns.port is given twice; line 2 has it already.")]
    [InlineData("dns.port = 1\n[dns]\nport = 2", "3:1: dns.port is given twice; line 1 has it already.")]
    [InlineData("[dns]\n[zone]\n[dns]", "3:2: [dns] is given twice; line 1 has it already.")]
    [InlineData("dns = {}\n[dns]", "2:2: [dns] is given twice; line 1 has it already.")]
    public void What_is_given_twice_is_refused_with_the_place_of_the_first(string toml, string error) => Refuse(toml, error);

    [Fact]
    public void A_table_that_a_dotted_key_has_closed_is_refused() =>
        Assert.StartsWith("2:1: ", Single("dns.port = 1\n[dns]\ncache-entries = 5"), StringComparison.Ordinal);

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
    [InlineData("[zone]\nname = testbed\n", "2:8: ")]
    [InlineData("[network]\nuplink = eth0\n", "2:10: ")]
    [InlineData("[dns]\nupstreams = [192.0.2.1]\n", "2:19: ")]
    public void A_value_without_its_quotes_is_told_of_them(string toml, string place)
    {
        var (_, errors) = ConfigurationReader.Read(toml, "f.toml");

        Assert.StartsWith("f.toml:" + place, errors[0].ToString(), StringComparison.Ordinal);
        Assert.EndsWith("; texts and addresses stand in quotes.", errors[0].ToString(), StringComparison.Ordinal);
    }

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
