using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class ResolverFileTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("nameserver 192.0.2.1\n", "192.0.2.1")]
    [InlineData("nameserver 192.0.2.1\nnameserver 192.0.2.2", "192.0.2.1 192.0.2.2")]
    [InlineData("nameserver\t 192.0.2.1 \t# the first\r\n", "192.0.2.1")]
    [InlineData("nameserver 192.0.2.1\nnameserver 192.0.2.1\n", "192.0.2.1")]
    [InlineData("# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n", "")]
    [InlineData(" nameserver 192.0.2.1\n", "")]
    [InlineData("nameserver2 192.0.2.1\nnameserver\n", "")]
    [InlineData("nameserver 2001:db8::1\nnameserver fe80::1%eth0\nnameserver 192.0.2.1\n", "2001:db8::1 192.0.2.1")]
    [InlineData("nameserver 192.0.2.256\nnameserver 192.0.2\nnameserver 0.0.0.0\n", "")]
    [InlineData("search example.org\noptions edns0 trust-ad\nnameserver 127.0.0.53\n", "127.0.0.53")]
    public void Name_servers_are_taken_in_order_and_all_else_is_passed_over(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', ResolverFile.Parse(text).Select(Text)));

    private static string Text(IpEndpoint server) => server.IsIpv4 ? $"{server.Ipv4}" : $"{server.Ipv6}";

    [Fact]
    public void The_eighth_is_the_last()
    {
        var text = string.Join('\n', Enumerable.Range(1, 9).Select(i => $"nameserver 192.0.2.{i}"));

        var servers = ResolverFile.Parse(text);

        Assert.Equal(ResolverFile.ServersMost, servers.Length);
        Assert.Equal("192.0.2.8:53", servers[^1].ToString());
    }

    [Theory]
    [InlineData("127.0.0.52", false)]
    [InlineData("127.0.0.53", true)]
    [InlineData("127.0.0.54", true)]
    [InlineData("127.0.0.55", false)]
    public void Resolveds_stubs_are_known(string address, bool expected)
    {
        Assert.True(Ipv4Address.TryParse(address, out var parsed));

        Assert.Equal(expected, ResolverFile.IsResolvedStub(parsed));
    }
}
