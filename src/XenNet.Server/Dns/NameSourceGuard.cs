using System.Diagnostics;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;

namespace XenNet.Server.Dns;

/// <summary>
/// Stands before the names of the program around us: what it throws costs one answer, and is said together with what takes it
/// too long, a line a minute of each.
/// </summary>
/// <param name="names">Its.</param>
/// <param name="mistakes">Takes what it throws.</param>
/// <param name="logger">Takes that it is slow.</param>
internal sealed partial class NameSourceGuard(IDnsNameSource names, MistakeLog mistakes, ILogger logger) : IDnsNameSource
{
    /// <summary>Longer than that is too long: a thread that answers 100,000 queries a second has waited.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private long _quietUntil;

    /// <inheritdoc/>
    public NameAnswer? Find(string name)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            return names.Find(name);
        }
        catch (Exception e)
        {
            mistakes.Note(DnsMistake.NameSource, e, Environment.TickCount64);
            return NameAnswer.Failed;
        }
        finally
        {
            var took = Stopwatch.GetElapsedTime(begun);
            if (took > Patience)
                NoteSlow(took);
        }
    }

    private void NoteSlow(TimeSpan took)
    {
        var (now, until) = (Environment.TickCount64, Interlocked.Read(ref _quietUntil));
        if (now >= until && Interlocked.CompareExchange(ref _quietUntil, now + MistakeLog.QuietMilliseconds, until) == until)
            LogSlow((long)took.TotalMilliseconds);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This program's own names took {Milliseconds} ms to answer, and DNS "
        + "waited meanwhile: they must be looked up in memory. It is not said again for a minute.")]
    private partial void LogSlow(long milliseconds);
}
