using System.Collections.Concurrent;
using System.Diagnostics;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

public sealed class UpstreamOutageTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(4500);

    [Theory]
    [InlineData(UpstreamOrder.Fastest)]
    [InlineData(UpstreamOrder.Strict)]
    [InlineData(UpstreamOrder.Race)]
    public async Task A_silent_upstream_one_of_two_is_left_alone_once_it_is_known_to_be_and_found_when_it_is_back(
        UpstreamOrder order)
    {
        var first = new Switch();
        await using var dying = new ScriptedUpstream("127.0.0.3", first.Reply);
        await using var sound = new ScriptedUpstream("127.0.0.4", query => [ScriptedUpstream.Reply(query, last: 4)]);
        await using var dns = await DnsOnLoopback.StartAsync(
            [dying.Endpoint, sound.Endpoint], o => o with { UpstreamOrder = order });
        var told = new ConcurrentQueue<(UpstreamServer, UpstreamState, string?)>();
        dns.Server.UpstreamChanged = (server, state, why) => told.Enqueue((server, state, why));
        using var asker = dns.Asker();
        await asker.AskAsync("before.example.org");

        first.IsSilent = true;
        for (var i = 0; dns.Server.Status().Upstreams[0].State != UpstreamState.Down; i++)
            Assert.Equal(DnsRcode.NoError, RcodeOf(await asker.AskAsync($"dying{i}.example.org")));

        var asked = dying.Asked.Count;
        for (var i = 0; i < 100; i++)
            Assert.Equal("192.0.2.4", DnsForwardingTests.AddressOf(await asker.AskAsync($"dead{i}.example.org")));

        // Only now and then one goes there to see whether it is back: after 250 ms, 500 ms, 1 s, ...
        Assert.InRange(dying.Asked.Count - asked, 0, 10);

        first.IsSilent = false;
        // Counted when it has been told.
        for (var i = 0; dns.Server.Status().Upstreams[0].Changes < 2; i++)
            Assert.Equal(DnsRcode.NoError, RcodeOf(await asker.AskAsync($"back{i}.example.org")));

        Assert.Equal(UpstreamState.Up, dns.Server.Status().Upstreams[0].State);
        Assert.Equal(
            [(dying.Server, UpstreamState.Down, "does not answer"), (dying.Server, UpstreamState.Up, null)], told);
        Assert.Equal([2L, 0L], dns.Server.Status().Upstreams.Select(upstream => upstream.Changes));
    }

    [Fact]
    public async Task When_all_are_dead_clients_get_servfail_our_own_names_are_answered_and_the_first_query_finds_them_back()
    {
        Switch first = new() { IsSilent = true }, second = new() { IsSilent = true };
        await using var one = new ScriptedUpstream("127.0.0.3", first.Reply);
        await using var two = new ScriptedUpstream("127.0.0.4", second.Reply);
        await using var dns = await DnsOnLoopback.StartAsync(
            [one.Endpoint, two.Endpoint], o => o with { UpstreamDeadline = TimeSpan.FromMilliseconds(1500) });
        using var waiting = dns.Asker();
        using var asker = dns.Asker();

        for (var i = 0; dns.Server.Status().Upstreams.Any(upstream => upstream.Trusted); i++)
        {
            var outside = waiting.AskAsync($"dead{i}.example.org");
            Assert.Equal("10.0.1.1", DnsForwardingTests.AddressOf(await asker.AskAsync("ce.testbed")));
            Assert.Equal(DnsRcode.ServerFailure, RcodeOf(await outside));
        }

        second.IsSilent = false;
        Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(await asker.AskAsync("back.example.org")));
        Assert.Equal(UpstreamState.Up, dns.Server.Status().Upstreams[1].State);
    }

    [Fact]
    public async Task When_all_are_dead_an_expired_answer_is_given_before_the_deadline_and_then_at_once()
    {
        var upstream = new Switch { Ttl = 1 };
        await using var server = new ScriptedUpstream("127.0.0.3", upstream.Reply);
        await using var dns = await DnsOnLoopback.StartAsync([server.Endpoint]);
        using var asker = dns.Asker();
        await asker.AskAsync("www.example.org");
        upstream.IsSilent = true;

        var watch = new Stopwatch();
        byte[] reply;
        do
        {
            watch.Restart();
            reply = await asker.AskAsync("www.example.org");
        }
        while (TtlOf(reply) <= 1);

        Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(reply));
        Assert.Equal(30u, TtlOf(reply));
        Assert.True(watch.Elapsed < Deadline, $"It took {watch.Elapsed}.");

        // Now that it is known that nobody answers, nobody waits for it again.
        var asked = server.Asked.Count;
        for (var i = 0; i < 20; i++)
            Assert.Equal(30u, TtlOf(await asker.AskAsync("www.example.org")));

        Assert.InRange(server.Asked.Count - asked, 0, 5);
        upstream.IsSilent = false;
        while (TtlOf(await asker.AskAsync("www.example.org")) != 1)
            await Task.Yield();
    }

    [Fact]
    public async Task What_failed_is_not_asked_again_at_once()
    {
        await using var failing = new ScriptedUpstream(
            "127.0.0.3", query => [ScriptedUpstream.Reply(query, rcode: DnsRcode.ServerFailure)]);
        await using var dns = await DnsOnLoopback.StartAsync([failing.Endpoint]);
        using var asker = dns.Asker();
        var watch = Stopwatch.StartNew();

        var asked = 0;
        for (; watch.ElapsedMilliseconds < FailureMemory.RetryMilliseconds * 2; asked++)
            Assert.Equal(DnsRcode.ServerFailure, RcodeOf(await asker.AskAsync("broken.example.org")));

        Assert.InRange(failing.Asked.Count, 1, 1 + (int)(watch.ElapsedMilliseconds / FailureMemory.RetryMilliseconds));
        Assert.True(asked > failing.Asked.Count);
    }

    [Fact]
    public async Task Two_servers_that_forward_to_each_other_find_out_and_stop()
    {
        var (onePort, twoPort) = (DnsOnLoopback.FreePort(), DnsOnLoopback.FreePort());
        await using var two = await DnsOnLoopback.StartAsync([new(Loopback, onePort)], o => o with { Port = twoPort });
        await using var one = await DnsOnLoopback.StartAsync([new(Loopback, twoPort)], o => o with { Port = onePort });

        // Whoever finds out first asks the other no more, which ends the loop for both.
        await one.UntilAsync(status =>
            status.Upstreams.Concat(two.Server.Status().Upstreams).Any(upstream => upstream.State == UpstreamState.Looping));

        using var asker = one.Asker();
        Assert.Equal(DnsRcode.ServerFailure, RcodeOf(await asker.AskAsync("www.example.org")));
    }

    [Fact]
    public async Task A_domain_with_upstreams_of_its_own_is_asked_of_them_alone()
    {
        await using var general = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query)]);
        await using var corporate = new ScriptedUpstream("127.0.0.4", query => [Private(ScriptedUpstream.Reply(query))]);
        await using var dns = await DnsOnLoopback.StartAsync([general.Endpoint], o => o with
        {
            Forwards = [new ForwardRoute(["corp.example"], [], [corporate.Endpoint], "")],
        });
        using var asker = dns.Asker();

        var inside = await asker.AskAsync("www.corp.example");
        var outside = await asker.AskAsync("www.xcorp.example");

        // A private address is believed of a server that was named for the inside.
        Assert.Equal("192.168.2.7", DnsForwardingTests.AddressOf(inside));
        Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(outside));
        Assert.Single(general.Asked);
        Assert.Single(corporate.Asked);
    }

    private static XenNet.Wire.Ipv4Address Loopback => XenNet.Wire.Ipv4Address.Loopback;

    private static byte[] Private(byte[] reply) => [.. reply[..^3], 168, .. reply[^2..]];

    private static DnsRcode RcodeOf(byte[] reply) => new DnsWalk(reply).Header.Flags.Rcode;

    private static uint TtlOf(byte[] reply)
    {
        var walk = new DnsWalk(reply);
        Assert.True(walk.TryNextRecord(out var record));
        return record.Ttl;
    }

    // An upstream that can be silenced and woken.
    private sealed class Switch
    {
        private volatile bool _isSilent;

        public bool IsSilent { get => _isSilent; set => _isSilent = value; }

        public byte Ttl { get; init; } = 200;

        public IEnumerable<byte[]> Reply(byte[] query)
        {
            if (IsSilent)
                return [];

            var reply = ScriptedUpstream.Reply(query);
            reply[^8] = 0;
            reply[^7] = Ttl;
            return [reply];
        }
    }
}
