using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire;

namespace XenNet.Tests.Dhcp;

/// <summary>Lines of dnsmasq's <c>dhcp-host</c> in files that pools name.</summary>
public sealed class PoolHostsReaderTests
{
    private static readonly DhcpPoolSettings Lab = new()
    {
        Interface = "br-lab",
        Dom0 = DhcpScene.AddressOf("192.168.7.1"),
        Network = DhcpScene.Prefix("192.168.7.0/24"),
        Hosts = new Dictionary<MacAddress, Ipv4Address>
        {
            [DhcpScene.MacOf("00:16:3e:00:00:99")] = DhcpScene.AddressOf("192.168.7.99"),
        }.ToFrozenDictionary(),
        HostsFiles = ["/h", "/d/"],
    };

    private static readonly DhcpPoolSettings Yard = new()
    {
        Interface = "br-yard",
        Dom0 = DhcpScene.AddressOf("192.168.8.1"),
        Network = DhcpScene.Prefix("192.168.8.0/24"),
        HostsFiles = ["/d"],
    };

    private readonly List<string> _warnings = [];

    [Fact]
    public void A_line_has_its_parts_in_any_order_and_more_than_one_hardware_address()
    {
        var hosts = Read("""
            # a comment
            00:16:3e:00:00:01,192.168.7.10
              web , 12h , 192.168.7.11 , set:slow , 00:16:3E:0:0:2 , 00:16:3e:00:00:03   # two of one

            00:16:3e:00:00:04,ignore
            00:16:3e:00:00:05,set:fast,infinite
            id:00:01:00:01,v6,[2001:db8::5]
            """);

        Assert.Empty(_warnings);
        Assert.Equal(
            [
                "00:16:3e:00:00:01 192.168.7.10", "00:16:3e:00:00:02 192.168.7.11 43200 slow", "00:16:3e:00:00:03 192.168.7.11 43200 slow",
                "00:16:3e:00:00:04 0.0.0.0 ignored", "00:16:3e:00:00:05 0.0.0.0 4294967295 fast", "00:16:3e:00:00:99 192.168.7.99",
            ],
            hosts);
    }

    [Theory]
    [InlineData("192.168.7.10,web", "no hardware address is given, which is what a client is known by")]
    [InlineData("zz:16:3e:00:00:01,192.168.7.10", "\"zz:16:3e:00:00:01\" is no hardware address of Ethernet")]
    [InlineData("01:00:5e:00:00:01,192.168.7.10", "01:00:5e:00:00:01 is no hardware address of a station")]
    [InlineData("00:16:3e:*:*:*,192.168.7.10", "00:16:3e:*:*:* is no hardware address of a station")]
    [InlineData("00:16:3e:00:00:01,tag:x,192.168.7.10", "it is for some tags only, and what a client sends does not change its address")]
    [InlineData("00:16:3e:00:00:01,a,b", "two names are given")]
    [InlineData("00:16:3e:00:00:01,10.0.0.1", "10.0.0.1 is in the network of no pool that reads the file")]
    [InlineData("00:16:3e:00:00:01,192.168.8.10", "192.168.8.10 is in the network of no pool that reads the file")]
    [InlineData("00:16:3e:00:00:01,192.168.7.0", "192.168.7.0 is no address for a client in 192.168.7.0/24")]
    [InlineData("00:16:3e:00:00:01,192.168.7.1", "192.168.7.1 is no address for a client in 192.168.7.0/24")]
    [InlineData("00:16:3e:00:00:01,192.168.7.255", "192.168.7.255 is no address for a client in 192.168.7.0/24")]
    [InlineData("00:16:3e:00:00:01,\"192.168.7.10", "a quote is not closed")]
    [InlineData("00:16:3e:00:00:01,set:1,set:2,set:3,set:4,set:5,set:6,set:7,set:8,set:9", "more than 8 tags are set")]
    [InlineData("00:16:3e:00:00:99,192.168.7.10", "00:16:3e:00:00:99 stands already in hosts of the pool on br-lab")]
    [InlineData("00:16:3e:00:00:01,192.168.7.99", "192.168.7.99 is given already in hosts of the pool on br-lab")]
    [InlineData("00:16:3e:00:00:07,192.168.7.10", "00:16:3e:00:00:07 stands already in /h:1")]
    [InlineData("00:16:3e:00:00:01,192.168.7.7", "192.168.7.7 is given already in /h:1")]
    public void A_line_that_is_wrong_or_clashes_is_named_with_its_place_and_costs_itself_alone(string line, string why)
    {
        var hosts = Read($"00:16:3e:00:00:07,192.168.7.7\n{line}\n00:16:3e:00:00:08,192.168.7.254\n");

        Assert.Equal([$"/h:2: {why}, so the line is left out"], _warnings);
        Assert.Equal(
            ["00:16:3e:00:00:07 192.168.7.7", "00:16:3e:00:00:08 192.168.7.254", "00:16:3e:00:00:99 192.168.7.99"], hosts);
    }

