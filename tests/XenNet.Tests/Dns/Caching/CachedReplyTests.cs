using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Caching;

/// <summary>Replies out of the cache, and those made when upstreams have been asked.</summary>
public sealed class CachedReplyTests
{
    private readonly DnsFixture _dns = new();

    [Fact]
    public void What_is_kept_is_answered_and_what_is_not_is_forwarded()
    {
        Assert.Equal("Forward", _dns.Ask("www.example", DnsType.A).Summary);

        Keep(ttl: 300);

        Assert.Equal("NoError; An www.example 300 A 192.0.2.1", _dns.Ask("www.example", DnsType.A).Summary);
        Assert.True(_dns.Ask("www.example", DnsType.A).Outcome.IsCached);
        Assert.Equal("Forward", _dns.Ask("www.example", DnsType.Aaaa).Summary);
        Assert.Equal("Forward", _dns.Ask("ww.example", DnsType.A).Summary);
    }

    [Fact]
    public void The_key_to_ask_for_is_the_name_in_lower_case_the_type_and_the_flavour()
    {
        var reply = _dns.Ask(DnsFixture.Query("WwW.Example", DnsType.Mx, edns: 1232, dnssecOk: true));

        var question = UpstreamQuestion.Read(reply.Octets);
        Assert.Equal("www.example", DnsNameText.Format(question.Name));
        Assert.Equal((DnsType.Mx, true, false), (question.Type, question.DnssecOk, question.CheckingDisabled));
    }

    [Fact]
    public void The_question_comes_back_in_the_letters_it_was_asked_in()
    {
        Keep(ttl: 300);

        Assert.Equal("NoError; An wWw.eXample 300 A 192.0.2.1", _dns.Ask("wWw.eXample", DnsType.A).Summary);
    }

    [Fact]
    public void Who_only_rehearses_does_not_take_the_turn_of_the_one_caller_that_asks_again()
    {
        Keep(ttl: 300);
        _dns.Now += 280_000;
        var (query, reply) = (DnsFixture.Query("www.example", DnsType.A), new byte[DnsResponder.ReplyOctetsMax]);

        var rehearsed = _dns.Responder.Rehearse(query, reply, DnsFixture.FromGuest, _dns.Now, new DnsWitness());

        Assert.Equal((true, null), (rehearsed.IsCached, rehearsed.Known));
        Assert.NotNull(_dns.Ask("www.example", DnsType.A).Outcome.Known);
    }

    [Theory]
    [InlineData(0, "NoError; An www.example 300 A 192.0.2.1")]
    [InlineData(999, "NoError; An www.example 300 A 192.0.2.1")]
    [InlineData(1000, "NoError; An www.example 299 A 192.0.2.1")]
    [InlineData(299_999, "NoError; An www.example 1 A 192.0.2.1")]
    [InlineData(300_000, "Forward")]
    public void Time_runs_off_what_is_kept(long milliseconds, string summary)
    {
        Keep(ttl: 300);

        _dns.Now += milliseconds;

        Assert.Equal(summary, _dns.Ask("www.example", DnsType.A).Summary);
    }

    [Fact]
    public void Whoever_wants_signatures_has_answers_of_his_own()
    {
        Keep(ttl: 300);

        Assert.Equal("Forward", _dns.Ask(DnsFixture.Query("www.example", DnsType.A, edns: 1232, dnssecOk: true)).Summary);
    }

    [Fact]
    public void AA_is_clear_and_AD_is_for_those_who_can_read_it()
    {
        Keep(ttl: 300, authenticData: true);

        Assert.False(_dns.Ask("www.example", DnsType.A).Flags.AuthenticData);
        var query = DnsFixture.Query("www.example", DnsType.A);
        query[3] |= 0x20;
        var flags = _dns.Ask(query).Flags;
        Assert.Equal((true, false, true), (flags.AuthenticData, flags.Authoritative, flags.RecursionAvailable));
    }

    [Fact]
    public void Without_RD_the_cache_is_not_looked_into()
    {
        Keep(ttl: 300);

        var reply = _dns.Ask(DnsFixture.Query("www.example", DnsType.A, recursionDesired: false, edns: 1232));

        Assert.Equal("Refused", reply.Summary);
        Assert.Equal(ExtendedError.NotAuthoritative, ErrorOf(reply));
    }

    [Theory]
    [InlineData(0, 30, true, 30)]  // 512 - 12 - 17 of question: 30 addresses of 16 octets
    [InlineData(0, 31, false, 30)]
    [InlineData(512, 29, true, 29)] // and 11 of OPT
    [InlineData(512, 30, false, 29)]
    [InlineData(1232, 74, true, 74)]
    [InlineData(1232, 75, false, 74)]
    [InlineData(4096, 200, false, 74)]
    public void What_does_not_fit_is_TC_and_as_many_records_as_fit(
        int edns, int addresses, bool fits, int most)
    {
        var reply = new UpstreamReply("www.example", DnsType.A);
        for (var i = 0; i < addresses; i++)
            reply.A("www.example", 300, $"192.0.2.{i}");

        _dns.Cache.Store(reply.Read(_dns.Now)!);
        var seen = _dns.Ask(DnsFixture.Query("www.example", DnsType.A, edns: edns));

        Assert.Equal((!fits, fits ? addresses : most), (seen.Flags.Truncated, seen.Header.Answers));
        Assert.Equal(edns > 0 ? 1 : 0, seen.Header.Additionals);
        Assert.True(seen.Octets.Length <= (edns == 0 ? 512 : Math.Min(edns, 1232)));

        var overTcp = _dns.Ask(
            DnsFixture.Query("www.example", DnsType.A), DnsFixture.FromGuest with { Transport = DnsTransport.Tcp });
        Assert.Equal(addresses, overTcp.Header.Answers);
    }

