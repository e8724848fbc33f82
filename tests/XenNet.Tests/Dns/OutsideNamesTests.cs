using XenNet.Core.Dns;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>Names that never leave (RFC 6303, RFC 6761) and those that do.</summary>
public sealed class OutsideNamesTests
{
    private readonly DnsFixture _dns = new DnsFixture("10.0.0.0/8").With("ce", 1);

    [Theory]
    [InlineData("x.test", "test")]
    [InlineData("a.b.invalid", "invalid")]
    [InlineData("printer.local", "local")]
    [InlineData("abc.onion", "onion")]
    [InlineData("router.home.arpa", "home.arpa")]
    [InlineData("_dns.resolver.arpa", "resolver.arpa")]
    [InlineData("1.1.168.192.in-addr.arpa", "168.192.in-addr.arpa")]
    [InlineData("1.1.16.172.in-addr.arpa", "16.172.in-addr.arpa")]
    [InlineData("1.1.31.172.in-addr.arpa", "31.172.in-addr.arpa")]
    [InlineData("1.1.64.100.in-addr.arpa", "64.100.in-addr.arpa")]
    [InlineData("1.1.127.100.in-addr.arpa", "127.100.in-addr.arpa")]
    [InlineData("1.0.0.127.in-addr.arpa", "127.in-addr.arpa")]
    [InlineData("1.0.254.169.in-addr.arpa", "254.169.in-addr.arpa")]
    [InlineData("1.2.0.192.in-addr.arpa", "2.0.192.in-addr.arpa")]
    [InlineData("0.d.f.ip6.arpa", "d.f.ip6.arpa")]
    [InlineData("0.b.e.f.ip6.arpa", "b.e.f.ip6.arpa")]
    public void A_name_below_an_empty_zone_is_not_there(string name, string apex) =>
        Assert.Equal($"NameError aa; Au {apex} 10800 SOA", _dns.Ask(name, DnsType.Ptr).Summary);

    [Theory]
    [InlineData("www.example.com")]
    [InlineData("xtest")]
    [InlineData("test.example.com")]
    [InlineData("1.1.15.172.in-addr.arpa")]
    [InlineData("1.1.32.172.in-addr.arpa")]
    [InlineData("1.1.63.100.in-addr.arpa")]
    [InlineData("1.1.128.100.in-addr.arpa")]
    [InlineData("4.3.2.1.in-addr.arpa")]
    [InlineData("0.c.e.f.ip6.arpa")]
    [InlineData("arpa")]
    public void A_name_beside_them_is_forwarded(string name) =>
        Assert.Equal("Forward", _dns.Ask(name, DnsType.Ptr).Summary);

    [Fact]
    public void The_top_of_an_empty_zone_has_SOA_and_NS_and_nothing_else()
    {
        const string Apex = "168.192.in-addr.arpa";

        Assert.Equal($"NoError aa; An {Apex} 10800 SOA", _dns.Ask(Apex, DnsType.Soa).Summary);
        Assert.Equal($"NoError aa; An {Apex} 10800 NS {Apex}", _dns.Ask(Apex, DnsType.Ns).Summary);
        Assert.Equal($"NoError aa; Au {Apex} 10800 SOA", _dns.Ask(Apex, DnsType.A).Summary);
    }

    // RFC 4035 §3.1.4.1: who validates learns from the zone above that these are not signed.
    [Theory]
    [InlineData("168.192.in-addr.arpa", "Forward")]
    [InlineData("10.in-addr.arpa", "Forward")] // ours
    [InlineData("d.f.ip6.arpa", "Forward")]
    [InlineData("home.arpa", "Forward")]
    [InlineData("1.168.192.in-addr.arpa", "NameError aa; Au 168.192.in-addr.arpa 10800 SOA")]
    [InlineData("1.0.10.in-addr.arpa", "NoError aa; Au 10.in-addr.arpa 5 SOA")]
    [InlineData("testbed", "NoError aa; Au testbed 5 SOA")]
    [InlineData("onion", "NoError aa; Au onion 10800 SOA")]
    [InlineData("corp.example", "NoError aa; Au corp.example 10800 SOA")]
    public void Whether_a_zone_under_arpa_is_signed_is_asked_of_the_zone_above(string name, string expected)
    {
        _dns.Responder.Outside = new OutsideNames(["corp.example"], [], []);

        Assert.Equal(expected, _dns.Ask(name, DnsType.Ds).Summary);
    }

