using XenNet.Core.Dns;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

public sealed class DnsReverseZoneTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "1.0.10", "10.in-addr.arpa")]
    [InlineData("10.128.0.0/9", "1.128.10", "128.10.in-addr.arpa")]
    [InlineData("172.16.0.0/12", "1.16.172", "16.172.in-addr.arpa")]
    [InlineData("192.168.0.0/16", "1.168.192", "168.192.in-addr.arpa")]
    [InlineData("192.168.128.0/17", "129.168.192", "129.168.192.in-addr.arpa")]
    [InlineData("192.168.2.0/23", "3.168.192", "3.168.192.in-addr.arpa")]
    public void The_zone_begins_at_the_next_octet_boundary_inside_the_prefix(string prefix, string machine, string apex)
    {
        var dns = new DnsFixture(prefix).With("ce", 1);

        Assert.Equal(
            $"NoError aa; An 1.{machine}.in-addr.arpa 60 PTR ce.testbed",
            dns.Ask($"1.{machine}.in-addr.arpa", DnsType.Ptr).Summary);
        Assert.Equal($"NameError aa; Au {apex} 5 SOA", dns.Ask($"2.{machine}.in-addr.arpa", DnsType.Ptr).Summary);
        Assert.Equal($"NoError aa; An {apex} 60 SOA", dns.Ask(apex, DnsType.Soa).Summary);
    }

    [Theory]
    [InlineData("172.16.0.0/12", "172")]
    [InlineData("172.16.0.0/12", "15.172")]
    [InlineData("172.16.0.0/12", "1.1.15.172")]
    [InlineData("172.16.0.0/12", "32.172")]
    [InlineData("192.168.0.0/16", "192")]
    public void Names_above_and_beside_the_prefix_are_not_ours(string prefix, string name) =>
        Assert.Equal("Forward", new DnsFixture(prefix).With("ce", 1).Ask($"{name}.in-addr.arpa", DnsType.Ptr).Summary);

    [Theory]
    [InlineData("168.192", "NoError")]
    [InlineData("1.168.192", "NameError")]
    [InlineData("1.1.168.192", "NameError")]
    [InlineData("4.168.192", "NameError")]
    public void Private_names_beside_the_prefix_are_empty_here_and_do_not_leave(string name, string rcode) =>
        Assert.Equal($"{rcode} aa; Au 168.192.in-addr.arpa 10800 SOA",
            new DnsFixture("192.168.2.0/23").With("ce", 1).Ask($"{name}.in-addr.arpa", DnsType.Ptr).Summary);

    [Theory]
    [InlineData("16.172", "NoError aa; Au 16.172.in-addr.arpa 5 SOA")]
    [InlineData("31.172", "NoError aa; Au 31.172.in-addr.arpa 5 SOA")]
    [InlineData("1.1.31.172", "NameError aa; Au 31.172.in-addr.arpa 5 SOA")]
    public void Each_octet_of_the_prefix_is_a_zone_with_or_without_machines(string name, string summary) =>
        Assert.Equal(
            summary, new DnsFixture("172.16.0.0/12").With("ce", 1).Ask($"{name}.in-addr.arpa", DnsType.Ptr).Summary);

    [Theory]
    [InlineData("1.1.0.10", "NoError aa; An 1.1.0.10.in-addr.arpa 60 PTR ce.testbed")]
    [InlineData("2.1.0.10", "NameError aa; Au 1.0.10.in-addr.arpa 5 SOA")]
    [InlineData("x.1.0.10", "NameError aa; Au 1.0.10.in-addr.arpa 5 SOA")]
    [InlineData("1.0.10", "NoError aa; Au 1.0.10.in-addr.arpa 5 SOA")]
    [InlineData("1.2.0.10", "Forward")]
    [InlineData("2.0.10", "Forward")]
    [InlineData("0.10", "Forward")]
    [InlineData("10", "Forward")]
    public void When_the_reverse_is_narrow_only_the_nets_of_known_machines_are_ours(string name, string summary)
    {
        var dns = new DnsFixture().With("ce", 1);
        dns.Responder.Zone = dns.Responder.Zone with { ReverseIsWide = false };

        Assert.Equal(summary, dns.Ask($"{name}.in-addr.arpa", DnsType.Ptr).Summary);
    }

    [Fact]
    public void A_reverse_zone_is_served_by_the_same_server_as_the_zone()
    {
        var dns = new DnsFixture("192.168.2.0/23", new ZoneSettings("lab.example")).With("ce", 1);

        Assert.Equal(
            "NoError aa; An 3.168.192.in-addr.arpa 60 NS ns.lab.example; Ad ns.lab.example 60 A 10.0.1.129",
            dns.Ask("3.168.192.in-addr.arpa", DnsType.Ns).Summary);
    }
}
