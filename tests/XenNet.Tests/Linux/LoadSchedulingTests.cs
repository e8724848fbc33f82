using System.Globalization;
using System.Runtime.ExceptionServices;
using XenNet.Server.Linux;

namespace XenNet.Tests.Linux;

public sealed class LoadSchedulingTests
{
    private const int Other = 0;
    private const int Batch = 3;
    private const int Window = LoadScheduling.WindowMilliseconds;

    [Theory]
    [InlineData(LoadScheduling.BusyFrom * Window, Batch)]
    [InlineData(LoadScheduling.BusyFrom * Window - 1, Other)]
    public void Under_load_a_thread_interrupts_nobody(int datagrams, int policy) => OnAThread(() =>
    {
        var scheduling = new LoadScheduling();

        scheduling.Note(datagrams, Window);

        Assert.Equal(policy, Policy());
    });

    [Theory]
    [InlineData(LoadScheduling.CalmBelow * Window, Batch)]
    [InlineData(LoadScheduling.CalmBelow * Window - 1, Other)]
    public void When_it_is_over_the_thread_is_as_any_other(int datagrams, int policy) => OnAThread(() =>
    {
        var scheduling = new LoadScheduling();
        scheduling.Note(1_000_000, Window);

        scheduling.Note(datagrams, 2 * Window);

        Assert.Equal(policy, Policy());
    });

    [Fact]
    public void Datagrams_of_a_window_count_together() => OnAThread(() =>
    {
        var scheduling = new LoadScheduling();
        for (var now = 1; now <= Window; now++)
            scheduling.Note(LoadScheduling.BusyFrom, now);

        Assert.Equal(Batch, Policy());
    });

    // A policy is its thread's, and so goes with it.
    private static void OnAThread(Action test)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                test();
            }
            catch (Exception thrown)
            {
                // Whatever it is, it belongs to the test that waits below.
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    // proc(5): the 41st field, the 39th behind the name.
    private static int Policy()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[38], CultureInfo.InvariantCulture);
    }
}
