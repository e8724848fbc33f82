using System.Diagnostics;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Dns.Forwarding;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

public sealed class DnsForwardingTests
{
    [Fact]
    public async Task An_upstreams_answer_reaches_the_client_under_its_id_with_its_letters()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query)]);
        await using var dns = await StartAsync(upstream);
        using var asker = dns.Asker();
        var query = DnsAsker.Query("wWw.exAmple.org", id: 0x0102);

        var reply = await asker.AskAsync(query);

        Assert.Equal([1, 2], reply[..2]);
        Assert.Equal(query[12..33], reply[12..33]);
        Assert.Equal("192.0.2.7", AddressOf(reply));
        Assert.True(new DnsWalk(reply).Header.Flags.RecursionAvailable);
        Assert.False(new DnsWalk(reply).Header.Flags.Authoritative);
    }

    [Fact]
    public async Task Ids_and_ports_are_new_for_each_query()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query)]);
        await using var dns = await StartAsync(upstream);
        using var asker = dns.Asker();

        for (var i = 0; i < 32; i++)
        {
            await asker.AskAsync($"www{i}.example.org");
        }

        // Of 65,536 ids and 64,512 ports 32 draws agree twice now and then, nine times never.
        Assert.True(upstream.Asked.Select(a => a.Query[0] << 8 | a.Query[1]).Distinct().Count() > 24);
        Assert.True(upstream.Asked.Select(a => a.From.Port).Distinct().Count() > 24);
    }

    [Fact]
    public async Task Queries_leave_from_the_ports_that_are_named_alone_and_over_tcp_while_those_are_in_use()
    {
        await using var upstream = new ScriptedUpstream(
            "127.0.0.3", ScriptedUpstream.Silence, query => ScriptedUpstream.Reply(query, last: 9));
        var port = DnsOnLoopback.FreePort();
        Assert.True(PortRange.TryParse($"{port}", out var ports));
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint], o => o with { SourcePorts = ports });
        using var asker = dns.Asker();
        using var other = dns.Asker();

        var first = asker.AskAsync("one.example.org");
        await dns.UntilAsync(_ => upstream.Asked.Any(asked => !ScriptedUpstream.IsLoopProbe(asked.Query)));
        Assert.Equal("192.0.2.9", AddressOf(await other.AskAsync("two.example.org")));
        upstream.Answer(upstream.Asked.First(asked => !ScriptedUpstream.IsLoopProbe(asked.Query)), last: 1);

        Assert.Equal("192.0.2.1", AddressOf(await first));
        Assert.All(upstream.Asked, asked => Assert.Equal(port, asked.From.Port));
    }

    [Fact]
    public async Task A_silent_upstream_is_passed_over_and_then_asked_last()
    {
        await using var silent = new ScriptedUpstream("127.0.0.3", ScriptedUpstream.Silence);
        await using var sound = new ScriptedUpstream("127.0.0.4", query => [ScriptedUpstream.Reply(query, last: 4)]);
        await using var dns = await StartAsync(silent, sound);
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.4", AddressOf(await asker.AskAsync("one.example.org")));
        Assert.Equal("192.0.2.4", AddressOf(await asker.AskAsync("two.example.org")));

        Assert.Single(silent.Asked);
        Assert.Equal(2, sound.Asked.Count);

        // That it was silent shows once its time is over.
        await dns.UntilAsync(status => status.Upstreams[0].Silences == 1);
        await asker.AskAsync("three.example.org");
        await dns.UntilAsync(status => !status.Upstreams[0].Trusted);
        Assert.Equal([false, true], dns.Server.Status().Upstreams.Select(u => u.Trusted));
    }

    [Theory]
    [InlineData(DnsRcode.ServerFailure)]
    [InlineData(DnsRcode.Refused)]
    [InlineData(DnsRcode.NotImplemented)]
    [InlineData(DnsRcode.FormatError)]
    public async Task An_upstream_that_cannot_or_will_not_is_passed_over_at_once(DnsRcode rcode)
    {
        await using var failing = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query, rcode: rcode)]);
        await using var sound = new ScriptedUpstream("127.0.0.4", query => [ScriptedUpstream.Reply(query, last: 4)]);
        await using var dns = await StartAsync(failing, sound);
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.4", AddressOf(await asker.AskAsync("www.example.org")));
    }

    [Theory]
    [InlineData(DnsRcode.FormatError)]
    [InlineData(DnsRcode.ServerFailure)]
    [InlineData(DnsRcode.Refused)]
    public async Task An_error_over_tcp_that_comes_without_the_question_is_passed_over(DnsRcode rcode)
    {
        await using var failing = new ScriptedUpstream(
            "127.0.0.3",
            query => [ScriptedUpstream.Reply(query, truncated: true)],
            query => [query[0], query[1], 0x81, (byte)(0x80 | (int)rcode), 0, 0, 0, 0, 0, 0, 0, 0]);
        await using var sound = new ScriptedUpstream("127.0.0.4", query => [ScriptedUpstream.Reply(query, last: 4)]);
        await using var dns = await DnsOnLoopback.StartAsync(
            [failing.Endpoint, sound.Endpoint], o => o with { UpstreamOrder = UpstreamOrder.Strict });
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.4", AddressOf(await asker.AskAsync("www.example.org")));
        Assert.NotEmpty(failing.AskedOverTcp);
    }

    // A server of some zones that was taken for a resolver.
    [Fact]
    public async Task An_upstream_that_only_says_whom_else_to_ask_is_passed_over_at_once_and_then_asked_last()
    {
        await using var referring = new ScriptedUpstream("127.0.0.3", query => [Referral(query)]);
        await using var sound = new ScriptedUpstream("127.0.0.4", query => [ScriptedUpstream.Reply(query, last: 4)]);
        await using var dns = await DnsOnLoopback.StartAsync(
            [referring.Endpoint, sound.Endpoint], o => o with { UpstreamOrder = UpstreamOrder.Strict });
        using var asker = dns.Asker();

        // A reply that comes after the other's, on a busy host, is no sign; two that come before it are.
        for (var asked = 0; dns.Server.Status().Upstreams[0].Trusted; asked++)
        {
            Assert.True(asked < 20, "It was not asked last.");
            Assert.Equal("192.0.2.4", AddressOf(await asker.AskAsync($"www{asked}.example.org")));
        }

        await using var alone = await StartAsync(referring);
        using var other = alone.Asker();
        Assert.Equal(DnsRcode.ServerFailure, new DnsWalk(await other.AskAsync("www.example.org")).Header.Flags.Rcode);
    }

    [Fact]
    public async Task An_upstream_that_is_not_there_is_passed_over_at_once()
    {
        await using var sound = new ScriptedUpstream("127.0.0.4", query => [ScriptedUpstream.Reply(query, last: 4)]);
        var nobody = new Ipv4Endpoint(Ipv4Address.Loopback, DnsOnLoopback.FreePort());
        await using var dns = await DnsOnLoopback.StartAsync([nobody, sound.Endpoint]);
        using var asker = dns.Asker();
        var watch = Stopwatch.StartNew();

        Assert.Equal("192.0.2.4", AddressOf(await asker.AskAsync("www.example.org")));

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"It took {watch.Elapsed}.");
    }

    [Fact]
    public async Task A_truncated_reply_is_fetched_over_tcp()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3",
            query => [ScriptedUpstream.Reply(query, truncated: true)],
            query => ScriptedUpstream.Reply(query, last: 9, addresses: 1000));
        await using var dns = await StartAsync(upstream);
        using var asker = dns.Asker();

        var overTcp = await asker.AskOverTcpAsync("www.example.org");
        var overUdp = await asker.AskAsync("www2.example.org");

        Assert.Equal("192.0.2.9", AddressOf(overTcp));
        Assert.Equal(1000, new DnsWalk(overTcp).Header.Answers);
        Assert.True(new DnsWalk(overUdp).Header.Flags.Truncated);
        Assert.Equal(2, upstream.AskedOverTcp.Count);
    }

    [Fact]
    public async Task A_server_from_before_edns_is_asked_again_without_opt()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(
            query, rcode: query[11] > 0 ? DnsRcode.FormatError : DnsRcode.NoError)]);
        await using var dns = await StartAsync(upstream);
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.7", AddressOf(await asker.AskAsync("www.example.org")));
        Assert.Equal([1, 0], upstream.Asked.Select(a => (int)a.Query[11]));
    }

    [Fact]
    public async Task When_nobody_answers_the_client_gets_servfail_with_its_question()
    {
        await using var silent = new ScriptedUpstream("127.0.0.3", ScriptedUpstream.Silence);
        await using var failing = new ScriptedUpstream(
            "127.0.0.4", query => [ScriptedUpstream.Reply(query, rcode: DnsRcode.ServerFailure)]);
        await using var dns = await StartAsync(silent, failing);
        using var asker = dns.Asker();
        var query = DnsAsker.Query("www.example.org");

        var reply = await asker.AskAsync(query);

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply, out var read));
        Assert.Equal(DnsRcode.ServerFailure, read.Header.Flags.Rcode);
        Assert.Equal(query[12..33], read.Question.Octets.ToArray());
        Assert.Equal(3, silent.Asked.Count);
        Assert.Single(failing.Asked);
    }

    [Theory]
    [InlineData(0)] // ID, high octet
    [InlineData(1)] // ID, low octet
    [InlineData(14)] // a letter of the question
    public async Task Forged_replies_are_ignored_and_the_true_one_is_taken(int octet)
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query =>
        {
            var forged = ScriptedUpstream.Reply(query, last: 66);
            forged[octet] ^= 1;
            return [forged, forged, ScriptedUpstream.Reply(query)];
        });
        await using var dns = await StartAsync(upstream);
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.7", AddressOf(await asker.AskAsync("www.example.org")));
        Assert.Equal(2, dns.Server.Status().Upstreams[0].Mismatched);
    }

    [Fact]
    public async Task A_perfect_forgery_from_another_port_never_arrives()
    {
        ScriptedUpstream? upstream = null;
        upstream = new ScriptedUpstream("127.0.0.3", query =>
        {
            upstream!.SendFromElsewhere(ScriptedUpstream.Reply(query, last: 66), upstream.Asked.Last().From);
            return [ScriptedUpstream.Reply(query)];
        });
        await using var cleanUp = upstream;
        await using var dns = await StartAsync(upstream);
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.7", AddressOf(await asker.AskAsync("www.example.org")));
        Assert.Equal(0, dns.Server.Status().Upstreams[0].Mismatched);
    }

    [Fact]
    public async Task Under_a_shower_of_forgeries_the_query_goes_to_tcp()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3",
            query =>
            {
                var forged = ScriptedUpstream.Reply(query, last: 66);
                forged[1]++;
                return Enumerable.Repeat(forged, Attempt.MismatchesMax);
            },
            query => ScriptedUpstream.Reply(query, last: 8));
        await using var dns = await StartAsync(upstream);
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.8", AddressOf(await asker.AskAsync("www.example.org")));
        Assert.Single(upstream.AskedOverTcp);
    }

    [Fact]
    public async Task A_client_with_its_share_waiting_gets_servfail_at_once_and_others_are_served()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3",
            query => (query[13] | 0x20) == 's' ? [] : [ScriptedUpstream.Reply(query)]);
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint], o => o with
        {
            ForwardsPerClientMax = 2,
            UpstreamDeadline = TimeSpan.FromSeconds(1),
        });
        using var greedy = dns.Asker();
        var first = greedy.AskAsync(DnsAsker.Query("silent.example.org"));
        using var greedyToo = dns.Asker();
        var second = greedyToo.AskAsync(DnsAsker.Query("silent.example.org"));
        using var third = dns.Asker();
        while (dns.Server.Status().PendingForwards < 2)
            await Task.Yield();

        var refused = await third.AskAsync("silent.example.org");
        using var other = new DnsAskerFrom("127.0.0.77", dns.Port);

        Assert.Equal(DnsRcode.ServerFailure, new DnsWalk(refused).Header.Flags.Rcode);
        Assert.False(first.IsCompleted);
        Assert.Equal("192.0.2.7", AddressOf(await other.AskAsync(DnsAsker.Query("www.example.org"))));
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task Our_own_names_never_leave()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query)]);
        await using var dns = await StartAsync(upstream);
        using var asker = dns.Asker();

        foreach (var name in (string[])["ce.testbed", "ce", "nobody.testbed", "nobody", "1.1.0.10.in-addr.arpa"])
            await asker.AskAsync(name);

        Assert.Empty(upstream.Asked);
    }

    private static byte[] Referral(byte[] query)
    {
        byte[] server = [0, 0, 2, 0, 1, 0, 0, 1, 44, 0, 2, 0xc0, 12]; // the root has a server of the name asked
        var reply = ScriptedUpstream.Reply(query, addresses: 0);
        reply[9] = 1;
        return [.. reply, .. server];
    }

    internal static string AddressOf(byte[] reply)
    {
        var walk = new DnsWalk(reply);
        Assert.True(walk.TryNextRecord(out var record), $"no record, RCODE {walk.Header.Flags.Rcode}");
        return Ipv4Address.Read(record.Data).ToString();
    }

    private static Task<DnsOnLoopback> StartAsync(params ScriptedUpstream[] upstreams) =>
        DnsOnLoopback.StartAsync(
            upstreams.Select(u => u.Endpoint), o => o with { UpstreamDeadline = TimeSpan.FromMilliseconds(1800) });
}