    [Fact]
    public void Without_recursion_a_zone_of_ours_says_itself_that_it_is_not_signed() =>
        Assert.Equal("NoError aa; Au 10.in-addr.arpa 5 SOA",
            _dns.Ask(DnsFixture.Query("10.in-addr.arpa", DnsType.Ds, recursionDesired: false)).Summary);

    [Theory]
    [InlineData("10.5.0.0/16", "5.10.in-addr.arpa", "NoError aa; Au 5.10.in-addr.arpa 5 SOA")] // below 10.in-addr.arpa, which is not
    [InlineData("172.16.0.0/12", "16.172.in-addr.arpa", "Forward")]
    [InlineData("203.0.0.0/16", "0.203.in-addr.arpa", "Forward")]
    public void So_is_it_of_the_reverse_zone_of_another_prefix(string prefix, string apex, string expected) =>
        Assert.Equal(expected, new DnsFixture(prefix).With("ce", 1).Ask(apex, DnsType.Ds).Summary);

    [Fact]
    public void Domains_of_the_configuration_do_not_leave_and_the_most_specific_one_decides()
    {
        _dns.Responder.Outside = new OutsideNames(["Corp.example"], ["lab.corp.example", "168.192.in-addr.arpa"], []);

        Assert.Equal("NameError aa; Au corp.example 10800 SOA", _dns.Ask("www.corp.example", DnsType.A).Summary);
        Assert.Equal("Forward", _dns.Ask("www.lab.corp.example", DnsType.A).Summary);
        Assert.Equal("Forward", _dns.Ask("www.example", DnsType.A).Summary);
        Assert.Equal("Forward", _dns.Ask("1.1.168.192.in-addr.arpa", DnsType.Ptr).Summary);
    }

    [Fact]
    public void A_domain_of_one_label_that_has_upstreams_is_asked_of_them_itself()
    {
        _dns.Responder.Outside = new OutsideNames(["lan"], ["corp", "x.lan", "ce"], []);

        Assert.Equal("Forward", _dns.Ask("corp", DnsType.A).Summary);
        Assert.Equal("Forward", _dns.Ask("corp", DnsType.Mx).Summary);
        Assert.Equal("Forward", _dns.Ask("dc.corp", DnsType.A).Summary);
        Assert.Equal("NameError", _dns.Ask("cor", DnsType.A).Summary);
        Assert.Equal("NameError", _dns.Ask("x", DnsType.A).Summary);
        Assert.Equal("NameError", _dns.Ask("lan", DnsType.A).Summary);
        Assert.Equal("NoError aa; An ce 60 A 10.0.1.1", _dns.Ask("ce", DnsType.A).Summary);
    }

    [Fact]
    public void A_type_that_is_filtered_is_not_there_and_is_not_asked_for()
    {
        _dns.Responder.Outside = new OutsideNames([], [], [DnsType.Aaaa]);

        Assert.Equal("NoError", _dns.Ask("www.example", DnsType.Aaaa).Summary);
        Assert.Equal("Forward", _dns.Ask("www.example", DnsType.A).Summary);
    }

    [Fact]
    public void While_a_network_of_Dom0s_lies_in_the_prefix_its_reverse_names_leave()
    {
        _dns.Responder.Zone = _dns.Responder.Zone with { ReverseIsWide = false };

        Assert.Equal("Forward", _dns.Ask("1.2.3.10.in-addr.arpa", DnsType.Ptr).Summary);
        Assert.Equal("NameError aa; Au 168.192.in-addr.arpa 10800 SOA",
            _dns.Ask("1.1.168.192.in-addr.arpa", DnsType.Ptr).Summary);
    }

    // CVE class: amplification by ANY.
    [Fact]
    public void ANY_of_a_name_outside_is_one_record_that_says_nothing_and_asks_nobody()
    {
        var reply = _dns.Ask("www.example", DnsType.Any);

        Assert.Equal("NoError; An www.example 3600 HINFO", reply.Summary);
        Assert.True(reply.Octets.Length < 80);
    }
}
