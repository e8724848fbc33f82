using System.Diagnostics;

namespace XenNet.Server.Linux;

/// <summary>
/// Waits for events without sleeping for a moment, as long as they come so quickly that to sleep and to be woken would take
/// longer: where each packet answers the one before, that is most of the time. Whoever else wants our core has it meanwhile.
/// One thread.
/// </summary>
internal sealed class QuickWait
{
    private const int CreditMost = 16;
    private const int CreditOfMiss = 4;

    private static readonly long Moment = Stopwatch.Frequency / 20_000; // 50 µs

    private int _credit;

    /// <summary>Waits, so many milliseconds at the most; −1: without end.</summary>
    internal int For(Epoll epoll, int milliseconds)
    {
        var began = Stopwatch.GetTimestamp();
        while (_credit > 0)
        {
            var count = epoll.Wait(0);
            if (count > 0)
            {
                _credit = Math.Min(CreditMost, _credit + 1);
                return count;
            }

            if (Stopwatch.GetTimestamp() - began > Moment)
            {
                _credit -= CreditOfMiss;
                break;
            }

            Thread.Yield();
        }

        began = Stopwatch.GetTimestamp();
        var waited = epoll.Wait(milliseconds);
        if (waited > 0 && Stopwatch.GetTimestamp() - began <= Moment)
            _credit = Math.Min(CreditMost, Math.Max(0, _credit) + 1);

        return waited;
    }
}
