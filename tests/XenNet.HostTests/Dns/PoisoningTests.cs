using System.Net;
using System.Security.Cryptography;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

/// <summary>The classes of cache poisoning that dnsmasq had CVEs for, each against a guard of ours.</summary>
public sealed class PoisoningTests
{
    private const int Buckets = 64;

    // Chi-square with 63 degrees of freedom exceeds 180 by chance once in 10^12 runs.
    private const double ChiSquareMost = 180;

    [Fact]
    public async Task Fixed_ports_and_weak_ids_2000_queries_leave_from_uniform_ports_under_uniform_ids()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query)]);
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);
        using var asker = dns.Asker();

        for (var i = 0; i < 2000; i++)
            await asker.AskAsync($"www{i}.example.org");

        var asked = upstream.Asked.ToArray();
        Assert.Equal(2000, asked.Length);
        AssertUniform(asked.Select(a => (a.Query[0] << 8 | a.Query[1]) * Buckets / 65536));
        AssertUniform(asked.Select(a => (a.From.Port - 1024) * Buckets / (65536 - 1024)));
        Assert.All(asked, a => Assert.InRange(a.From.Port, 1024, 65535));
        var letters = asked.SelectMany(a => a.Query[13..16]).ToArray();
        Assert.InRange(letters.Count(letter => letter == 'W'), 2500, 3500);
    }

    [Fact]
    public async Task Off_path_forgery_of_100000_replies_none_is_accepted()
    {
        const int Queries = 200, Forgeries = 500;
        ScriptedUpstream? upstream = null;
        upstream = new ScriptedUpstream("127.0.0.3",
            query => Forge(query, Forgeries, upstream!.Asked.Last().From, upstream),
            query => ScriptedUpstream.Reply(query));
        await using var cleanUp = upstream;
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);

        for (var i = 0; i < Queries; i++)
        {
            using var asker = dns.Asker();
            Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(await asker.AskAsync($"www{i}.example.org")));
        }

        Assert.Equal(Queries, upstream.AskedOverTcp.Count);
        Assert.True(dns.Server.Status().Upstreams[0].Mismatched >= Queries * 4);
    }

    [Fact]
    public async Task Duplicate_queries_in_flight_are_one_for_the_upstream()
    {
        var release = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream("127.0.0.3", query =>
        {
            release.Task.Wait();
            return [ScriptedUpstream.Reply(query)];
        });
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);
        var askers = Enumerable.Range(0, 50).Select(_ => dns.Asker()).ToArray();

        var replies = askers.Select((asker, i) =>
            asker.AskAsync(DnsAsker.Query("www.example.org", id: (ushort)i))).ToArray();
        await dns.UntilAsync(status => status.PendingForwards == 50);
        release.SetResult();

        foreach (var (reply, i) in (await Task.WhenAll(replies)).Select((reply, i) => (reply, i)))
        {
            Assert.Equal(i, reply[0] << 8 | reply[1]);
            Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(reply));
        }

        // The one query may have been repeated while it waited, through the same socket under the same ID.
        Assert.Single(upstream.Asked.Select(a => (a.From.Port, a.Query[0], a.Query[1])).Distinct());
        foreach (var asker in askers)
            asker.Dispose();
    }

    [Fact]
    public async Task A_server_that_folds_letters_is_asked_over_tcp_and_after_three_times_in_lower_case()
    {
        await using var upstream = new ScriptedUpstream(
            "127.0.0.3", query => [ScriptedUpstream.Reply(Lower(query))], query => ScriptedUpstream.Reply(Lower(query)));
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);
        using var asker = dns.Asker();

        // Names whose 40 letters are not all lower case by chance but once in 10^12.
        for (var i = 0; i < 6; i++)
        {
            var reply = await asker.AskAsync($"{new string('a', 30)}{i}.thirtymore.example.org");
            Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(reply));
        }

        Assert.Equal(3, upstream.AskedOverTcp.Count);
        Assert.All(upstream.Asked.Skip(3), a => Assert.Equal(Lower(a.Query), a.Query));
    }

    [Fact]
    public async Task Client_subnet_and_cookies_of_a_client_do_not_reach_the_upstream()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query)]);
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);
        using var asker = dns.Asker();
        byte[] options = [0, 8, 0, 7, 0, 1, 24, 0, 10, 0, 1, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
        var query = DnsAsker.Query("www.example.org");
        query[^1] = (byte)options.Length;

        await asker.AskAsync([.. query, .. options]);

        // On a slow machine it may have been repeated, the same.
        var asked = Assert.Single(upstream.Asked.DistinctBy(a => Convert.ToHexString(a.Query))).Query;
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(asked, out var sent));
        Assert.True(sent.Edns.Options.IsEmpty);
        Assert.Equal(1232, sent.Edns.AnnouncedOctets);
    }

    // Half of them from the upstream's own address and port, as if the forger guessed those; none has both ID and letters.
    private static IEnumerable<byte[]> Forge(byte[] query, int count, IPEndPoint asker, ScriptedUpstream upstream)
    {
        for (var i = 0; i < count; i++)
        {
            var forged = ScriptedUpstream.Reply(query, last: 66);
            var off = RandomNumberGenerator.GetInt32(1, 65536);
            forged[0] ^= (byte)(off >> 8);
            forged[1] ^= (byte)off;
            if (i % 2 == 0)
                yield return forged;
            else
                upstream.SendFromElsewhere(forged, asker);
        }
    }

    private static byte[] Lower(byte[] query)
    {
        var lower = query.ToArray();
        DnsNameText.ToLower(lower.AsSpan(12, lower.AsSpan(12).IndexOf((byte)0)));
        return lower;
    }

    private static void AssertUniform(IEnumerable<int> buckets)
    {
        var counts = new int[Buckets];
        var all = 0;
        foreach (var bucket in buckets)
        {
            counts[bucket]++;
            all++;
        }

        var expected = (double)all / Buckets;
        var chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.True(chiSquare < ChiSquareMost, $"Chi-square {chiSquare}: {string.Join(' ', counts)}");
    }
}
