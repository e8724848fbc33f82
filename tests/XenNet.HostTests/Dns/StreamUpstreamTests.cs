using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

/// <summary>Upstreams over TCP, over IPv6, and where questions to them leave from.</summary>
public sealed class StreamUpstreamTests
{
    [Fact]
    public async Task Replies_over_tcp_that_come_in_another_order_than_the_queries_find_their_clients()
    {
        await using var upstream = new ScriptedUpstream(
            "127.0.0.3", query => [ScriptedUpstream.Reply(query, truncated: true)], ReplyByName, inPairs: true);
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);

        await AssertPairIsToldApartAsync(dns);

        Assert.Single(upstream.AskedOverTcp.Select(asked => asked.From.Port).Distinct());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upstream_with_an_ipv6_address_is_asked_over_udp_and_tcp(bool truncated)
    {
        await using var upstream = new ScriptedUpstream(
            "::1", query => [ScriptedUpstream.Reply(query, truncated: truncated)], query => ScriptedUpstream.Reply(query));
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { Upstreams = [upstream.Server] });
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(await asker.AskAsync("www.example.org")));

        Assert.Equal(truncated ? 1 : 0, upstream.AskedOverTcp.Count);
        Assert.Equal($"[::1]:{upstream.Server.Endpoint.Port}", dns.Server.Status().Upstreams[0].Server.ToString());
    }

    [Theory]
    [InlineData("127.0.0.3", "127.0.0.9")]
    [InlineData("::1", "::1")]
    public async Task Questions_of_a_route_with_a_source_address_leave_from_it_over_udp_and_tcp(string address, string source)
    {
        await using var upstream = new ScriptedUpstream(
            address, query => [ScriptedUpstream.Reply(query, truncated: true)], query => ScriptedUpstream.Reply(query));
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with
        {
            Forwards = [new ForwardRoute(["example.org"], [], [upstream.Server], source)],
        });
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(await asker.AskAsync("www.example.org")));

        Assert.Equal(source, Assert.Single(upstream.Asked).From.Address.ToString());
        Assert.Equal(source, Assert.Single(upstream.AskedOverTcp).From.Address.ToString());
    }

    [Fact]
    public async Task A_route_whose_source_address_is_not_here_is_unreachable_and_the_others_are_asked()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query)]);
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint], o => o with
        {
            Forwards = [new ForwardRoute(["example.org"], [], [upstream.Server], "192.0.2.77")],
        });
        using var asker = dns.Asker();

        var reply = await asker.AskAsync("www.example.org");

        Assert.Equal(DnsRcode.ServerFailure, new DnsWalk(reply).Header.Flags.Rcode);
        Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(await asker.AskAsync("www.example.net")));
        Assert.Single(upstream.Asked);
    }

    /// <summary>A reply that tells by its address which name was asked: 192.0.2.97 for <c>a…</c>.</summary>
    internal static byte[] ReplyByName(byte[] query) => ScriptedUpstream.Reply(query, last: (byte)(query[13] | 0x20));

    /// <summary>Asks for two names at once of an upstream that answers in pairs with <see cref="ReplyByName"/>.</summary>
    internal static async Task AssertPairIsToldApartAsync(DnsOnLoopback dns)
    {
        using DnsAsker first = dns.Asker(), second = dns.Asker();

        var replies = await Task.WhenAll(first.AskAsync("a.example.org"), second.AskAsync("b.example.org"));

        Assert.Equal(["192.0.2.97", "192.0.2.98"], replies.Select(DnsForwardingTests.AddressOf));
    }
}
