using XenNet.Core.Dns;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Transfer;

/// <summary>What the responder says to secondaries; transfers themselves are not its work.</summary>
public sealed class SecondaryTests
{
    private static readonly DnsArrival Secondary =
        new(DnsTransport.Udp, new Ipv4Address(0xc0000207), new Ipv4Address(0xc0000209), FromLoopback: false)
        {
            IsSecondary = true,
        };

    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1);

    [Theory]
    [InlineData("testbed", DnsTransport.Udp, "NoError aa; An testbed 60 SOA")]      // RFC 1995 §2.
    [InlineData("10.in-addr.arpa", DnsTransport.Udp, "NoError aa; An 10.in-addr.arpa 60 SOA")]
    [InlineData("testbed", DnsTransport.Tcp, "Refused")]
    [InlineData("ce.testbed", DnsTransport.Udp, "Refused")]
    [InlineData("example.org", DnsTransport.Udp, "Refused")]
    [InlineData(".", DnsTransport.Udp, "Refused")]
    public void Ixfr_over_udp_gets_the_soa_of_a_zone_of_ours(string name, DnsTransport transport, string summary) =>
        Assert.Equal(summary, _dns.Ask(name, DnsType.Ixfr, DnsFixture.FromGuest with { Transport = transport }).Summary);

    [Fact]
    public void Ixfr_of_another_class_is_refused() =>
        Assert.Equal("Refused", _dns.Ask(DnsFixture.Query("testbed", DnsType.Ixfr, @class: DnsClass.Chaos)).Summary);

    [Theory]
    [InlineData("testbed", DnsType.Soa, "NoError aa; An testbed 60 SOA")]
    [InlineData("ce.testbed", DnsType.A, "NoError aa; An ce.testbed 60 A 10.0.1.1")]
    [InlineData("1.1.0.10.in-addr.arpa", DnsType.Ptr, "NoError aa; An 1.1.0.10.in-addr.arpa 60 PTR ce.testbed")]
    [InlineData("example.org", DnsType.A, "Refused")]
    [InlineData("example.org", DnsType.Any, "Refused")]
    [InlineData("com", DnsType.Ds, "Refused")]
    [InlineData("ce", DnsType.A, "Refused")]
    [InlineData("localhost", DnsType.A, "Refused")]
    [InlineData("1.168.192.in-addr.arpa", DnsType.Soa, "Refused")]
    public void A_secondary_where_nobody_else_is_served_is_told_of_our_zones_alone(
        string name, DnsType type, string summary) =>
        Assert.Equal(summary, _dns.Ask(name, type, Secondary).Summary);

    [Fact]
    public void Its_refusals_are_counted_by_their_own_reason() =>
        Assert.Equal(DnsRefusal.NotOfOurZones, _dns.Ask("example.org", DnsType.A, Secondary).Outcome.Refusal);
}
