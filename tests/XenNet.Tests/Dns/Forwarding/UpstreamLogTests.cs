using Microsoft.Extensions.Logging;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class UpstreamLogTests
{
    private const string Silent = "does not answer";

    private readonly Upstream _upstream = new(new Ipv4Endpoint(Ipv4Address.Loopback, 53));
    private readonly List<(UpstreamState State, string? Why)> _told = [];
    private readonly Sentences _said = [];
    private readonly UpstreamLog _log;

    public UpstreamLogTests() => _log = new UpstreamLog(_said, (_, state, why) => _told.Add((state, why)));

    [Fact]
    public void That_it_answers_the_first_time_is_no_change_and_that_it_goes_on_answering_is_none()
    {
        Answer(1000);
        Answer(2000);

        Assert.Empty(_told);
        Assert.Empty(_said);
        Assert.Equal(0, _upstream.Changes);
    }

    [Fact]
    public void That_it_goes_and_comes_back_is_told_once_each()
    {
        GoDown(1000);
        _log.Look(_upstream, Silent, 1001);
        Answer(2000);
        Answer(2001);

        Assert.Equal([(UpstreamState.Down, Silent), (UpstreamState.Up, null)], _told);
        Assert.Equal(
            [
                "Name server 127.0.0.1:53 does not answer; it is only asked now and then until that is over.",
                "Name server 127.0.0.1:53 answers again.",
            ], _said);
        Assert.Equal(2, _upstream.Changes);
    }

    [Fact]
    public void One_that_is_excluded_again_each_minute_is_told_once_and_that_it_answers_again_as_well()
    {
        for (var minute = 0; minute < 3; minute++)
        {
            _upstream.Exclude(UpstreamState.Looping, minute * 60_000);
            _log.Look(_upstream, "it forwards to us", minute * 60_000);
            _upstream.Readmit((minute + 1) * 60_000);
        }

        Answer(180_001);

        Assert.Equal([(UpstreamState.Looping, "it forwards to us"), (UpstreamState.Up, null)], _told);
    }

    [Fact]
    public void Of_one_that_comes_and_goes_few_changes_a_minute_are_said_and_all_are_told()
    {
        for (var at = 0; at < 60_000; at += 1000)
        {
            GoDown(at);
            Answer(at + 1);
        }

        Assert.Equal(120, _told.Count);
        Assert.Equal(UpstreamLog.ChangesPerMinuteMost + 1, _said.Count);
        Assert.Contains("has come and gone 6 times within a minute", _said[^1], StringComparison.Ordinal);

        GoDown(60_000);
        Assert.Contains(Silent, _said[^1], StringComparison.Ordinal);
    }

    // Silent as often as it takes.
    private void GoDown(long now)
    {
        while (_upstream.Health.State != UpstreamState.Down) _upstream.Health.WasSilent(now + UpstreamHealth.HeardMilliseconds);
        _log.Look(_upstream, Silent, now);
    }

    private void Answer(long now)
    {
        _upstream.Health.Answered(0, now);
        _log.Look(_upstream, why: null, now);
    }

    private sealed class Sentences : List<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Add(formatter(state, exception));
    }
}
