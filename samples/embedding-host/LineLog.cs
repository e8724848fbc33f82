using Microsoft.Extensions.Logging;

namespace EmbeddingHost;

/// <summary>The program's own log: a line each, <c>Information XenNet.Server.Dns.DnsServer: DNS serves port 53 …</c>.</summary>
internal sealed class LineLog(TextWriter lines) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Category(lines, categoryName);

    public void Dispose()
    {
        // The lines are the caller's.
    }

    private sealed class Category(TextWriter lines, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                lines.WriteLine($"{logLevel} {name}: {formatter(state, exception)} {exception?.Message}".TrimEnd());
        }
    }
}
