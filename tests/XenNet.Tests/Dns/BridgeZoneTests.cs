using XenNet.Core.Addressing;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Core.Dns.Transfer;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>
/// Bridge lab has a prefix and a zone of its own, xenbr0 the routed prefix and zone <c>office</c>. Machine ce: eth0 routed,
/// eth1 and eth2 on lab. Machine web: eth0 on xenbr0. Machine deep: eth0 on lab.
/// </summary>
public sealed class BridgeZoneTests
{
    private static readonly Ipv4Prefix Ten = Ipv4Prefix.Containing(new Ipv4Address(0x0a000000), 8);
    private static readonly Ipv4Prefix Lab = Ipv4Prefix.Containing(new Ipv4Address(0xac100000), 12);

    private readonly DnsFixture _dns = new DnsFixture(new GuestNetworks(
        new AddressScheme(Ten), "testbed", [("xenbr0", Ten, "office"), ("lab", Lab, "lab")]))
        .WithOn("ce", 1, (1, null), (2, "lab"), (3, "lab"))
        .WithOn("web", 2, (1, "xenbr0"))
        .WithOn("deep", 3, (1, "lab"));

    [Theory]
    [InlineData("ce.testbed", "10.0.1.1")]
    [InlineData("eth1.ce.testbed", "172.16.1.2")]
    [InlineData("vif0.ce.testbed", "10.0.1.129")]
    [InlineData("web.testbed", "10.0.2.1")]
    [InlineData("deep.testbed", "172.16.3.1")]
    [InlineData("ce.lab", "172.16.1.2")]
    [InlineData("eth1.ce.lab", "172.16.1.2")]
    [InlineData("ETH2.ce.Lab", "172.16.1.3")]
    [InlineData("deep.lab", "172.16.3.1")]
    [InlineData("web.office", "10.0.2.1")]
    [InlineData("ns.lab", "10.0.0.129")]
    [InlineData("dom0.office", "10.0.0.129")]
    public void A_name_stands_for_the_interface_in_its_zone(string name, string address) =>
        Assert.Equal($"NoError aa; An {name} 60 A {address}", _dns.Ask(name, DnsType.A, From("10.0.0.129")).Summary);

    [Theory]
    [InlineData("web.lab")]
    [InlineData("ce.office")]
    [InlineData("eth0.ce.lab")]
    [InlineData("vif1.ce.lab")]
    [InlineData("no.lab")]
    [InlineData("more.eth1.ce.lab")]
    public void What_is_not_on_the_bridge_is_not_in_its_zone_which_says_so_itself(string name)
    {
        var zone = name.EndsWith(".lab", StringComparison.Ordinal) ? "lab" : "office";

        Assert.Equal($"NameError aa; Au {zone} 5 SOA", _dns.Ask(name, DnsType.A).Summary);
    }

    [Fact]
    public void A_bridged_interface_has_no_dom0_end() =>
        Assert.Equal("NameError aa; Au testbed 5 SOA", _dns.Ask("vif1.ce.testbed", DnsType.A).Summary);

    [Theory]
    [InlineData("10.0.1.129", "10.0.1.1")]
    [InlineData("10.0.0.129", "10.0.1.1")]
    [InlineData("172.16.0.129", "172.16.1.2")]
    public void A_bare_name_means_the_interface_in_the_zone_of_the_bridge_that_asks(string local, string address) =>
        Assert.Equal($"NoError aa; An ce 60 A {address}", _dns.Ask("ce", DnsType.A, From(local)).Summary);

    [Theory]
    [InlineData("1.1.0.10", "ce.testbed")]
    [InlineData("129.1.0.10", "vif0.ce.testbed")]
    [InlineData("1.2.0.10", "web.office")]
    [InlineData("2.1.16.172", "ce.lab")]
    [InlineData("3.1.16.172", "eth2.ce.lab")]
    [InlineData("1.3.16.172", "deep.lab")]
    public void An_address_leads_back_to_the_name_in_its_bridges_zone(string address, string name) => Assert.Equal(
        $"NoError aa; An {address}.in-addr.arpa 60 PTR {name}", _dns.Ask($"{address}.in-addr.arpa", DnsType.Ptr).Summary);

