using System.Globalization;
using System.Text;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Local;

public sealed class LocalDataTests
{
    [Fact]
    public void A_name_is_there_with_records_or_with_names_below_it_or_not_at_all()
    {
        var data = Build("a.b.apps A 192.0.2.1", "apps-too A 192.0.2.2", "x.example.com. A 192.0.2.3");

        Assert.Equal(LocalNodeKind.Full, Kind(data, "a.b.apps.testbed"));
        Assert.Equal(LocalNodeKind.Empty, Kind(data, "b.apps.testbed"));
        Assert.Equal(LocalNodeKind.Empty, Kind(data, "apps.testbed"));
        Assert.Equal(LocalNodeKind.Empty, Kind(data, "testbed"));
        Assert.Equal(LocalNodeKind.Empty, Kind(data, "com"));
        Assert.Equal(LocalNodeKind.Empty, Kind(data, "."));
        Assert.Equal(LocalNodeKind.Absent, Kind(data, "app.testbed"));
        Assert.Equal(LocalNodeKind.Absent, Kind(data, "c.apps.testbed"));
        Assert.Equal(LocalNodeKind.Absent, Kind(data, "z.a.b.apps.testbed"));
        Assert.Equal(LocalNodeKind.Absent, Kind(data, "zzz"));
        Assert.Equal(LocalNodeKind.Absent, Kind(LocalData.Empty, "."));
    }

    [Theory]
    [InlineData("z.a.b.apps.testbed", "a.b.apps.testbed")]
    [InlineData("y.z.apps.testbed", "apps.testbed")]
    [InlineData("q.testbed", "testbed")]
    [InlineData("www.example.org", ".")]
    [InlineData("aa.b.apps.testbed", "b.apps.testbed")]
    public void The_closest_ancestor_that_is_there_is_found(string name, string encloser)
    {
        var octets = DnsFixture.Name(name);
        var data = Build("a.b.apps A 192.0.2.1", "m A 192.0.2.1");

        Assert.Equal(encloser, DnsNameText.Format(octets.AsSpan(data.FindEncloser(octets))));
    }

