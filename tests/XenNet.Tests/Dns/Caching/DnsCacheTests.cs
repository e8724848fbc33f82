using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Caching;

/// <summary>The cache's bounds, what it drives out, and reading while it is written.</summary>
public sealed class DnsCacheTests
{
    private static readonly SipHash Key = new(1, 2);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(100)]
    public void It_never_holds_more_entries_than_it_may(int most)
    {
        var cache = new DnsCache(most, 1 << 20, Key);

        for (var i = 0; i < 500; i++)
        {
            cache.Store(Answer(i));
            Assert.True(cache.Statistics.Entries <= most);
        }

        Assert.Equal(most, cache.Statistics.Entries);
        Assert.Equal(most == 0 ? 0 : 500 - most, cache.Statistics.Evicted);
    }

    [Fact]
    public void What_is_forgotten_of_a_name_is_gone_and_the_rest_stays_and_is_no_eviction()
    {
        var cache = new DnsCache(100, 1 << 20, Key);
        for (var i = 0; i < 50; i++)
            cache.Store(Answer(i));

        // So that it has settled.
        Find(cache, 0);
        for (var i = 50; i < 110; i++)
            cache.Store(Answer(i));

        var (before, octets) = (cache.Statistics, cache.Statistics.Octets);
        var name = Answer(0).Key[..^3].ToArray();
        Assert.Single(cache.Of(name));
        Assert.Equal(1, cache.Remove(name));
        Assert.Equal(0, cache.Remove(name));

        Assert.Empty(cache.Of(name));
        Assert.Null(Find(cache, 0));
        Assert.NotNull(Find(cache, 109));
        Assert.Equal(
            before with { Entries = before.Entries - 1, Octets = octets - Answer(0).Octets }, cache.Statistics);
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(1000, 100)]
    [InlineData(40, 40)]
    [InlineData(0, 0)]
    public void Other_bounds_keep_what_fits_into_them(int most, int kept)
    {
        var cache = new DnsCache(100, 1 << 20, Key);
        for (var i = 0; i < 100; i++)
            cache.Store(Answer(i));

        cache.Resize(most, 1 << 20);

        Assert.Equal(kept, cache.Statistics.Entries);
        Assert.Equal(kept, Enumerable.Range(0, 100).Count(i => Find(cache, i) is not null));
        for (var i = 100; i < 1100; i++)
            cache.Store(Answer(i));

        Assert.Equal(most, cache.Statistics.Entries);
    }

    [Fact]
    public async Task It_is_read_while_its_bounds_change()
    {
        var cache = new DnsCache(64, 1 << 20, Key);
        for (var i = 0; i < 64; i++)
            cache.Store(Answer(i));

        using var done = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var missed = 0;
            for (var i = 0; !done.IsCancellationRequested; i = (i + 1) % 64)
                missed += Find(cache, i) is null ? 1 : 0;

            return missed;
        });
        for (var i = 0; i < 2000; i++)
            cache.Resize(i % 2 == 0 ? 256 : 64, 1 << 20);

        await done.CancelAsync();
        Assert.Equal(0, await reader);
    }

    [Fact]
    public void It_never_takes_more_octets_than_it_may()
    {
        var most = 20 * Answer(0).Octets;
        var cache = new DnsCache(1000, most, Key);

        for (var i = 0; i < 500; i++)
        {
            cache.Store(Answer(i));
            Assert.True(cache.Statistics.Octets <= most);
        }

        Assert.InRange(cache.Statistics.Entries, 18, 20);
    }

    [Fact]
    public void An_answer_larger_than_the_whole_cache_is_not_kept_and_drives_nothing_out()
    {
        var cache = new DnsCache(1000, Answer(0).Octets, Key);
        cache.Store(Answer(0));

        cache.Store(Answer(1, addresses: 40));

        Assert.NotNull(Find(cache, 0));
        Assert.Null(Find(cache, 1));
    }

    [Fact]
    public void A_newer_answer_takes_the_place_of_the_older_one()
    {
        var cache = new DnsCache(10, 1 << 20, Key);
        cache.Store(Answer(0));
        var newer = Answer(0, addresses: 3);

        cache.Store(newer);

        Assert.Same(newer, Find(cache, 0));
        Assert.Equal((1, newer.Octets), (cache.Statistics.Entries, (int)cache.Statistics.Octets));
    }

    [Fact]
    public void A_scan_through_names_that_nobody_asks_for_twice_leaves_the_asked_ones_in_place()
    {
        var cache = new DnsCache(100, 1 << 20, Key);
        for (var i = 0; i < 80; i++)
        {
            cache.Store(Answer(i));
            Assert.NotNull(Find(cache, i));
        }

        for (var i = 1000; i < 11_000; i++)
            cache.Store(Answer(i));

        Assert.Equal(80, Enumerable.Range(0, 80).Count(i => Find(cache, i) is not null));
    }

    [Fact]
    public void What_was_driven_out_too_early_settles_when_it_comes_again()
    {
        var cache = new DnsCache(100, 1 << 20, Key);
        for (var i = 0; i < 101; i++)
            cache.Store(Answer(i));

        Assert.Null(Find(cache, 0));
        cache.Store(Answer(0));
        for (var i = 1000; i < 1150; i++)
            cache.Store(Answer(i));

        Assert.NotNull(Find(cache, 0));
    }

    [Fact]
    public void What_lives_no_second_is_not_kept()
    {
        var cache = new DnsCache(10, 1 << 20, Key);

        cache.Store(new UpstreamReply("www.example", DnsType.A).A("www.example", 0, "192.0.2.1").Read(0)!);

        Assert.Equal(0, cache.Statistics.Entries);
    }

    [Fact]
    public void Cleared_it_is_empty_and_fills_again()
    {
        var cache = new DnsCache(10, 1 << 20, Key);
        cache.Store(Answer(0));

        cache.Clear();

        Assert.Null(Find(cache, 0));
        Assert.Equal((0, 0L), (cache.Statistics.Entries, cache.Statistics.Octets));
        cache.Store(Answer(0));
        Assert.NotNull(Find(cache, 0));
    }

    [Fact]
    public async Task Readers_beside_a_writer_find_what_they_ask_for_or_nothing()
    {
        var cache = new DnsCache(64, 1 << 20, Key);
        var answers = Enumerable.Range(0, 512).Select(i => Answer(i)).ToArray();
        using var done = new CancellationTokenSource();
        using var found1000 = new CountdownEvent(2);
        var readers = Enumerable.Range(0, 2).Select(reader => Task.Run(() =>
        {
            var found = 0;
            for (var i = reader; !done.IsCancellationRequested; i = (i + 7) & 511)
            {
                if (cache.Find(answers[i].Key) is { } answer)
                {
                    Assert.True(answer.Key.SequenceEqual(answers[i].Key));
                    if (++found == 1000)
                        found1000.Signal();
                }
            }
        })).ToArray();

        for (var i = 0; i < 300_000 || !found1000.IsSet; i++)
            cache.Store(answers[i * 31 & 511]);

        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(64, cache.Statistics.Entries);
    }

    private static CachedAnswer? Find(DnsCache cache, int name) => cache.Find(Reply(name, 1).Key());

    private static CachedAnswer Answer(int name, int addresses = 1) => Reply(name, addresses).Read(now: 0)!;

    private static UpstreamReply Reply(int name, int addresses)
    {
        var reply = new UpstreamReply($"n{name:d5}.example", DnsType.A);
        for (var i = 0; i < addresses; i++)
            reply.A($"n{name:d5}.example", 300, $"192.0.2.{i}");

        return reply;
    }
}
