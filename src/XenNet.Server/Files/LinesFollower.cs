using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using XenNet.Core.Configuration;
using XenNet.Server.Linux;

namespace XenNet.Server.Files;

/// <summary>
/// Makes one thing of the lines of files, and makes it anew within a second when a file comes, changes or goes.
/// </summary>
/// <typeparam name="T">What they come to.</typeparam>
internal sealed partial class LinesFollower<T> : IAsyncDisposable
{
    private readonly string _what;
    private readonly FollowedFiles _files;
    private readonly bool _isIdle;
    private readonly Func<List<string>, ILinesReader<T>> _newReader;
    private readonly ILogger _logger;
    private ImmutableArray<(string Path, FileStamp Stamp)> _seen;
    private FileFollower? _follower;

    /// <summary>Reads everything for the first time; nothing comes of it before <see cref="Follow"/>.</summary>
    /// <param name="what">What the lines are, for the log.</param>
    /// <param name="paths">Files and directories, in the order in which they count.</param>
    /// <param name="newReader">Begins to read all of them; gets the list that takes what is wrong.</param>
    /// <param name="logger">Told of each change, with what is wrong in it.</param>
    public LinesFollower(
        string what, ImmutableArray<string> paths, Func<List<string>, ILinesReader<T>> newReader, ILogger logger)
    {
        (_what, _files, _isIdle, _newReader, _logger) = (what, new FollowedFiles(paths), paths.IsEmpty, newReader, logger);
        (Value, LeftOut) = Read(_files.Look());
    }

    /// <summary>What the lines come to, as last read.</summary>
    public T Value { get; private set; }

    /// <summary>Lines that are left out, as last read.</summary>
    public int LeftOut { get; private set; }

    /// <summary>What is wrong with the files, as last read: a line each.</summary>
    public ImmutableArray<string> Warnings { get; private set; } = [];

    /// <summary>Publishes what was read, and from now on whatever the files come to.</summary>
    /// <param name="publish">Takes what they come to, and how many lines are left out.</param>
    public void Follow(Action<T, int> publish)
    {
        publish(Value, LeftOut);
        if (!_isIdle)
        {
            _follower = new FileFollower(_files, _seen, () => false, seen =>
            {
                (Value, LeftOut) = Read(seen);
                publish(Value, LeftOut);
                return Task.CompletedTask;
            });
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _follower?.DisposeAsync() ?? ValueTask.CompletedTask;

    private (T Value, int LeftOut) Read(ImmutableArray<(string Path, FileStamp Stamp)> seen)
    {
        var warnings = new List<string>();
        var reader = _newReader(warnings);
        _files.Read(seen, (path, octets) => reader.Read(path, octets), warnings);
        if (!seen.IsEmpty)
            LogRead(reader.Summary);

        // What was said of the last files need not be said again.
        foreach (var warning in warnings.Except(Warnings))
            LogWarning(_what, warning);

        (_seen, Warnings) = (seen, [.. warnings]);
        return (reader.Build(), reader.LeftOut);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Summary}")]
    private partial void LogRead(string summary);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What}: {Warning}.")]
    private partial void LogWarning(string what, string warning);
}