    [Theory]
    [InlineData("2.1.0.10")]
    [InlineData("129.2.0.10")]
    [InlineData("1.1.16.172")]
    [InlineData("130.1.16.172")]
    public void An_address_that_the_interface_has_not_leads_nowhere(string address) => Assert.StartsWith(
        "NameError aa; Au ", _dns.Ask($"{address}.in-addr.arpa", DnsType.Ptr).Summary, StringComparison.Ordinal);

    [Fact]
    public void The_top_of_a_bridges_zone_has_its_own_server()
    {
        Assert.Equal("NoError aa; An lab 60 SOA", _dns.Ask("lab", DnsType.Soa).Summary);
        Assert.Equal("NoError aa; An lab 60 NS ns.lab; Ad ns.lab 60 A 172.16.0.129",
            _dns.Ask("lab", DnsType.Ns, From("172.16.0.129")).Summary);
    }

    [Fact]
    public void Each_zone_is_transferred_with_what_is_in_it()
    {
        Assert.Equal(
            [
                "lab SOA", "lab NS ns.lab", "ns.lab A 10.0.0.129", "dom0.lab A 10.0.0.129", "ce.lab A 172.16.1.2",
                "eth1.ce.lab A 172.16.1.2", "eth2.ce.lab A 172.16.1.3", "deep.lab A 172.16.3.1", "eth0.deep.lab A 172.16.3.1",
                "lab SOA",
            ],
            Transfer("lab"));
        Assert.Equal(
            [
                "16.172.in-addr.arpa SOA", "16.172.in-addr.arpa NS ns.testbed", "2.1.16.172.in-addr.arpa PTR ce.lab",
                "3.1.16.172.in-addr.arpa PTR eth2.ce.lab", "1.3.16.172.in-addr.arpa PTR deep.lab", "16.172.in-addr.arpa SOA",
            ],
            Transfer("16.172.in-addr.arpa"));
        Assert.Contains("eth1.ce.testbed A 172.16.1.2", Transfer("testbed"));
        Assert.DoesNotContain(Transfer("testbed"), record => record.StartsWith("vif1.ce", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_record_that_is_transferred_is_what_is_answered()
    {
        foreach (var record in ((string[])["testbed", "lab", "office", "10.in-addr.arpa", "16.172.in-addr.arpa"]).SelectMany(Transfer))
        {
            var words = record.Split(' ');
            var type = words[1] switch { "A" => DnsType.A, "PTR" => DnsType.Ptr, "NS" => DnsType.Ns, _ => DnsType.Soa };

            Assert.StartsWith($"NoError aa; An {words[0]} 60 {string.Join(' ', words[1..])}",
                _dns.Ask(words[0], type, From("10.0.0.129")).Summary, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Secondaries_are_told_of_every_zone()
    {
        var zones = NotifyMessage.Zones(_dns.View.Networks, _dns.Responder.Zone).Select(zone => DnsNameText.Format(zone)).ToList();

        Assert.Equal(["testbed", "office", "lab", "10.in-addr.arpa", "16.172.in-addr.arpa"], zones[..5]);
        Assert.Equal("31.172.in-addr.arpa", zones[^1]);
    }

    private static DnsArrival From(string local) => DnsFixture.FromGuest with
    {
        Local = Ipv4Address.TryParse(local, out var address) ? address : throw new ArgumentException(local),
    };

    private List<string> Transfer(string zone)
    {
        var query = DnsFixture.Query(zone, DnsType.Axfr, recursionDesired: false);
        Assert.True(Ipv4Address.TryParse("10.0.0.129", out var here));
        var transfer = ZoneTransfer.Begin(query, _dns.View, _dns.Responder.Zone, LocalData.Empty, here);
        Assert.NotNull(transfer);
        var (records, message) = (new List<string>(), new byte[65535]);
        while (!transfer.IsDone)
        {
            var walk = new DnsWalk(message.AsSpan(0, transfer.WriteNext(message)));
            while (walk.TryNextRecord(out var record))
            {
                records.Add($"{record.Name.ToString()} " + record.Type switch
                {
                    DnsType.A => $"A {Ipv4Address.Read(record.Data)}",
                    DnsType.Soa => "SOA",
                    _ => $"{record.Type.ToString().ToUpperInvariant()} "
                        + (record.ReadDataName(out var target) == DnsRefusal.None ? target.ToString() : "?"),
                });
            }
        }

        return records;
    }
}
