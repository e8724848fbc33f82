using XenNet.Core.Configuration;

namespace XenNet.Tests.Dhcp;

/// <summary>What a <c>[[dhcp.pool]]</c> may say.</summary>
public sealed class PoolConfigurationTests
{
    [Theory]
    [InlineData("", "f.toml:1:3: [[dhcp.pool]] must have an interface, an address and a range, hosts or hosts-files.")]
    [InlineData("address = \"192.168.7.0/24\"", "f.toml:2:11: dhcp.pool.address must be an address that a host can have, not \"192.168.7.0/24\".")]
    [InlineData("address = \"192.168.7.1\"",
        "f.toml:2:11: dhcp.pool.address must be an address and a length of 8 to 30, such as 192.168.7.1/24, not \"192.168.7.1\".")]
    [InlineData("range = \"192.168.7.9-192.168.7.8\"",
        "f.toml:2:9: dhcp.pool.range must be a first and a last address, such as 192.168.7.50-192.168.7.250, not \"192.168.7.9-192.168.7.8\".")]
    [InlineData("range = \"192.168.0.0-192.168.16.0\"", "f.toml:2:9: dhcp.pool.range must be at most 4096 addresses, not \"192.168.0.0-192.168.16.0\".")]
    [InlineData("interface = \"vif9.0\"\naddress = \"192.168.7.1/24\"\nrange = \"192.168.7.2-192.168.7.9\"",
        "f.toml:1:3: network.vifs: 'vif*' also means vif9.0: its packets would be dropped as a guest's.")]
    [InlineData("interface = \"br\"\naddress = \"192.168.7.1/24\"\nrange = \"192.168.7.2-192.168.8.9\"",
        "f.toml:1:3: the range 192.168.7.2-192.168.8.9 must lie in 192.168.7.0/24, without its first and last address.")]
    [InlineData("interface = \"br\"\naddress = \"192.168.7.1/24\"\nrange = \"192.168.7.2-192.168.7.255\"",
        "f.toml:1:3: the range 192.168.7.2-192.168.7.255 must lie in 192.168.7.0/24, without its first and last address.")]
    [InlineData("interface = \"br\"\naddress = \"10.9.0.1/24\"\nrange = \"10.9.0.2-10.9.0.9\"",
        "f.toml:1:3: the network 10.9.0.0/24 of the pool on br meets 10.0.0.0/8 of network.prefix.")]
    [InlineData("tags = [\"red\", \"red\"]", "f.toml:2:16: dhcp.pool.tags names \"red\" twice.")]
    [InlineData("tags = [\"Red\"]",
        "f.toml:2:9: each of dhcp.pool.tags must be a name of lower-case letters, digits, - and _, and not \"and\", \"or\" or \"not\", not \"Red\".")]
    [InlineData("hosts = [\"00:16:3e:77:00:01 00:16:3e:77:00:zz 192.168.7.9\"]",
        "f.toml:2:10: each of dhcp.pool.hosts must be the hardware address of a station and its address, such as 52:54:00:12:34:56 192.168.7.10, "
        + "not \"00:16:3e:77:00:01 00:16:3e:77:00:zz 192.168.7.9\".")]
    [InlineData("interface = \"br\"\naddress = \"192.168.7.1/24\"\nhosts = [\"00:16:3e:77:00:01 192.168.7.9\", \"00:16:3e:77:00:02 192.168.7.9\"]",
        "f.toml:1:3: 192.168.7.9 of 00:16:3e:77:00:02 must be a host's address in 192.168.7.0/24, and no other's.")]
    [InlineData("interface = \"br\"\naddress = \"192.168.7.1/24\"\nhosts = [\"00:16:3e:77:00:01 192.168.7.9\", \"00:16:3e:77:00:01 192.168.7.8\"]",
        "f.toml:1:3: 00:16:3e:77:00:01 stands twice among the hosts of the pool on br.")]
    public void A_wrong_pool_is_named(string toml, string error) =>
        Assert.Equal(error, RuleScene.ErrorOf("[[dhcp.pool]]\n" + toml));

    [Theory]
    [InlineData(64, "", null)]
    [InlineData(63, "[[dhcp.tag]]\nname = \"one\"\nmac = \"*\"", null)]
    [InlineData(64, "[[dhcp.tag]]\nname = \"one\"\nmac = \"*\"", "f.toml:6:3: there must be at most 64 tags.")]
    [InlineData(63, "[[dhcp.pool]]\ninterface = \"by\"\naddress = \"192.168.8.1/24\"\nrange = \"192.168.8.2-192.168.8.9\"\ntags = [\"t0\", \"one\"]", null)]
    [InlineData(64, "[[dhcp.pool]]\ninterface = \"by\"\naddress = \"192.168.8.1/24\"\nrange = \"192.168.8.2-192.168.8.9\"\ntags = [\"t0\", \"one\"]",
        "f.toml:6:3: pools must have at most 64 tags together.")]
    public void Tags_of_pools_count_with_all_others(int ofFirst, string others, string? error)
    {
        var toml = $"""
            [[dhcp.pool]]
            interface = "br"
            address = "192.168.7.1/24"
            range = "192.168.7.2-192.168.7.9"
            tags = [{string.Join(", ", Enumerable.Range(0, ofFirst).Select(tag => $"\"t{tag}\""))}]
            {others}
            [[dhcp.option]]
            option = 3
            when = "t0"
            """;

        Assert.Equal(error, ConfigurationReader.Read(toml, "f.toml").Errors.FirstOrDefault()?.ToString());
    }

    [Fact]
    public void A_sound_pool_is_read()
    {
        var (configuration, errors) = ConfigurationReader.Read("""
            [[dhcp.pool]]
            interface  = "br-lab"
            address    = "192.168.7.1/24"
            range      = "192.168.7.50-192.168.7.99"
            lease-time = "1h"
            leases-per-port-max = 2
            arp-probe  = true
            """, "f.toml");

        Assert.Empty(errors);
        Assert.Equal(PoolResponderTests.Pool with { ArpProbe = true }, Assert.Single(configuration.Dhcp.Pools));
    }
}