    [Fact]
    public void Eight_wrong_lines_of_a_file_are_named_and_all_are_counted()
    {
        var reader = new PoolHostsReader([Lab], _warnings);
        reader.Read("/h", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("nonsense\n", TextFile.WarningsMost))));
        Assert.Equal(8, _warnings.Count);
        reader.Read("/d/x", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("nonsense\n", TextFile.WarningsMost + 1))));

        Assert.Equal("/d/x: 1 more lines are left out", _warnings[^1]);
        Assert.Equal((17, 17), (_warnings.Count, reader.LeftOut));
    }

    [Fact]
    public void A_file_of_two_pools_is_for_each_what_lies_in_its_network_and_a_file_counts_once()
    {
        var reader = new PoolHostsReader([Lab, Yard], _warnings);
        for (var time = 0; time < 2; time++)
            reader.Read("/d/x", "00:16:3e:00:00:01,192.168.7.10\n00:16:3e:00:00:01,192.168.8.10\n00:16:3e:00:00:02,ignore\n"u8);

        var hosts = reader.Build();
        Assert.Empty(_warnings);
        Assert.Equal(
            ["00:16:3e:00:00:01 192.168.7.10", "00:16:3e:00:00:02 0.0.0.0 ignored", "00:16:3e:00:00:99 192.168.7.99"], Print(hosts[Lab.Network]));
        Assert.Equal(["00:16:3e:00:00:01 192.168.8.10", "00:16:3e:00:00:02 0.0.0.0 ignored"], Print(hosts[Yard.Network]));
    }

    [Fact]
    public void What_is_no_text_or_too_large_is_refused_whole()
    {
        var reader = new PoolHostsReader([Lab], _warnings);
        reader.Read("/h", [0x7f, (byte)'E', 0]);
        reader.Read("/d/latin", [.. "00:16:3e:00:00:01,caf"u8, 0xe9]);
        reader.Read("/d/comment", [.. "00:16:3e:00:00:02,ignore # "u8, 0xe9]);
        reader.Read("/d/large", new byte[TextFile.OctetsMost + 1]);

        Assert.Equal(
            [
                "/h: it is no text file: nothing in it counts", "/d/latin: it is not UTF-8 text: nothing in it counts",
                "/d/large: it is larger than 16 MiB: nothing in it counts",
            ],
            _warnings);
        Assert.Equal(3, reader.LeftOut);
    }

    [Fact]
    public void There_are_sixty_five_thousand_hosts_at_the_most()
    {
        var text = new StringBuilder();
        for (var at = 0; at < PoolHostsReader.HostsMost; at++)
            text.Append(CultureInfo.InvariantCulture, $"02:00:00:00:{at >> 8:x2}:{at & 255:x2},ignore\n");

        var reader = new PoolHostsReader([Lab with { Hosts = FrozenDictionary<MacAddress, Ipv4Address>.Empty }], _warnings);
        reader.Read("/h", Encoding.UTF8.GetBytes(text.ToString()));
        Assert.Empty(_warnings);
        reader.Read("/d/x", "02:00:00:01:00:00,ignore"u8);

        Assert.Equal(["/d/x:1: there are more than 65536 hosts, so the line is left out"], _warnings);
        Assert.Equal(PoolHostsReader.HostsMost, reader.Build()[Lab.Network].Count);
    }

    private string[] Read(string text)
    {
        var reader = new PoolHostsReader([Lab], _warnings);
        reader.Read("/h", Encoding.UTF8.GetBytes(text));
        return Print(reader.Build()[Lab.Network]);
    }

    private static string[] Print(FrozenDictionary<MacAddress, PoolHost> hosts) =>
    [
        .. hosts.OrderBy(host => host.Key.ToUInt64()).Select(host => string.Join(' ', ((string?[])
        [
            host.Key.ToString(), host.Value.Address.ToString(), host.Value.LeaseSeconds?.ToString(CultureInfo.InvariantCulture),
            host.Value.IsIgnored ? "ignored" : null, .. host.Value.Tags,
        ]).Where(part => part is not null))),
    ];
}
