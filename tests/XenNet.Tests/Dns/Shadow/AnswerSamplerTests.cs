using XenNet.Server.Dns;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Shadow;

public sealed class AnswerSamplerTests
{
    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1);
    private readonly Clock _clock = new();

    [Fact]
    public async Task One_answer_of_each_pause_is_taken_with_its_query()
    {
        var sampler = new AnswerSampler(_dns.Responder, 20, _clock);
        foreach (var milliseconds in (int[])[0, 49, 1, 0, 49])
        {
            _clock.Milliseconds += milliseconds;
            _dns.Ask("ce.testbed", DnsType.A);
        }

        var samples = await Samples(sampler);

        Assert.Equal(2, samples.Count);
        Assert.Equal(DnsFixture.Query("ce.testbed", DnsType.A), samples[0].Query);
        Assert.Equal(_dns.Ask("ce.testbed", DnsType.A).Octets, samples[0].Reply);
    }

    [Fact]
    public async Task What_nobody_fetches_is_not_kept_without_end()
    {
        var sampler = new AnswerSampler(_dns.Responder, AnswerSampler.RateMost, _clock);
        for (var ask = 0; ask < 10 * AnswerSampler.WaitingMost; ask++)
        {
            _clock.Milliseconds++;
            _dns.Ask("ce.testbed", DnsType.A);
        }

        Assert.Equal(AnswerSampler.WaitingMost, (await Samples(sampler)).Count);
    }

    [Fact]
    public async Task Refusals_and_what_is_forwarded_are_no_answers()
    {
        var sampler = new AnswerSampler(_dns.Responder, AnswerSampler.RateMost, _clock);
        foreach (var query in (byte[][])
            [DnsFixture.Query("testbed", DnsType.Axfr), DnsFixture.Query("www.example.org", DnsType.A), [1, 2, 3]])
        {
            _clock.Milliseconds++;
            _dns.Ask(query);
        }

        Assert.Empty(await Samples(sampler));
    }

    // Those that wait, once it has ended.
    private static async Task<List<AnswerSample>> Samples(AnswerSampler sampler)
    {
        sampler.Dispose();
        var samples = new List<AnswerSample>();
        await foreach (var sample in sampler.Samples(CancellationToken.None))
            samples.Add(sample);

        return samples;
    }

    private sealed class Clock : TimeProvider
    {
        public long Milliseconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;
    }
}
