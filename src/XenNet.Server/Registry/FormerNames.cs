using Microsoft.Extensions.Logging;

namespace XenNet.Server.Registry;

/// <summary>A machine that was renamed answers to its old name until nobody has that in a cache; then the name goes.</summary>
internal sealed partial class FormerNames : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    private readonly Registry _registry;
    private readonly Func<TimeSpan> _ttl;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _renamed = new(1);
    private readonly Task _task;

    /// <param name="registry">Where they are.</param>
    /// <param name="ttl">How long a cache keeps a name.</param>
    /// <param name="clock">When their time is over.</param>
    /// <param name="logger">Takes a line when the registry cannot be written.</param>
    public FormerNames(Registry registry, Func<TimeSpan> ttl, TimeProvider clock, ILogger<FormerNames> logger)
    {
        (_registry, _ttl, _clock, _logger) = (registry, ttl, clock, logger);
        _task = Task.Run(Run);
    }

    /// <summary>Until when a machine that is renamed now answers to the old name; to be asked just before.</summary>
    public DateTimeOffset NextUntil() => DateTimeOffset.FromUnixTimeMilliseconds((_clock.GetUtcNow() + _ttl()).ToUnixTimeMilliseconds());

    /// <summary>A machine was renamed.</summary>
    public void Renamed() => _renamed.Release();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _renamed.Dispose();
        _stop.Dispose();
    }

    private async Task Run()
    {
        try
        {
            var wait = Timeout.InfiniteTimeSpan;
            while (true)
            {
                // A new one is later than those that wait; it is looked at when the first of them goes.
                await WaitFor(wait);
                try
                {
                    var next = await _registry.Change(draft => draft.DropFormerNames(_clock.GetUtcNow()), _stop.Token);
                    wait = next is { } time ? Later(time - _clock.GetUtcNow()) : Timeout.InfiniteTimeSpan;
                }
                catch (RegistryStoreException e)
                {
                    LogNotDropped(e.Message);
                    wait = RetryAfter;
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private Task WaitFor(TimeSpan wait) => wait == Timeout.InfiniteTimeSpan
        ? _renamed.WaitAsync(_stop.Token)
        : Task.Delay(wait, _clock, _stop.Token);

    private static TimeSpan Later(TimeSpan left) => left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left;

    [LoggerMessage(LogLevel.Error, "A former name could not be taken away: {Reason}")]
    private partial void LogNotDropped(string reason);
}
