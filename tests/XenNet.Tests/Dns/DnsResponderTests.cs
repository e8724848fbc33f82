using XenNet.Core.Dns;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>
/// The behaviour of the zone, one line per rule: what is asked of a registry with ce (1), db (2), last
/// (65535).
/// </summary>
public sealed class DnsResponderTests
{
    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2).With("db", 2).With("last", 65535, 127);

    [Theory]
    [InlineData("ce.testbed", "NoError aa; An ce.testbed 60 A 10.0.1.1")]
    [InlineData("CE.TestBed", "NoError aa; An CE.TestBed 60 A 10.0.1.1")]
    [InlineData("ce", "NoError aa; An ce 60 A 10.0.1.1")]
    [InlineData("Ce", "NoError aa; An Ce 60 A 10.0.1.1")]
    [InlineData("eth0.ce.testbed", "NoError aa; An eth0.ce.testbed 60 A 10.0.1.1")]
    [InlineData("ETH1.ce.testbed", "NoError aa; An ETH1.ce.testbed 60 A 10.0.1.2")]
    [InlineData("vif0.ce.testbed", "NoError aa; An vif0.ce.testbed 60 A 10.0.1.129")]
    [InlineData("vif1.ce.testbed", "NoError aa; An vif1.ce.testbed 60 A 10.0.1.130")]
    [InlineData("last.testbed", "NoError aa; An last.testbed 60 A 10.255.255.1")]
    [InlineData("eth126.last.testbed", "NoError aa; An eth126.last.testbed 60 A 10.255.255.127")]
    [InlineData("vif126.last.testbed", "NoError aa; An vif126.last.testbed 60 A 10.255.255.255")]
    [InlineData("ns.testbed", "NoError aa; An ns.testbed 60 A 10.0.1.129")]
    [InlineData("DOM0.testbed", "NoError aa; An DOM0.testbed 60 A 10.0.1.129")]
    [InlineData("localhost", "NoError aa; An localhost 60 A 127.0.0.1")]
    [InlineData("db.localhost", "NoError aa; An db.localhost 60 A 127.0.0.1")]
    public void Names_have_their_address(string name, string summary) =>
        Assert.Equal(summary, _dns.Ask(name, DnsType.A).Summary);

    [Theory]
    [InlineData("eth2.ce.testbed")]
    [InlineData("eth1.db.testbed")]
    [InlineData("vif1.db.testbed")]
    [InlineData("eth127.last.testbed")]
    [InlineData("eth00.ce.testbed")]
    [InlineData("eth01.ce.testbed")]
    [InlineData("eth.ce.testbed")]
    [InlineData("eth-1.ce.testbed")]
    [InlineData("eth256.ce.testbed")]
    [InlineData("eth4294967296.ce.testbed")]
    [InlineData("x.ce.testbed")]
    [InlineData("x.eth0.ce.testbed")]
    [InlineData("eth0.no.testbed")]
    [InlineData("no.testbed")]
    [InlineData("wpad.testbed")]
    [InlineData("x.ns.testbed")]
    [InlineData("eth0.dom0.testbed")]
    [InlineData("localhost.testbed")]
    public void Names_that_are_not_there_are_denied_with_SOA(string name) =>
        Assert.Equal("NameError aa; Au testbed 5 SOA", _dns.Ask(name, DnsType.A).Summary);

    [Theory]
    [InlineData("ce.testbed", DnsType.Aaaa)]
    [InlineData("ce.testbed", DnsType.Https)]
    [InlineData("ce.testbed", DnsType.Mx)]
    [InlineData("ce.testbed", DnsType.Ds)]
    [InlineData("ce.testbed", DnsType.Ns)]
    [InlineData("ce.testbed", (DnsType)65535)]
    [InlineData("eth1.ce.testbed", DnsType.Aaaa)]
    [InlineData("ns.testbed", DnsType.Aaaa)]
    [InlineData("testbed", DnsType.A)]
    [InlineData("testbed", DnsType.Aaaa)]
    [InlineData("testbed", DnsType.Ds)]
    public void Types_that_a_name_has_not_are_denied_without_denying_the_name(string name, DnsType type) =>
        Assert.Equal("NoError aa; Au testbed 5 SOA", _dns.Ask(name, type).Summary);

    [Theory]
    [InlineData("testbed", DnsType.Soa, "NoError aa; An testbed 60 SOA")]
    [InlineData("testbed", DnsType.Ns, "NoError aa; An testbed 60 NS ns.testbed; Ad ns.testbed 60 A 10.0.1.129")]
    [InlineData("testbed", DnsType.Any, "NoError aa; An testbed 60 SOA")]
    [InlineData("10.in-addr.arpa", DnsType.Soa, "NoError aa; An 10.in-addr.arpa 60 SOA")]
    [InlineData("10.in-addr.arpa", DnsType.Ptr, "NoError aa; Au 10.in-addr.arpa 5 SOA")]
    public void The_top_of_a_zone_has_SOA_and_NS(string name, DnsType type, string summary) =>
        Assert.Equal(summary, _dns.Ask(name, type).Summary);

    [Theory]
    [InlineData("ce.testbed", "NoError aa; An ce.testbed 60 A 10.0.1.1")]
    [InlineData("ce", "NoError aa; An ce 60 A 10.0.1.1")]
    [InlineData("1.1.0.10.in-addr.arpa", "NoError aa; An 1.1.0.10.in-addr.arpa 60 PTR ce.testbed")]
    public void ANY_gets_one_set_of_records(string name, string summary) =>
        Assert.Equal(summary, _dns.Ask(name, DnsType.Any).Summary);

    [Theory]
    [InlineData("1.1.0.10", "ce.testbed")]
    [InlineData("2.1.0.10", "eth1.ce.testbed")]
    [InlineData("129.1.0.10", "vif0.ce.testbed")]
    [InlineData("130.1.0.10", "vif1.ce.testbed")]
    [InlineData("127.255.255.10", "eth126.last.testbed")]
    [InlineData("255.255.255.10", "vif126.last.testbed")]
    public void Addresses_have_their_name(string reversed, string target)
    {
        var name = reversed + ".In-Addr.ARPA";

        Assert.Equal($"NoError aa; An {name} 60 PTR {target}", _dns.Ask(name, DnsType.Ptr).Summary);
    }

    [Theory]
    [InlineData("3.1.0.10")]
    [InlineData("0.1.0.10")]
    [InlineData("128.1.0.10")]
    [InlineData("1.3.0.10")]
    [InlineData("1.0.0.10")]
    [InlineData("01.1.0.10")]
    [InlineData("256.1.0.10")]
    [InlineData("x.1.0.10")]
    [InlineData("1.x.0.10")]
    [InlineData("1.1.1.0.10")]
    [InlineData("x.1.1.1.0.10")]
    [InlineData("3.0.10")]
    [InlineData("0.0.10")]
    [InlineData("1.10")]
    [InlineData("x.10")]
    public void Addresses_that_nobody_has_are_denied(string reversed)
    {
        Assert.Equal(
            "NameError aa; Au 10.in-addr.arpa 5 SOA", _dns.Ask(reversed + ".in-addr.arpa", DnsType.Ptr).Summary);
    }

    [Theory]
    [InlineData("1.0.10", DnsType.Ptr)]
    [InlineData("1.0.10", DnsType.Ns)]
    [InlineData("0.10", DnsType.Ptr)]
    [InlineData("255.10", DnsType.A)]
    [InlineData("1.1.0.10", DnsType.A)]
    [InlineData("1.1.0.10", DnsType.Aaaa)]
    public void Names_with_names_below_them_exist(string reversed, DnsType type)
    {
        Assert.Equal("NoError aa; Au 10.in-addr.arpa 5 SOA", _dns.Ask(reversed + ".in-addr.arpa", type).Summary);
    }

    [Theory]
    [InlineData("www.example.org", DnsType.A)]
    [InlineData("eth0.ce", DnsType.A)]
    [InlineData("xtestbed", DnsType.Txt)]
    [InlineData("ce.testbed.example", DnsType.A)]
    [InlineData("1.1.0.11.in-addr.arpa", DnsType.Ptr)]
    [InlineData("x.in-addr.arpa", DnsType.Ptr)]
    [InlineData("in-addr.arpa", DnsType.Soa)]
    [InlineData("010.in-addr.arpa", DnsType.Soa)]
    [InlineData("1.1.0.10.in-addr.arpa.example", DnsType.Ptr)]
    [InlineData(".", DnsType.Ns)]
    [InlineData(".", DnsType.A)]
    [InlineData("com", DnsType.Ds)]
    [InlineData("com", DnsType.Soa)]
    [InlineData("com", DnsType.Txt)]
    [InlineData("ce", DnsType.Ds)]
    [InlineData("ce", DnsType.Dnskey)]
    public void What_is_not_ours_is_forwarded_or_refused_without_RD(string name, DnsType type)
    {
        Assert.Equal("Forward", _dns.Ask(name, type).Summary);
        Assert.Equal("Refused", _dns.Ask(DnsFixture.Query(name, type, recursionDesired: false)).Summary);
    }

    [Theory]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.Aaaa)]
    [InlineData(DnsType.Https)]
    [InlineData(DnsType.Svcb)]
    [InlineData(DnsType.Mx)]
    [InlineData(DnsType.Srv)]
    public void A_single_label_that_is_no_machine_is_denied_without_authority(DnsType type) =>
        Assert.Equal("NameError", _dns.Ask("wpad", type).Summary);

    [Theory]
    [InlineData("ce", DnsType.Aaaa)]
    [InlineData("ce", DnsType.Https)]
    [InlineData("ce", DnsType.Txt)]
    [InlineData("localhost", DnsType.Mx)]
    public void A_bare_name_has_no_zone_whose_SOA_could_deny_its_other_types(string name, DnsType type) =>
        Assert.Equal("NoError aa", _dns.Ask(name, type).Summary);

    [Fact]
    public void Dom0_is_told_the_address_that_it_asked() =>
        Assert.Equal(
            "NoError aa; An ns.testbed 60 A 127.0.0.1",
            _dns.Ask("ns.testbed", DnsType.A, DnsFixture.FromDom0).Summary);

    [Fact]
    public void A_change_is_answered_by_the_next_query_with_a_higher_serial()
    {
        var before = Serial(_dns.Ask("testbed", DnsType.Soa).Octets);

        _dns.With("new", 3);

        Assert.Equal("NoError aa; An new.testbed 60 A 10.0.3.1", _dns.Ask("new.testbed", DnsType.A).Summary);
        Assert.Equal(before + 1, Serial(_dns.Ask("testbed", DnsType.Soa).Octets));
    }

    [Fact]
    public void A_new_zone_is_taken_up_whole()
    {
        _dns.Responder.Zone = new ZoneSettings("Lab.Example.", TtlSeconds: 3, NegativeTtlSeconds: 1);

        Assert.Equal("NoError aa; An ce.lab.example 3 A 10.0.1.1", _dns.Ask("ce.lab.example", DnsType.A).Summary);
        Assert.Equal("NameError aa; Au lab.example 1 SOA", _dns.Ask("no.lab.example", DnsType.A).Summary);
        Assert.Equal("Forward", _dns.Ask("ce.testbed", DnsType.A).Summary);
        Assert.Equal("NameError", _dns.Ask("lab", DnsType.A).Summary);
        Assert.Equal(
            "NoError aa; An 1.2.0.10.in-addr.arpa 3 PTR db.lab.example",
            _dns.Ask("1.2.0.10.in-addr.arpa", DnsType.Ptr).Summary);
    }

    [Theory]
    [InlineData(184, true)]
    [InlineData(185, false)]
    public void The_longest_zone_leaves_room_for_the_longest_name_in_it(int octets, bool fits)
    {
        var zone = string.Join('.', new string('a', 63), new string('b', 63), new string('c', octets - 130));

        Assert.Equal(fits, ZoneSettings.IsZoneName(zone));
        if (!fits)
        {
            Assert.Throws<ArgumentException>(() => new DnsFixture(zone: new ZoneSettings(zone)));
            return;
        }

        var dns = new DnsFixture(zone: new ZoneSettings(zone)).With(new string('m', 63), 1, 127);
        var name = $"eth126.{new string('m', 63)}.{zone}";
        Assert.Equal($"NoError aa; An {name} 60 A 10.0.1.127", dns.Ask(name, DnsType.A).Summary);
        Assert.Equal(
            $"NoError aa; An 127.1.0.10.in-addr.arpa 60 PTR {name}",
            dns.Ask("127.1.0.10.in-addr.arpa", DnsType.Ptr).Summary);
        Assert.InRange(dns.Ask("x.10.in-addr.arpa", DnsType.Ptr).Octets.Length, 12, 512 - 11);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    public void A_zone_needs_a_name(string zone) =>
        Assert.Throws<ArgumentException>(() => new DnsFixture(zone: new ZoneSettings(zone)));

    private static uint Serial(byte[] octets)
    {
        var walk = new DnsWalk(octets);
        Assert.True(walk.TryNextRecord(out var soa));
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(soa.Data[^20..]);
    }
}
