using Microsoft.Extensions.Logging;
using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// What is said of upstreams: changes of state, once each and a few a minute, and never single queries. On the forwarding thread.
/// </summary>
/// <param name="logger">Where it is said.</param>
/// <param name="changed">Told of each change as well: which server, what it is now, and why.</param>
internal sealed partial class UpstreamLog(ILogger logger, Action<UpstreamServer, UpstreamState, string?>? changed = null)
{
    /// <summary>Changes of one server that are said within a minute: who can make it go up and down must fill no disk.</summary>
    public const int ChangesPerMinuteMost = 6;

    // An alarm for each power of ten of mismatches is enough to be seen, and too few to fill a disk.
    private const long FirstAlarm = 10;

    /// <summary>Tells what it is when that is another thing than was told.</summary>
    /// <param name="upstream">Who may have changed.</param>
    /// <param name="why">What made it so; null when it answers.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public void Look(Upstream upstream, string? why, long now)
    {
        var state = upstream.Health.State;
        // One that may be asked again after an exclusion is what it was until it answers or does not.
        if (state == upstream.Told || state == UpstreamState.Unknown)
            return;

        var isFirst = upstream.Told == UpstreamState.Unknown;
        upstream.Told = state;
        if (isFirst && state == UpstreamState.Up)
            return;

        changed?.Invoke(upstream.Server, state, why);
        switch (upstream.CountChange(now))
        {
            case <= ChangesPerMinuteMost:
                Say(upstream.Server, state, why);
                break;
            case ChangesPerMinuteMost + 1:
                LogUnsteady(upstream.Server, ChangesPerMinuteMost);
                break;
        }
    }

    /// <summary>It does not keep the case of letters.</summary>
    [LoggerMessage(Level = LogLevel.Warning, Message = "Name server {Server} changes the case of letters in questions; "
        + "it is asked in lower case from now on, which makes forging its replies easier.")]
    public partial void FoldsLetters(UpstreamServer server);

    /// <summary>One more message of it was no reply.</summary>
    public void Mismatched(UpstreamServer server, long count)
    {
        for (var mark = FirstAlarm; mark <= count; mark *= 10)
        {
            if (count == mark)
                LogMismatched(count, server);
        }
    }

    private void Say(UpstreamServer server, UpstreamState state, string? why)
    {
        switch (state)
        {
            case UpstreamState.Up:
                LogBack(server);
                break;
            case UpstreamState.Down:
                LogDown(server, why);
                break;
            default:
                LogExcluded(server, why);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Name server {Server} answers again.")]
    private partial void LogBack(UpstreamServer server);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Name server {Server} {Why}; it is only asked now and then until that is over.")]
    private partial void LogDown(UpstreamServer server, string? why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Name server {Server} is not asked: {Why}.")]
    private partial void LogExcluded(UpstreamServer server, string? why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Name server {Server} has come and gone {Count} times within a minute; "
        + "what it does for the rest of it is not said: see xennet status.")]
    private partial void LogUnsteady(UpstreamServer server, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages from {Server} answer nothing that was asked: "
        + "somebody may be forging replies. Such queries are repeated over TCP.")]
    private partial void LogMismatched(long count, UpstreamServer server);
}
