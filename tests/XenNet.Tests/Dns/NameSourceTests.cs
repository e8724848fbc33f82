using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Server.Dns;
using XenNet.Tests.Dns.Caching;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>Names that the program around the server answers, beside those of the server.</summary>
public sealed class NameSourceTests
{
    private static readonly string[] WebRecords = ["web A 192.0.2.1", "web.example. A 192.0.2.1"];

    private static readonly Ipv4Address Address = new(0xc6336407);

    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1);
    private readonly Names _names = new();

    public NameSourceTests()
    {
        _dns.Responder.Names = _names;
        _names.Answers["job.example"] = new NameAnswer(5, [Address], [Ipv6Address.Loopback], ["a job"]);
        _names.Answers["job.testbed"] = new NameAnswer(0, [Address]);
        _names.Answers["bare.example"] = new NameAnswer(5);
        _names.Answers["gone.example"] = NameAnswer.Missing;
        _names.Answers["gone.testbed"] = NameAnswer.Missing;
    }

    [Theory]
    [InlineData("job.example", DnsType.A, "NoError aa; An job.example 5 A 198.51.100.7")]
    [InlineData("JOB.Example", DnsType.A, "NoError aa; An JOB.Example 5 A 198.51.100.7")]
    [InlineData("job.example", DnsType.Aaaa, "NoError aa; An job.example 5 AAAA")]
    [InlineData("job.example", DnsType.Txt, "NoError aa; An job.example 5 TXT")]
    [InlineData("job.example", DnsType.Any, "NoError aa; An job.example 5 A 198.51.100.7")]
    [InlineData("job.example", DnsType.Mx, "NoError aa")]
    [InlineData("bare.example", DnsType.A, "NoError aa")]
    [InlineData("gone.example", DnsType.A, "NameError aa")]
    [InlineData("job.testbed", DnsType.A, "NoError aa; An job.testbed 0 A 198.51.100.7")]
    [InlineData("job.testbed", DnsType.Mx, "NoError aa; Au testbed 5 SOA")]
    [InlineData("gone.testbed", DnsType.A, "NameError aa; Au testbed 5 SOA")]
    [InlineData("job", DnsType.A, "NoError aa; An job 0 A 198.51.100.7")]
    public void What_it_has_is_answered_from_it(string name, DnsType type, string summary) =>
        Assert.Equal(summary, _dns.Ask(name, type).Summary);

    [Theory]
    [InlineData("www.example.org", DnsType.A, "Forward")]
    [InlineData("no.testbed", DnsType.A, "NameError aa; Au testbed 5 SOA")]
    [InlineData("no", DnsType.A, "NameError")]
    [InlineData("x.test", DnsType.A, "NameError aa; Au test 10800 SOA")]
    public void What_it_does_not_have_is_looked_for_as_without_it(string name, DnsType type, string summary)
    {
        Assert.Equal(summary, _dns.Ask(name, type).Summary);

        _dns.Responder.Names = null;
        Assert.Equal(summary, _dns.Ask(name, type).Summary);
    }

    [Theory]
    [InlineData("ce.testbed")]
    [InlineData("ce")]
    [InlineData("vif0.ce.testbed")]
    [InlineData("ns.testbed")]
    [InlineData("testbed")]
    [InlineData("localhost")]
    [InlineData("web.example")]
    [InlineData("web.testbed")]
    public void Machines_names_of_the_servers_own_and_local_data_are_not_its_to_answer(string name)
    {
        var local = new LocalDataBuilder(new ZoneSettings());
        local.Add([.. WebRecords.Select(text => new ConfiguredRecord(text, new ConfigurationPlace("f", 1, 1)))]);
        _dns.Responder.Local = local.Build();
        _names.Answers[name] = NameAnswer.Missing;

        Assert.Equal(DnsRcode.NoError, _dns.Ask(name, DnsType.A).Flags.Rcode);
        Assert.Empty(_names.Asked);
    }

    [Fact]
    public void It_comes_before_the_cache()
    {
        _dns.Cache.Store(new UpstreamReply("job.example", DnsType.A).A("job.example", 300, "192.0.2.1").Read(_dns.Now)!);

        Assert.Equal("NoError aa; An job.example 5 A 198.51.100.7", _dns.Ask("job.example", DnsType.A).Summary);
    }

    [Fact]
    public void Where_an_alias_of_ours_leads_it_may_answer()
    {
        var local = new LocalDataBuilder(new ZoneSettings());
        local.Add([new ConfiguredRecord("to CNAME job.example.", new ConfigurationPlace("f", 1, 1))]);
        _dns.Responder.Local = local.Build();

        Assert.Equal(
            "NoError aa; An to.testbed 60 CNAME job.example; An job.example 5 A 198.51.100.7",
            _dns.Ask("to.testbed", DnsType.A).Summary);
    }

    [Fact]
    public void Asked_for_are_whole_names_in_lower_case_as_a_master_file_has_them()
    {
        _dns.Ask("Some.Example", DnsType.A);
        _dns.Ask("Bare", DnsType.A);
        _dns.Ask(@"a\.b.example", DnsType.A);

        Assert.Equal(["some.example", "bare.testbed", @"a\.b.example"], _names.Asked);
    }

    [Fact]
    public void What_it_throws_costs_that_query_a_servfail_that_is_counted()
    {
        var mistakes = new MistakeLog(NullLogger.Instance);
        _dns.Responder.Names = new NameSourceGuard(_names, mistakes, NullLogger.Instance);
        _names.Answers["boom.example"] = null!;

        Assert.Equal("ServerFailure", _dns.Ask("boom.example", DnsType.A).Summary);
        Assert.Equal("NoError aa; An job.example 5 A 198.51.100.7", _dns.Ask("job.example", DnsType.A).Summary);
        Assert.Equal(1, mistakes.Count(DnsMistake.NameSource));
    }

    [Fact]
    public async Task One_that_does_not_come_back_is_seen_after_five_seconds_and_when_it_has_it_is_forgotten()
    {
        using var names = new StuckNames();
        var guard = new NameSourceGuard(names, new MistakeLog(NullLogger.Instance), NullLogger.Instance);
        var before = Environment.TickCount64;
        var asking = Task.Factory.StartNew(() => guard.Find("job.example"), TaskCreationOptions.LongRunning);
        names.IsInside.Wait();
        var after = Environment.TickCount64;

        Assert.Null(guard.Trouble(before + NameSourceGuard.HangMilliseconds - 1));
        Assert.Equal(
            "this program's own names do not answer, and hold 1 of the threads that do",
            guard.Trouble(after + NameSourceGuard.HangMilliseconds));
        names.MayGo.Set();
        await asking;
        Assert.Null(guard.Trouble(long.MaxValue));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Records_have_a_bound(int count, bool isGood)
    {
        var made = Record.Exception(() => new NameAnswer(1, [.. Enumerable.Repeat(Address, count)]));

        Assert.Equal(isGood, made is not ArgumentException);
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(255, "ff")]
    [InlineData(256, "ff01")]
    [InlineData(1024, "ffffffff04")]
    public void Texts_are_sent_in_pieces_of_at_most_255_octets(int octets, string lengths)
    {
        _names.Answers["text.example"] = new NameAnswer(1, texts: [new string('x', octets)]);

        var overTcp = DnsFixture.FromGuest with { Transport = DnsTransport.Tcp };
        var walk = new DnsWalk(_dns.Ask("text.example", DnsType.Txt, overTcp).Octets);
        Assert.True(walk.TryNextRecord(out var record));
        Assert.Equal(lengths, Convert.ToHexStringLower([.. record.Data.ToArray().Where(octet => octet != (byte)'x')]));
    }

    [Fact]
    public void Longer_texts_and_times_out_of_bounds_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new NameAnswer(1, texts: [new string('x', 1025)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NameAnswer(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NameAnswer(604_801));
    }

    private sealed class StuckNames : IDnsNameSource, IDisposable
    {
        public ManualResetEventSlim IsInside { get; } = new();

        public ManualResetEventSlim MayGo { get; } = new();

        public NameAnswer? Find(string name)
        {
            IsInside.Set();
            MayGo.Wait();
            return null;
        }

        public void Dispose()
        {
            IsInside.Dispose();
            MayGo.Dispose();
        }
    }

    // A name whose answer is null makes it throw.
    private sealed class Names : IDnsNameSource
    {
        public Dictionary<string, NameAnswer> Answers { get; } = new(StringComparer.Ordinal);

        public List<string> Asked { get; } = [];

        public NameAnswer? Find(string name)
        {
            Asked.Add(name);
            return Answers.TryGetValue(name, out var answer)
                ? answer ?? throw new InvalidOperationException("Names that fail.")
                : null;
        }
    }
}
