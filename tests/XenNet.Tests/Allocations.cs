namespace XenNet.Tests;

internal static class Allocations
{
    /// <summary>
    /// Octets that <paramref name="work"/> allocates on this thread, warm, 1000 times over. The runtime allocates there
    /// too, once for a thing it meets late, so the least of ten measurements is taken: what the work itself allocates
    /// is in each of them.
    /// </summary>
    public static long Of(Action work)
    {
        work();
        return Enumerable.Range(0, 10).Min(_ => Measure());

        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < 1000; round++)
            {
                work();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
