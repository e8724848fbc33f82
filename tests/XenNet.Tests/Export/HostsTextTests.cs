using XenNet.Core.Addressing;
using XenNet.Core.Dns.Transfer;
using XenNet.Core.Export;
using XenNet.Core.Registry;
using XenNet.Tests.Dns;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Export;

public sealed class HostsTextTests
{
    [Fact]
    public void Each_address_stands_once_with_the_name_that_it_leads_back_to_in_front()
    {
        var dns = new DnsFixture().With("ce", 1, 2).With("far", 65535);

        Assert.Equal(
        [
            "10.0.1.1\tce.testbed ce eth0.ce.testbed\n",
            "10.0.1.129\tvif0.ce.testbed\n",
            "10.0.1.2\teth1.ce.testbed\n",
            "10.0.1.130\tvif1.ce.testbed\n",
            "10.255.255.1\tfar.testbed far eth0.far.testbed\n",
            "10.255.255.129\tvif0.far.testbed\n",
        ], HostsText.Hosts(dns.View, dns.Responder.Zone));
    }

    [Fact]
    public void A_further_name_stands_wherever_the_machines_own_does_and_behind_it()
    {
        var dns = new DnsFixture().With("ce", 1);
        Assert.True(MachineLabel.TryParse("wiki", out var wiki));
        var machine = dns.View.Find(new MachineNumber(1))!;
        dns.View.Publish(machine.With(machine.Extras.With(new ExtraName(wiki, null))), revision: 9);

        Assert.Equal(
        [
            "10.0.1.1\tce.testbed ce eth0.ce.testbed wiki.testbed wiki eth0.wiki.testbed\n",
            "10.0.1.129\tvif0.ce.testbed vif0.wiki.testbed\n",
        ], HostsText.Hosts(dns.View, dns.Responder.Zone));
    }

