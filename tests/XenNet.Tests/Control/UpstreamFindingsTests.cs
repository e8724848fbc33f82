using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Dns;
using XenNet.Server.Explaining;
using XenNet.Wire;

namespace XenNet.Tests.Control;

/// <summary>What <c>xennet status</c> says should be seen to about name servers.</summary>
public sealed class UpstreamFindingsTests
{
    private const string Outside = ": names outside that are not in the cache get SERVFAIL";

    [Fact]
    public void One_that_answers_or_was_not_asked_yet_is_nothing_to_see_to() => Assert.Empty(
        Findings(Upstream("192.0.2.1", UpstreamState.Up), Upstream("192.0.2.2", UpstreamState.Unknown, silences: 1)));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:53", "ip route get 192.0.2.1 tells")]
    [InlineData("2001:db8::53", "[2001:db8::53]:53", "ip route get 2001:db8::53 tells")]
    public void The_only_one_that_is_silent_is_named_with_what_guests_notice(string address, string server, string hint)
    {
        var finding = Assert.Single(UpstreamFindings.Of([Upstream(address, UpstreamState.Down, silences: 2)]));

        Assert.Equal($"name server {server} does not answer{Outside}", finding.What);
        Assert.StartsWith(hint, finding.Do, StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_two_that_is_silent_is_named_alone() => Assert.Equal(
        ["name server 192.0.2.1:53 does not answer"],
        Findings(Upstream("192.0.2.1", UpstreamState.Down, silences: 2), Upstream("192.0.2.2", UpstreamState.Up)));

    [Theory]
    [InlineData(UpstreamFindings.FailuresMost - 1, false)]
    [InlineData(UpstreamFindings.FailuresMost, true)]
    public void One_that_says_no_to_everything_is_named_though_it_is_up(int failures, bool isNamed) => Assert.Equal(
        isNamed ? [$"name server 192.0.2.1:53 answered the last {failures} queries with an error{Outside}"] : [],
        Findings(Upstream("192.0.2.1", UpstreamState.Up, failures: failures)));

    [Fact]
    public void One_that_fails_what_others_answer_is_named_so() => Assert.Equal(
        ["name server 192.0.2.1:53 fails what others answer, so they are asked first"],
        Findings(Upstream("192.0.2.1", UpstreamState.Down, failures: 2), Upstream("192.0.2.2", UpstreamState.Up)));

    private static IEnumerable<string> Findings(params UpstreamStatus[] upstreams) =>
        UpstreamFindings.Of(upstreams).Select(finding => finding.What);

    private static UpstreamStatus Upstream(string address, UpstreamState state, int silences = 0, int failures = 0)
    {
        Assert.True(IpEndpoint.TryParse(address, UpstreamServer.PlainPort, out var endpoint));
        return new UpstreamStatus(
            new UpstreamServer(endpoint), state, silences, failures, RoundTripMilliseconds: 0, Asked: 0, Answered: 0, Silent: 0,
            Failed: 0, Mismatched: 0, AskedOverStream: 0, BackOffMilliseconds: 0, TlsError: "", Changes: 0);
    }
}
