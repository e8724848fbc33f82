using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;

namespace XenNet.Server.Dns;

/// <summary>
/// Stands before the names of the program around us: what it throws costs one answer, and is said together with what takes it
/// too long, a line a minute of each. What does not come back at all cannot be ended from here; it is seen from outside.
/// </summary>
/// <param name="names">Its.</param>
/// <param name="mistakes">Takes what it throws.</param>
/// <param name="logger">Takes that it is slow.</param>
internal sealed partial class NameSourceGuard(IDnsNameSource names, MistakeLog mistakes, ILogger logger) : IDnsNameSource
{
    /// <summary>Longer than that is too long: a thread that answers 100,000 queries a second has waited.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>A call that has not come back for so many milliseconds hangs.</summary>
    internal const int HangMilliseconds = 5000;

    // More than the threads that answer; two of them that share a place only hide one that hangs from the other.
    private const int PlacesMost = 64;

    // Since when a thread is inside; 0: it is not.
    private readonly long[] _inside = new long[PlacesMost];
    private long _quietUntil;

    /// <inheritdoc/>
    public NameAnswer? Find(string name)
    {
        var begun = Stopwatch.GetTimestamp();
        ref var inside = ref _inside[Environment.CurrentManagedThreadId % PlacesMost];
        Volatile.Write(ref inside, Environment.TickCount64);
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
            Volatile.Write(ref inside, 0);
            var took = Stopwatch.GetElapsedTime(begun);
            if (took > Patience)
                NoteSlow(took);
        }
    }

    /// <summary>That names have not been answered for long, and queries are not meanwhile; null when it is not so.</summary>
    /// <param name="now">As <see cref="Environment.TickCount64"/>.</param>
    public string? Trouble(long now)
    {
        var threads = _inside.Count(since => since != 0 && now - since >= HangMilliseconds);
        return threads == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"this program's own names do not answer, and hold {threads} of the threads that do");
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
