using XenNet.Server.Registry;

namespace XenNet.Server.Vifs;

/// <summary>What became of a look.</summary>
internal enum LookOutcome
{
    /// <summary>All was as it should be.</summary>
    Nothing,

    /// <summary>Something was put in order.</summary>
    Mended,

    /// <summary>The registry's disk did not take that a vif is gone.</summary>
    Unreleased,
}

/// <summary>
/// Has vifs looked at when the kernel says that something has changed: what comes together is one look, and whoever undoes
/// again and again what we put in order finds us patient, not busy.
/// </summary>
internal sealed class ReconcileLoop : IAsyncDisposable
{
    // So many looks that mend something are done as they come; those beyond wait.
    private const int MendsAtOnce = 10;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Func<IReadOnlySet<int>, Task<LookOutcome>> _look;
    private readonly Func<int, Task> _release;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly Lock _changing = new();
    private readonly Queue<long> _mends = new();
    private readonly Task _task;
    private HashSet<int> _changed = [];

    /// <param name="look">Gets the links that have changed.</param>
    /// <param name="release">Gets a link that is gone.</param>
    /// <param name="clock">For the pauses.</param>
    public ReconcileLoop(Func<IReadOnlySet<int>, Task<LookOutcome>> look, Func<int, Task> release, TimeProvider clock)
    {
        (_look, _release, _clock) = (look, release, clock);
        _task = Task.Run(Run);
    }

    /// <summary>That link has changed.</summary>
    public void Signal(int link)
    {
        lock (_changing)
        {
            if (!_changed.Add(link) || _changed.Count > 1)
            {
                return;
            }
        }

        _signal.Release();
    }

    /// <summary>That link is gone: what it leaves goes before this returns, or once the registry's disk takes it.</summary>
    public void Gone(int link)
    {
        try
        {
            _release(link).GetAwaiter().GetResult();
        }
        catch (RegistryStoreException)
        {
            // The look finds it gone, and says why it stays.
            Signal(link);
        }
    }

    /// <summary>Ends it, when the look under way is over.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _signal.Dispose();
        _stop.Dispose();
    }

    private async Task Run()
    {
        try
        {
            while (true)
            {
                await _signal.WaitAsync(_stop.Token);
                if (_mends.Count == MendsAtOnce)
                {
                    if (_clock.GetElapsedTime(_mends.Dequeue()) < Window)
                    {
                        await Task.Delay(Pause, _clock, _stop.Token);
                    }
                }

                HashSet<int> changed;
                lock (_changing)
                {
                    (changed, _changed) = (_changed, []);
                }

                switch (await _look(changed))
                {
                    case LookOutcome.Mended:
                        _mends.Enqueue(_clock.GetTimestamp());
                        break;
                    case LookOutcome.Unreleased:
                        await Task.Delay(Pause, _clock, _stop.Token);
                        changed.ToList().ForEach(Signal);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // As asked.
        }
    }
}
