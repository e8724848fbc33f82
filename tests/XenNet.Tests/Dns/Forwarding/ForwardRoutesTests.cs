using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class ForwardRoutesTests
{
    [Theory]
    [InlineData("corp.example", 0)]
    [InlineData("www.corp.example", 0)]
    [InlineData("lab.corp.example", 1)]
    [InlineData("a.b.lab.corp.example", 1)]
    [InlineData("xcorp.example", ForwardRoutes.None)]
    [InlineData("example", ForwardRoutes.None)]
    [InlineData(".", ForwardRoutes.None)]
    public void The_most_specific_domain_decides(string name, int expected)
    {
        var routes = new ForwardRoutes([Route("corp.example"), Route("lab.corp.example")], []);

        Assert.Equal(expected, routes.Find(Octets(name)));
    }

    [Theory]
    [InlineData("192.168.0.0/16", "1.2.168.192.in-addr.arpa", true)]
    [InlineData("192.168.0.0/16", "1.2.169.192.in-addr.arpa", false)]
    [InlineData("192.168.4.0/23", "1.4.168.192.in-addr.arpa", true)]
    [InlineData("192.168.4.0/23", "1.5.168.192.in-addr.arpa", true)]
    [InlineData("192.168.4.0/23", "1.6.168.192.in-addr.arpa", false)]
    [InlineData("192.168.4.0/23", "1.3.168.192.in-addr.arpa", false)]
    [InlineData("192.168.4.8/32", "8.4.168.192.in-addr.arpa", true)]
    [InlineData("192.168.4.8/32", "9.4.168.192.in-addr.arpa", false)]
    [InlineData("10.0.0.0/8", "1.2.3.10.in-addr.arpa", true)]
    public void A_subnet_stands_for_its_reverse_names(string subnet, string name, bool expected)
    {
        Assert.True(Ipv4Prefix.TryParse(subnet, out var prefix));
        var routes = new ForwardRoutes([new ForwardRoute([], [prefix], [], "")], []);

        Assert.Equal(expected ? 0 : ForwardRoutes.None, routes.Find(Octets(name)));
    }

    [Fact]
    public void Domains_that_may_hold_private_addresses_are_known_with_all_below_them()
    {
        var routes = new ForwardRoutes([], ["plex.direct"]);

        Assert.True(routes.AllowsPrivateAddresses(Octets("1-2-3-4.plex.direct")));
        Assert.True(routes.AllowsPrivateAddresses(Octets("plex.direct")));
        Assert.False(routes.AllowsPrivateAddresses(Octets("direct")));
        Assert.False(routes.AllowsPrivateAddresses(Octets("example.org")));
    }

    private static ForwardRoute Route(string domain) => new([domain], [], [], "");

    private static byte[] Octets(string name)
    {
        var octets = new byte[DnsName.OctetsMax];
        Assert.True(DnsNameText.TryParse(name, octets, out var length));
        return octets[..length];
    }
}