    [Fact]
    public void A_further_name_of_another_interface_stands_alone_with_that_one_and_is_answered_so()
    {
        var dns = new DnsFixture().With("ce", 1, 2);
        Assert.True(ExtraName.TryParse("CE-2:eth1", out var second));
        var machine = dns.View.Find(new MachineNumber(1))!;
        dns.View.Publish(machine.With(machine.Extras.With(second.Value)), revision: 9);

        var lines = HostsText.Hosts(dns.View, dns.Responder.Zone).ToList();

        Assert.Equal(
        [
            "10.0.1.1\tce.testbed ce eth0.ce.testbed eth0.ce-2.testbed\n", "10.0.1.129\tvif0.ce.testbed vif0.ce-2.testbed\n",
            "10.0.1.2\teth1.ce.testbed ce-2.testbed ce-2 eth1.ce-2.testbed\n", "10.0.1.130\tvif1.ce.testbed vif1.ce-2.testbed\n",
        ], lines);
        foreach (var fields in lines.Select(line => line.TrimEnd('\n').Split('\t', ' ')))
        {
            Assert.All(fields[1..], name =>
                Assert.EndsWith($" A {fields[0]}", dns.Ask(name, DnsType.A).Summary.Split("; Ad")[0], StringComparison.Ordinal));
        }

        Assert.Contains(" PTR eth1.ce.testbed", dns.Ask(Reverse("10.0.1.2"), DnsType.Ptr).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void On_bridges_with_zones_of_their_own_every_name_and_every_pointer_is_what_the_responder_gives()
    {
        Assert.True(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix));
        Assert.True(Ipv4Prefix.TryParse("172.16.0.0/12", out var other));
        var networks = new GuestNetworks(
            new AddressScheme(prefix), "testbed", [("br0", prefix, "testbed"), ("br1", other, "lan.example")]);
        var dns = new DnsFixture(networks)
            .WithOn("ce", 1, (1, null), (2, "br1"), (3, "br1")).WithOn("web", 2, (1, "br0"), (2, null)).WithOn("db", 3, (1, "br1"));

        var lines = HostsText.Hosts(dns.View, dns.Responder.Zone).Select(line => line.TrimEnd('\n').Split('\t')).ToList();

        Assert.Equal(
        [
            "10.0.1.1: ce.testbed ce eth0.ce.testbed", "10.0.1.129: vif0.ce.testbed",
            "172.16.1.2: ce.lan.example eth1.ce.testbed eth1.ce.lan.example",
            "172.16.1.3: eth2.ce.lan.example eth2.ce.testbed",
            "10.0.2.1: web.testbed web eth0.web.testbed", "10.0.2.2: eth1.web.testbed", "10.0.2.130: vif1.web.testbed",
            "172.16.3.1: db.lan.example db.testbed db eth0.db.testbed eth0.db.lan.example",
        ], lines.Select(line => $"{line[0]}: {line[1]}"));
        foreach (var line in lines)
        {
            var names = line[1].Split(' ');
            Assert.Contains($" PTR {names[0]}", dns.Ask(Reverse(line[0]), DnsType.Ptr).Summary, StringComparison.Ordinal);
            Assert.All(names, name =>
                Assert.EndsWith($" A {line[0]}", dns.Ask(name, DnsType.A).Summary.Split("; Ad")[0], StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Ethers_has_each_MAC_that_is_known_with_its_address()
    {
        var dns = new DnsFixture().With("ce", 1, 2).With("web", 2);
        InterfaceNumber.TryCreate(2, out var second);
        dns.View.Publish(
            dns.View.Find(new MachineNumber(1))!.WithInterface(second, MacAddress.Xen(0xc2aa77)), revision: 9);

        Assert.Equal(["00:16:3e:c2:aa:77\t10.0.1.2\n"], HostsText.Ethers(dns.View));
    }

    [Fact]
    public void A_zone_is_a_line_for_each_record_and_its_SOA_stands_once()
    {
        var dns = new DnsFixture().With("ce", 1);

        var text = string.Concat(ZoneText.Pieces(
            "TestBed", dns.View, dns.Responder.Zone, dns.Responder.Local, new Ipv4Address(0xc0000207))!);

        Assert.Equal("""
            testbed. 60 IN SOA ns.testbed. hostmaster.testbed. 1 3600 600 1209600 5
            testbed. 60 IN NS ns.testbed.
            ns.testbed. 60 IN A 192.0.2.7
            dom0.testbed. 60 IN A 192.0.2.7
            ce.testbed. 60 IN A 10.0.1.1
            eth0.ce.testbed. 60 IN A 10.0.1.1
            vif0.ce.testbed. 60 IN A 10.0.1.129

            """, text);
    }

    [Fact]
    public void A_zone_of_many_messages_has_each_record_once()
    {
        var dns = new DnsFixture();
        for (var number = 1; number <= 5000; number++)
            dns.With($"m{number}", number);

        var pieces = ZoneText.Pieces("10.in-addr.arpa", dns.View, dns.Responder.Zone, dns.Responder.Local, Ipv4Address.Loopback)!
            .ToList();

        var lines = string.Concat(pieces).TrimEnd('\n').Split('\n');
        Assert.True(pieces.Count > 2, $"{pieces.Count} pieces");
        Assert.Equal(2 + 2 * 5000, lines.Length);
        Assert.Equal(lines.Length, lines.Distinct().Count());
        Assert.Single(lines, line => line.Contains(" SOA ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bed")]
    [InlineData("ce.testbed")]
    [InlineData("..")]
    [InlineData("11.in-addr.arpa")]
    public void What_is_no_zone_of_ours_has_no_text(string zone)
    {
        var dns = new DnsFixture().With("ce", 1);

        Assert.Null(ZoneText.Pieces(zone, dns.View, dns.Responder.Zone, dns.Responder.Local, Ipv4Address.Loopback));
        Assert.Equal(["testbed", "10.in-addr.arpa"], ZoneText.Zones(dns.View.Networks, dns.Responder.Zone));
    }

    private static string Reverse(string address) => string.Join('.', address.Split('.').Reverse()) + ".in-addr.arpa";
}
