using Microsoft.Extensions.Logging;
using XenNet.Server.Dns;

namespace XenNet.Tests.Dns;

public sealed class MistakeLogTests
{
    private readonly Lines _lines = new();
    private readonly MistakeLog _log;

    public MistakeLogTests() => _log = new MistakeLog(_lines);

    [Fact]
    public void The_first_of_a_kind_is_said_and_the_rest_of_a_minute_only_counted()
    {
        for (var i = 0; i < 1000; i++)
            Note(DnsMistake.UdpQuery, 5000 + i * (MistakeLog.QuietMilliseconds - 1) / 999);

        Assert.Single(_lines);
        Assert.Equal(1000, _log.Count(DnsMistake.UdpQuery));
    }

    [Fact]
    public void After_a_minute_the_next_is_said_with_how_many_were_not()
    {
        Note(DnsMistake.UdpQuery, 0);
        Note(DnsMistake.UdpQuery, 1);
        Note(DnsMistake.UdpQuery, MistakeLog.QuietMilliseconds - 1);
        Note(DnsMistake.UdpQuery, MistakeLog.QuietMilliseconds);
        Note(DnsMistake.UdpQuery, 2 * MistakeLog.QuietMilliseconds);

        Assert.Equal([0L, 2L, 0L], _lines.Select(line => line.Single(value => value.Key == "Unsaid").Value));
    }

    [Fact]
    public void Each_kind_is_said_and_counted_by_itself()
    {
        foreach (var kind in Enum.GetValues<DnsMistake>())
            Note(kind, 0);

        Assert.Equal(Enum.GetValues<DnsMistake>().Length, _lines.Count);
        Assert.All(Enum.GetValues<DnsMistake>(), kind => Assert.Equal(1, _log.Count(kind)));
    }

    private void Note(DnsMistake kind, long now) => _log.Note(kind, new InvalidOperationException(), now);

    private sealed class Lines : List<IReadOnlyList<KeyValuePair<string, object?>>>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Add((IReadOnlyList<KeyValuePair<string, object?>>)state!);
    }
}
