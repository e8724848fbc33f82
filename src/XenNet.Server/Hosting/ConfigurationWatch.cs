using XenNet.Server.Configuration;
using XenNet.Server.Linux;

namespace XenNet.Server.Hosting;

/// <summary>
/// Reads the configuration again when its file has changed and then stood still for a second, while <c>reload-on-change</c> is
/// in force.
/// </summary>
internal sealed class ConfigurationWatch : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;

    /// <summary>Begins to look.</summary>
    public ConfigurationWatch(ConfigurationSource source, Reloading reloading) => _watching = WatchAsync(source, reloading);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(ConfigurationSource source, Reloading reloading)
    {
        var read = FileStamp.Of(source.File);
        var before = read;
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var seen = FileStamp.Of(source.File);
                // Half a file would be a broken one.
                if (seen == before && seen != read)
                {
                    read = seen;
                    if (reloading.Configuration.ReloadOnChange)
                    {
                        await reloading.ReloadAsync();
                    }
                }

                before = seen;
            }
        }
        catch (OperationCanceledException)
        {
            // We stop.
        }
    }
}
