using System.Collections.Immutable;
using XenNet.Server.Linux;

namespace XenNet.Server.Files;

/// <summary>Has files read again within a second when one comes, changes or goes.</summary>
/// <remarks>
/// It looks at the files four times a second: a system call each, and it sees what inotify does not: files behind links
/// that are turned, directories that come later, and other hosts' changes on a network file system.
/// </remarks>
internal sealed class FileFollower : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    // A file that is written on and on is read now and then nevertheless: looks that it may put off.
    private const int LooksPutOffMost = 2;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following;

    /// <summary>Begins to follow.</summary>
    /// <param name="files">The files.</param>
    /// <param name="read">How they were when they were read last.</param>
    /// <param name="isStale">True when they are to be read though none has changed.</param>
    /// <param name="reread">Reads them as they are now.</param>
    public FileFollower(
        FollowedFiles files, ImmutableArray<(string Path, FileStamp Stamp)> read, Func<bool> isStale,
        Func<ImmutableArray<(string Path, FileStamp Stamp)>, Task> reread) =>
        _following = FollowAsync(files, read, isStale, reread);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync(
        FollowedFiles files, ImmutableArray<(string Path, FileStamp Stamp)> read, Func<bool> isStale,
        Func<ImmutableArray<(string Path, FileStamp Stamp)>, Task> reread)
    {
        using var timer = new PeriodicTimer(LookEvery);
        var before = read;
        var putOff = 0;
        while (await WaitAsync(timer))
        {
            // Only what stands still from one look to the next is read: half a file would lose half of its lines.
            var seen = files.Look();
            var isStill = seen.SequenceEqual(before);
            before = seen;
            if (seen.SequenceEqual(read) && !isStale())
            {
                putOff = 0;
            }
            else if (isStill || ++putOff > LooksPutOffMost)
            {
                (putOff, read) = (0, seen);
                await reread(seen);
            }
        }
    }

    private async ValueTask<bool> WaitAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
