using static XenNet.Tests.Configuration.ReadText;

namespace XenNet.Tests.Configuration;

/// <summary>Tables that may come several times, and what they have to do with the rest.</summary>
public sealed class ConfigurationTableTests
{
    [Fact]
    public void Each_dns_forward_is_a_route_of_its_own()
    {
        var routes = Accept("""
            [[dns.forward]]
            domains = ["corp.example", "Corp.Test"]
            subnets = ["192.0.2.0/24"]
            upstreams = ["192.0.2.53"]
            source = "eth1"
            [dns]
            port = 54
            [[dns.forward]]
            domains = ["kept.example"]
            source = "2001:db8::1"
            """).Dns.Forwards;

        Assert.Equal(2, routes.Length);
        Assert.Equal(["corp.example", "corp.test"], routes[0].Domains.AsEnumerable());
        Assert.Equal("192.0.2.0/24", Assert.Single(routes[0].Subnets).ToString());
        Assert.Equal("192.0.2.53:53", Assert.Single(routes[0].Upstreams).ToString());
        Assert.Equal("eth1", routes[0].Source);
        Assert.Equal("kept.example", Assert.Single(routes[1].Domains));
        Assert.Empty(routes[1].Upstreams);
        Assert.Equal("2001:db8::1", routes[1].Source);
    }

    [Theory]
    [InlineData("[[dns.forward]]", "1:3: [[dns.forward]] must have domains or subnets.")]
    [InlineData("[[dns.forward]]\ndomains = ['a*']", "2:12: each of dns.forward.domains must be a DNS name, which stands for all names below it, too, such as corp.example, not \"a*\".")]
    [InlineData("[[dns.forward]]\ndomains = ['a']\ndomains = ['b']", "3:1: dns.forward.domains is given twice; line 2 has it already.")]
    [InlineData("[[dns.forward]]\ndomain = ['a']", "2:1: dns.forward.domain is not a key; the nearest is dns.forward.domains.")]
    [InlineData("[[dns.forward]]\nsubnets = ['192.0.2.1/24']", "2:12: each of dns.forward.subnets must be a network without host bits, such as 192.0.2.0/24, not \"192.0.2.1/24\".")]
    [InlineData("[[dns.forward]]\ndomains = ['a']\nsource = 'eth 0'", "3:10: dns.forward.source must be an interface or an address of this host, not \"eth 0\".")]
    [InlineData("[dns.forward]\ndomains = ['a']", "1:2: [dns.forward] must be written [[dns.forward]].")]
    [InlineData("[dns]\nforward = [{domains = ['a']}]", "2:1: dns.forward must be written as a table of its own, [[dns.forward]].")]
    [InlineData("dns.forward.domains = ['a']", "1:1: dns.forward must be written as a table of its own, [[dns.forward]].")]
    [InlineData("[[dns]]\nport = 1", "1:3: [[dns]] must be written [dns].")]
    public void A_dns_forward_that_is_wrong_is_refused_where_it_stands(string toml, string error) => Refuse(toml, error);

    [Fact]
    public void Bridges_are_taken_in_the_order_of_the_file()
    {
        var bridges = Accept("""
            [[bridge]]
            name = 'xenbr0'
            [[bridge]]
            name = 'lab'
            prefix = '172.16.0.0/12'
            zone = 'Lab.'
            """).Bridges;

        Assert.Equal(["xenbr0 10.0.0.0/8 ", "lab 172.16.0.0/12 lab"],
            bridges.Select(bridge => $"{bridge.Name} {bridge.Prefix} {bridge.Zone}"));
    }

    [Fact]
    public void A_bridge_that_is_at_odds_with_the_rest_is_refused_at_its_place()
    {
        Refuse("[[bridge]]\nname = 'a'\nname = 'b'", "3:1: bridge.name is given twice; line 2 has it already.");
        Refuse("[[bridge]]", "1:3: [[bridge]] must have a name.");
        Refuse("[[bridge]]\nname = 'xenbr*'", "1:3: [[bridge]] must have a name.",
            "2:8: bridge.name must be the name of an interface, such as eth0, not \"xenbr*\".");
        Refuse("[[bridge]]\nname = 'a'\n[[bridge]]\nname = 'a'", "3:3: the bridge a is given twice.");
        Refuse("[[bridge]]\nname = 'vif-lan'",
            "1:3: network.vifs: 'vif*' also means the bridge vif-lan: its packets would be dropped as a guest's.");
        Refuse("[[bridge]]\nname = 'a'\nprefix = '10.1.0.0/16'",
            "1:3: the prefix 10.1.0.0/16 of bridge a meets network.prefix 10.0.0.0/8: "
            + "let them be the same or have nothing in common.");
        Refuse("[[bridge]]\nname = 'a'\n[network]\nprefix = '10.0.0.0/9'",
            "1:3: the prefix 10.0.0.0/8 of bridge a meets network.prefix 10.0.0.0/9: "
            + "let them be the same or have nothing in common.");
        Refuse("[[bridge]]\nname = 'a'\nprefix = '172.16.0.0/12'\n[[bridge]]\nname = 'b'\nprefix = '172.20.0.0/16'",
            "4:3: the prefix 172.20.0.0/16 of bridge b meets 172.16.0.0/12 of bridge a: "
            + "let them be the same or have nothing in common.");
        Refuse("[[bridge]]\nname = 'a'\nzone = 'lab.testbed'",
            "1:3: the zone lab.testbed of bridge a and the zone testbed lie one within the other.");
        Refuse("[[bridge]]\nname = 'a'\nzone = 'lab'\n[zone]\nname = 'x.lab'",
            "1:3: the zone lab of bridge a and the zone x.lab lie one within the other.");
        Refuse("[bridge]\nname = 'xenbr0'", "1:2: [bridge] must be written [[bridge]].");
        Refuse("bridge = [{name = 'xenbr0'}]", "1:1: bridge must be written as a table of its own, [[bridge]].");
    }
}