    [Theory]
    [InlineData(269_000, false)]
    [InlineData(270_001, true)]
    public void One_caller_is_told_to_ask_again_when_a_tenth_of_the_time_is_left(long age, bool refresh)
    {
        Keep(ttl: 300);
        _dns.Now += age;

        var first = _dns.Ask("www.example", DnsType.A).Outcome;
        var second = _dns.Ask("www.example", DnsType.A).Outcome;

        Assert.Equal((refresh, false), (first.Known is not null, second.Known is not null));
        Assert.True(first.IsCached);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void What_lives_under_ten_seconds_is_not_asked_for_in_advance(uint ttl, bool refresh)
    {
        Keep(ttl);
        _dns.Now += ttl * 1000 - 1;

        Assert.Equal(refresh, _dns.Ask("www.example", DnsType.A).Outcome.Known is not null);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(86_399_999, true)]
    [InlineData(86_400_000, false)]
    public void What_is_over_for_less_than_a_day_is_handed_on_to_fall_back_on(long over, bool handedOn)
    {
        Keep(ttl: 300);
        _dns.Now += 300_000 + over;

        var outcome = _dns.Ask("www.example", DnsType.A).Outcome;

        Assert.Equal((DnsOutcomeKind.Forward, handedOn), (outcome.Kind, outcome.Known is not null));
    }

    [Fact]
    public void A_stale_answer_says_so_and_lives_30_seconds()
    {
        var stale = Keep(ttl: 300);
        _dns.Now += 400_000;

        var reply = Complete(Resolution.Stale(stale, ResolutionFailure.Timeout));

        Assert.Equal("NoError; An www.example 30 A 192.0.2.1", reply.Summary);
        Assert.Equal(ExtendedError.StaleAnswer, ErrorOf(reply));
    }

    [Theory]
    [InlineData(ResolutionFailure.Timeout, ExtendedError.NoReachableAuthority)]
    [InlineData(ResolutionFailure.NoUpstream, ExtendedError.NoReachableAuthority)]
    [InlineData(ResolutionFailure.Unreachable, ExtendedError.NetworkError)]
    [InlineData(ResolutionFailure.Damaged, ExtendedError.InvalidData)]
    [InlineData(ResolutionFailure.Overloaded, ExtendedError.Other)]
    public void No_answer_is_SERVFAIL_and_says_why(ResolutionFailure failure, ExtendedError error)
    {
        var reply = Complete(Resolution.Failed(failure));

        Assert.Equal("ServerFailure", reply.Summary);
        Assert.Equal(error, ErrorOf(reply));
    }

    [Fact]
    public void An_answer_to_another_question_is_never_given()
    {
        var other = new UpstreamReply("ww.example", DnsType.A).A("ww.example", 300, "192.0.2.66").Read(_dns.Now)!;

        Assert.Equal("ServerFailure", Complete(Resolution.Of(other)).Summary);
    }

    [Fact]
    public void A_blocked_answer_is_empty_and_says_so()
    {
        var blocked = new UpstreamReply("www.example", DnsType.A).A("www.example", 300, "10.0.0.1").Read(_dns.Now)!;

        var reply = Complete(Resolution.Of(blocked));

        Assert.Equal("NoError", reply.Summary);
        Assert.Equal(ExtendedError.Blocked, ErrorOf(reply));
    }

    [Fact]
    public void A_name_that_became_ours_while_upstreams_were_asked_is_answered_by_us()
    {
        var query = DnsFixture.Query("ce", DnsType.A);
        _dns.With("ce", 1);
        var buffer = new byte[DnsResponder.ReplyOctetsMax];

        var length = _dns.Responder.Complete(
            query, buffer, DnsFixture.FromGuest, Resolution.Failed(ResolutionFailure.Timeout), _dns.Now);

        Assert.Equal("NoError aa; An ce 60 A 10.0.1.1",
            new DnsFixture.DnsReply(DnsOutcome.Answered(length), buffer[..length]).Summary);
    }

    private CachedAnswer Keep(uint ttl, bool authenticData = false)
    {
        var answer = new UpstreamReply("www.example", DnsType.A) { AuthenticData = authenticData }
            .A("www.example", ttl, "192.0.2.1").Read(_dns.Now)!;
        _dns.Cache.Store(answer);
        return answer;
    }

    private DnsFixture.DnsReply Complete(Resolution resolution)
    {
        var buffer = new byte[DnsResponder.ReplyOctetsMax];
        var length = _dns.Responder.Complete(DnsFixture.Query("www.example", DnsType.A, edns: 1232), buffer,
            DnsFixture.FromGuest, resolution, _dns.Now);
        return new DnsFixture.DnsReply(DnsOutcome.Answered(length), buffer[..length]);
    }

    private static ExtendedError ErrorOf(DnsFixture.DnsReply reply)
    {
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply.Octets, out var read));
        var options = read.Edns.Options;
        Assert.True(DnsEdns.TryTakeOption(ref options, out var code, out var data));
        Assert.Equal((15, 2), (code, data.Length));
        return (ExtendedError)(data[0] << 8 | data[1]);
    }
}