    [Fact]
    public void The_closest_ancestor_is_the_one_that_a_search_label_by_label_finds()
    {
        const int Seed = 20261122;
        var random = new Random(Seed);
        string Label() => new((char)('a' + random.Next(3)), random.Next(1, 3));
        string Name() => string.Join('.', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Label()));
        for (var round = 0; round < 300; round++)
        {
            var data = Build([.. Enumerable.Range(0, random.Next(0, 12)).Select(_ => $"{Name()}. A 192.0.2.1")]);
            for (var i = 0; i < 30; i++)
            {
                var name = DnsFixture.Name(Name());
                if (data.Find(name).Kind != LocalNodeKind.Absent) continue;
                var at = 0;
                while (name[at] != 0 && data.Find(name.AsSpan(at)).Kind == LocalNodeKind.Absent) at += 1 + name[at];
                Assert.True(at == data.FindEncloser(name), $"seed {Seed}, round {round}: {DnsNameText.Format(name)}");
            }
        }
    }

    [Fact]
    public void What_is_said_twice_is_there_once_and_a_set_has_one_time()
    {
        var data = Build("www 10 A 192.0.2.1", "www 20 A 192.0.2.2", "WWW 30 A 192.0.2.1", "www TXT x");

        Assert.Equal("10 A 192.0.2.1, 10 A 192.0.2.2, 60 TXT", Records(data, "www.testbed"));
        Assert.Empty(data.Clashes);
    }

    [Theory]
    [InlineData("www A 192.0.2.1", "www CNAME web", "f.toml:2:1: CNAME of www.testbed is left out: it contradicts A in f.toml:1:1")]
    [InlineData("www CNAME web", "www A 192.0.2.1", "f.toml:2:1: A of www.testbed is left out: it contradicts CNAME in f.toml:1:1")]
    [InlineData("www CNAME web", "www CNAME other", "f.toml:2:1: CNAME of www.testbed is left out: it contradicts CNAME in f.toml:1:1")]
    [InlineData("x A 192.0.2.1", "ns A 192.0.2.1", "f.toml:2:1: A of ns.testbed is left out: it contradicts the server's own name")]
    [InlineData("x A 192.0.2.1", "dom0 TXT x", "f.toml:2:1: TXT of dom0.testbed is left out: it contradicts the server's own name")]
    [InlineData("x A 192.0.2.1", "@ CNAME x", "f.toml:2:1: CNAME of testbed is left out: it contradicts the SOA of the zone")]
    public void Of_two_that_contradict_each_other_the_later_is_left_out_and_both_are_named(string first, string second, string clash)
    {
        var data = Build(first, second);

        Assert.Equal(clash, Assert.Single(data.Clashes).ToString());
        Assert.Equal((1, 1), (data.Names, data.Records));
    }

    [Fact]
    public void The_configuration_comes_before_files_and_files_come_in_their_order()
    {
        var data = Build(["a CNAME web"], ("1", "192.0.2.1 a b\n"), ("2", "192.0.2.2 b\n192.0.2.1 c\n"));

        Assert.Equal(
            "1:1: A of a.testbed is left out: it contradicts CNAME in f.toml:1:1", Assert.Single(data.Clashes).ToString());
        Assert.Equal("60 A 192.0.2.1, 60 A 192.0.2.2", Records(data, "b.testbed"));
        Assert.Equal("60 PTR a.testbed", Records(data, "1.2.0.192.in-addr.arpa"));
        Assert.Equal("60 PTR b.testbed", Records(data, "2.2.0.192.in-addr.arpa"));
    }

    [Fact]
    public void A_hosts_file_gives_addresses_and_the_names_of_addresses()
    {
        var data = Build([], ("hosts", """
            # a comment
            192.0.2.1	Gw gw.example.com   # the way out
            2001:db8::1  gw
            127.0.0.1 localhost
            127.0.1.1 dom0.example dom0
            ::1 localhost ip6-localhost
            fe00::0 ip6-localnet
            ff02::1 ip6-allnodes
            fe80::1%eth0 router
            255.255.255.255 broadcasthost
            0.0.0.0 ads.example
            """));

        Assert.Equal("60 A 192.0.2.1, 60 AAAA", Records(data, "gw.testbed"));
        Assert.Equal("60 A 192.0.2.1", Records(data, "gw.example.com"));
        Assert.Equal("60 A 0.0.0.0", Records(data, "ads.example"));
        Assert.Equal("60 PTR gw.testbed", Records(data, "1.2.0.192.in-addr.arpa"));
        Assert.Equal("60 PTR gw.testbed",
            Records(data, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"));
        Assert.Equal(5, data.Names);
    }

    [Fact]
    public void A_bad_line_costs_itself_alone_and_is_named()
    {
        var warnings = new List<string>();

        var text = "192.0.2.256 a\n192.0.2.1\n192.0.2.2 b$ c\n192.0.2.3 d\r\n"
            + new string('x', 4097) + "\n192.0.2.4 " + new string('e', 64);
        var data = Load([], warnings, ("hosts", Encoding.UTF8.GetBytes(text)));

        Assert.Equal(
        [
            "hosts:1: '192.0.2.256' is no address, so it is left out",
            "hosts:2: no name follows the address, so it is left out",
            "hosts:3: 'b$' is no host's name, so it is left out",
            "hosts:5: the line is longer than 4096 octets, so it is left out",
            $"hosts:6: '{new string('e', 59)}…' is no host's name, so it is left out",
            "hosts:6: no name follows the address, so it is left out",
        ], warnings);
        Assert.Equal("60 A 192.0.2.2", Records(data, "c.testbed"));
        Assert.Equal("60 A 192.0.2.3", Records(data, "d.testbed"));
    }

    [Fact]
    public void Eight_bad_lines_are_named_and_the_others_counted()
    {
        var warnings = new List<string>();

        Load([], warnings, ("hosts", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("x y\n", 20)))));

        Assert.Equal(9, warnings.Count);
        Assert.Equal("hosts: 12 more lines are left out", warnings[^1]);
    }

    [Fact]
    public void A_file_that_is_no_text_is_refused_whole_and_the_others_are_served()
    {
        var warnings = new List<string>();

        var data = Load([], warnings,
            ("binary", "192.0.2.1 a\n\0"u8.ToArray()), ("latin", [.. "192.0.2.1 caf"u8, 0xe9]),
            ("comment", [.. "# "u8, 0xe9, .. "\n192.0.2.2 d # "u8, 0xe9]),
            ("bom", [0xef, 0xbb, 0xbf, .. "192.0.2.1 c"u8]), ("huge", new byte[HostsReader.FileOctetsMost + 1]));

        Assert.Equal(
        [
            "binary: it is no text file: none of its names are served",
            "latin: it is not UTF-8 text: none of its names are served",
            "huge: it is larger than 16 MiB: none of its names are served",
        ], warnings);
        Assert.Equal(4, data.Names);
        Assert.Equal("60 A 192.0.2.1", Records(data, "c.testbed"));
        Assert.Equal("60 A 192.0.2.2", Records(data, "d.testbed"));
    }

    [Fact]
    public void Sixty_five_thousand_hosts_are_kept_in_few_octets()
    {
        var text = new StringBuilder();
        for (var host = 0; host < 65_000; host++)
            text.Append(CultureInfo.InvariantCulture, $"172.{16 + host / 65536}.{host / 256 % 256}.{host % 256} host-{host}\n");

        var data = Load([], [], ("hosts", Encoding.ASCII.GetBytes(text.ToString())));

        Assert.Equal((130_000, 130_000), (data.Names, data.Records));
        Assert.Equal("60 A 172.16.253.231", Records(data, "host-64999.testbed"));
        Assert.Equal("60 PTR host-64999.testbed", Records(data, "231.253.16.172.in-addr.arpa"));
        Assert.InRange(data.Octets, 1 << 20, 12 << 20);
    }

    private static LocalData Build(params string[] records) => Build(records, []);

    private static LocalData Build(string[] records, params (string Name, string Text)[] files) =>
        Load(records, [], [.. files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Text)))]);

    private static LocalData Load(string[] records, List<string> warnings, params (string Name, byte[] Octets)[] files)
    {
        var builder = new LocalDataBuilder(new ZoneSettings());
        builder.Add([.. records.Select((text, i) => new ConfiguredRecord(text, new ConfigurationPlace("f.toml", i + 1, 1)))]);
        var reader = new HostsReader(builder, warnings);
        foreach (var (name, octets) in files) reader.Read(name, octets);
        return builder.Build();
    }

    private static LocalNodeKind Kind(LocalData data, string name) => data.Find(DnsFixture.Name(name)).Kind;

    private static string Records(LocalData data, string name)
    {
        var words = new List<string>();
        var records = data.Find(DnsFixture.Name(name)).Records;
        while (LocalRecord.TryTake(ref records, out var record))
        {
            var shown = record.Type switch
            {
                DnsType.A => " " + XenNet.Wire.Ipv4Address.Read(record.Data),
                DnsType.Ptr or DnsType.Cname => " " + DnsNameText.Format(record.Data),
                _ => "",
            };
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{record.Ttl} {DnsTypeText.Format(record.Type)}{shown}"));
        }

        return string.Join(", ", words);
    }
}
