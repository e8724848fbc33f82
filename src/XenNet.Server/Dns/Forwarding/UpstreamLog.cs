using Microsoft.Extensions.Logging;
using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>What is said of upstreams: changes of state, never single queries.</summary>
internal sealed partial class UpstreamLog(ILogger logger)
{
    // An alarm for each power of ten of mismatches is enough to be seen, and too few to fill a disk.
    private const long FirstAlarm = 10;

    /// <summary>It does not answer.</summary>
    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Name server {Server} does not answer; it is only asked now and then until it does.")]
    public partial void IsDown(UpstreamServer server);

    /// <summary>It fails what others answer.</summary>
    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Name server {Server} fails what others answer; it is only asked now and then until it does.")]
    public partial void Fails(UpstreamServer server);

    /// <summary>It answers again.</summary>
    [LoggerMessage(Level = LogLevel.Information, Message = "Name server {Server} answers again.")]
    public partial void IsBack(UpstreamServer server);

    /// <summary>Its certificate is not good.</summary>
    [LoggerMessage(Level = LogLevel.Error, Message = "Name server {Server} is not asked: {Why}")]
    public partial void IsUntrusted(UpstreamServer server, string why);

    /// <summary>It forwards to us.</summary>
    [LoggerMessage(Level = LogLevel.Error,
        Message = "Name server {Server} is not asked: it forwards to us, so questions would go round in a circle.")]
    public partial void IsLooping(UpstreamServer server);

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages from {Server} answer nothing that was asked: "
        + "somebody may be forging replies. Such queries are repeated over TCP.")]
    private partial void LogMismatched(long count, UpstreamServer server);
}
