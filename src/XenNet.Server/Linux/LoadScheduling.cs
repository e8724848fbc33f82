using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// How the kernel schedules a thread that serves datagrams: as any other while few come, and as SCHED_BATCH (sched(7))
/// under load.
/// </summary>
/// <remarks>
/// A thread that sleeps until the first datagram comes takes the processor from whoever is about to send the next ones, and
/// so meets them one by one: at full load a query cost 4.7 µs in batches of 3. As SCHED_BATCH it lets a running thread go on,
/// and cost 2.7 in batches of 9. On a processor that is idle nothing changes. When little comes, somebody waits for each
/// answer, and nobody's turn must be waited for.
/// </remarks>
internal sealed unsafe partial class LoadScheduling
{
    /// <summary>Datagrams a millisecond from which on a thread is under load.</summary>
    internal const int BusyFrom = 20;

    /// <summary>Datagrams a millisecond below which it no longer is.</summary>
    internal const int CalmBelow = 10;

    /// <summary>Milliseconds that are looked at together.</summary>
    internal const int WindowMilliseconds = 20;

    private const int PolicyOther = 0;
    private const int PolicyBatch = 3;

    // struct sched_param is an int for glibc and 48 octets for musl.
    private const int ParametersOctets = 64;

    private readonly int _nature = Current();
    private bool _isBatch;
    private long _since;
    private long _count;

    /// <summary>Takes note of a batch that the calling thread has served, always the same thread.</summary>
    /// <param name="datagrams">How many were in it.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public void Note(int datagrams, long now)
    {
        _count += datagrams;
        var elapsed = now - _since;
        if (elapsed < WindowMilliseconds)
            return;

        var isBusy = _count >= elapsed * (_isBatch ? CalmBelow : BusyFrom);
        (_since, _count) = (now, 0);

        // What an operator chose (chrt, CPUSchedulingPolicy=) stays.
        if (isBusy != _isBatch && _nature == PolicyOther)
        {
            _isBatch = isBusy;
            Set(isBusy ? PolicyBatch : PolicyOther);
        }
    }

    private static int Current()
    {
        var parameters = stackalloc byte[ParametersOctets];
        return GetScheduling(Self(), out var policy, parameters) == 0 ? policy : -1;
    }

    // It may fail (a filter of system calls): then nothing is lost but speed.
    private static void Set(int policy)
    {
        var parameters = stackalloc byte[ParametersOctets];
        new Span<byte>(parameters, ParametersOctets).Clear();
        _ = SetScheduling(Self(), policy, parameters);
    }

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    private static partial nint Self();

    [LibraryImport("libc", EntryPoint = "pthread_getschedparam")]
    private static partial int GetScheduling(nint thread, out int policy, byte* parameters);

    [LibraryImport("libc", EntryPoint = "pthread_setschedparam")]
    private static partial int SetScheduling(nint thread, int policy, byte* parameters);
}
