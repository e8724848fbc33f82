using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using XenNet.Server.Linux;

namespace XenNet.Server.Registry;

/// <summary>
/// A SQLite file of ours and a backup of it beside it, which lacks nothing: a change is in both before it is acknowledged, on
/// the disk when it is vital, so that either file may be lost. For one thread at a time.
/// </summary>
/// <remarks>
/// <c>registry.db</c> has the backup <c>registry.backup.db</c>. A file that is put there as <c>registry.restore.db</c> takes the
/// place of both at the next start.
/// </remarks>
internal sealed partial class BackedUpFile : IDisposable
{
    // How long a backup that could not be written is done without before it is tried again.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    private readonly SqliteLayout _layout;
    private readonly ILogger _log;
    private readonly string _backupPath;
    private SqliteFile? _backup;
    private long _renewed;

    private BackedUpFile(SqliteFile main, SqliteLayout layout, ILogger log) =>
        (Main, _layout, _log, _backupPath) = (main, layout, log, Beside(main.Path, "backup"));

    /// <summary>The file itself, for reading.</summary>
    public SqliteFile Main { get; }

    /// <summary>Why there is no backup now; null while there is one.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Opens a file, from its backup when it is damaged or gone, or makes a new one.</summary>
    /// <exception cref="RegistryStoreException">It cannot be written, or neither is sound, or it is not ours.</exception>
    public static BackedUpFile Open(string path, SqliteLayout layout, ILogger log)
    {
        Adopt(path, layout, log);
        var opened = new BackedUpFile(OpenOrRestore(path, layout, log), layout, log);
        opened.Renew();
        return opened;
    }

    /// <summary>Writes all or nothing to the file, and to its backup.</summary>
    /// <param name="write">Statements, done once for each.</param>
    /// <param name="isVital">False for what need not survive a power cut; the next vital one has it on the disk too.</param>
    /// <exception cref="RegistryStoreException">Nothing was written.</exception>
    public void Commit(Action<SqliteFile> write, bool isVital)
    {
        try
        {
            Main.InTransaction(write, isSynced: isVital);
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(Main.Path, _layout.Noun, e);
        }

        if (_backup is null)
        {
            if (Stopwatch.GetElapsedTime(_renewed) > RetryAfter)
            {
                Renew();
            }

            return;
        }

        try
        {
            _backup.InTransaction(write, isSynced: isVital);
        }
        catch (SqliteException e)
        {
            GiveUp(e.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _backup?.Dispose();
        Main.Dispose();
    }

    private static SqliteFile OpenOrRestore(string path, SqliteLayout layout, ILogger log)
    {
        var (backupPath, copy) = (Beside(path, "backup"), Beside(path, "restore"));
        // An empty file would be taken for a new one, and all numbers be given out again.
        var reason = File.Exists(backupPath) && new FileInfo(path) is not { Exists: true, Length: > 0 }
            ? $"{path}: it is gone"
            : null;
        try
        {
            if (reason is null)
            {
                var main = SqliteFile.Open(path, layout);
                if (!File.Exists(backupPath) || AgeOf(main, layout) >= AgeOf(backupPath, layout))
                {
                    return main;
                }

                main.Dispose();
                reason = $"{path}: it lacks the last changes";
            }
        }
        catch (RegistryStoreException e) when (e.Fault == StoreFault.Damaged)
        {
            reason = e.Message;
            if (!File.Exists(backupPath))
            {
                throw Damaged($"{reason}, and there is no backup beside it", copy, e);
            }
        }

        try
        {
            PutInPlace(Restored(backupPath, layout), path);
        }
        catch (RegistryStoreException e) when (e.Fault == StoreFault.Damaged)
        {
            throw Damaged($"{reason}, and its backup is of no use either: {e.Message}", copy, e);
        }

        LogRestored(log, reason, backupPath, Beside(path, "replaced"));
        return SqliteFile.Open(path, layout);
    }

    private static RegistryStoreException Damaged(string how, string copy, Exception cause) => new(
        $"{how}; put a copy that you made at {copy} and start again (docs/operations.md)", cause)
    {
        Fault = StoreFault.Damaged,
    };

    // The file that shall take the place of the damaged one.
    private static string Restored(string backupPath, SqliteLayout layout)
    {
        var fresh = backupPath + ".new";
        Remove(fresh);
        try
        {
            using var backup = SqliteFile.Open(backupPath, layout);
            backup.CopyTo(fresh);
            return fresh;
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(backupPath, layout.Noun, e);
        }
    }

    // What an operator puts there to go back to.
    private static void Adopt(string path, SqliteLayout layout, ILogger log)
    {
        var wanted = Beside(path, "restore");
        if (!File.Exists(wanted))
        {
            return;
        }

        var fresh = wanted + ".new";
        TakeOver(wanted, fresh);
        try
        {
            using var copy = SqliteFile.Open(fresh, layout);
            foreach (var later in (string[])[path, Beside(path, "backup")])
            {
                if (layout.GoOnFrom is { } goOn && File.Exists(later))
                {
                    GoOnFrom(copy, later, layout, goOn, log);
                }
            }
        }
        catch (RegistryStoreException e)
        {
            Remove(fresh);
            throw new RegistryStoreException(e.Message.Replace(fresh, wanted, StringComparison.Ordinal), e) { Fault = e.Fault };
        }

        PutInPlace(fresh, path);
        Remove(Beside(path, "backup"));
        Remove(wanted);
        // It must not come back after a power cut, and with it what has been changed since.
        DirectorySync.Sync(Path.GetDirectoryName(path)!);
        LogAdopted(log, path, wanted, Beside(path, "replaced"));
    }

    // Who put it there was root, and the daemon is not: it is read, and need not be written.
    private static void TakeOver(string wanted, string fresh)
    {
        try
        {
            Remove(fresh);
            foreach (var part in (string[])["-wal", ""])
            {
                if (File.Exists(wanted + part))
                {
                    using var from = File.OpenRead(wanted + part);
                    using var to = File.Create(fresh + part);
                    from.CopyTo(to);
                    to.Flush(flushToDisk: true);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RegistryStoreException($"{wanted}: it cannot be taken over: {e.Message}", e) { Fault = StoreFault.Unwritable };
        }
    }

    private static void GoOnFrom(
        SqliteFile copy, string laterPath, SqliteLayout layout, Action<SqliteFile, SqliteFile> goOn, ILogger log)
    {
        try
        {
            using var later = SqliteFile.Open(laterPath, layout);
            copy.InTransaction(file => goOn(file, later));
        }
        catch (RegistryStoreException e) when (e.Fault == StoreFault.Damaged)
        {
            LogNothingOf(log, laterPath, e.Message);
        }
    }

    // The log of what was there before must not be applied to what comes: it goes with its file.
    private static void PutInPlace(string fresh, string path)
    {
        try
        {
            var replaced = Beside(path, "replaced");
            Remove(replaced);
            foreach (var part in (string[])["-wal", ""])
            {
                if (File.Exists(path + part))
                {
                    File.Move(path + part, replaced + part);
                }
            }

            File.Delete(path + "-shm");
            File.Move(fresh, path);
            DirectorySync.Sync(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RegistryStoreException($"{path}: it cannot be replaced: {e.Message}", e) { Fault = StoreFault.Unwritable };
        }
    }

    private static long AgeOf(SqliteFile file, SqliteLayout layout) =>
        layout.Revision is { } sql ? (long)file.Scalar(sql) : 0;

    // One that is not sound is older than anything.
    private static long AgeOf(string path, SqliteLayout layout)
    {
        try
        {
            using var file = SqliteFile.Open(path, layout);
            return AgeOf(file, layout);
        }
        catch (RegistryStoreException e) when (e.Fault == StoreFault.Damaged)
        {
            return -1;
        }
    }

    // registry.db and "backup" give registry.backup.db.
    private static string Beside(string path, string what) => Path.ChangeExtension(path, what + ".db");

    private static void Remove(string path)
    {
        foreach (var part in (string[])["", "-wal", "-shm"])
        {
            File.Delete(path + part);
        }
    }

    private void Renew()
    {
        _renewed = Stopwatch.GetTimestamp();
        try
        {
            var fresh = _backupPath + ".new";
            Remove(fresh);
            Main.CopyTo(fresh);
            Remove(_backupPath);
            File.Move(fresh, _backupPath);
            DirectorySync.Sync(Path.GetDirectoryName(_backupPath)!);
            _backup = SqliteFile.Open(_backupPath, _layout);
            if (Trouble is not null)
            {
                LogThereAgain(_backupPath);
            }

            Trouble = null;
        }
        catch (Exception e) when (e is SqliteException or RegistryStoreException or IOException or UnauthorizedAccessException)
        {
            GiveUp(e.Message);
        }
    }

    // A backup that lacks something would give out a number twice when it was restored: better none.
    private void GiveUp(string why)
    {
        _backup?.Dispose();
        _backup = null;
        try
        {
            Remove(_backupPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = $"{why}; and the one that is there, which is too old, cannot be removed: {e.Message}";
        }

        if (Trouble is null)
        {
            LogWithout(_backupPath, why);
        }

        Trouble = $"{_backupPath} cannot be written: {why}";
        _renewed = Stopwatch.GetTimestamp();
    }

    [LoggerMessage(LogLevel.Error,
        "{Reason}; it was put back from {Backup}, which lacks nothing. What was there is {Replaced}")]
    private static partial void LogRestored(ILogger log, string reason, string backup, string replaced);

    [LoggerMessage(LogLevel.Warning, "{Path} is from {Wanted} now, as asked. What was there is {Replaced}")]
    private static partial void LogAdopted(ILogger log, string path, string wanted, string replaced);

    [LoggerMessage(LogLevel.Warning, "Which numbers {Path} knew cannot be read, and they may be given out again: {Reason}")]
    private static partial void LogNothingOf(ILogger log, string path, string reason);

    [LoggerMessage(LogLevel.Error, "There is no backup {Backup} for now: {Reason}")]
    private partial void LogWithout(string backup, string reason);

    [LoggerMessage(LogLevel.Information, "The backup {Backup} is there again")]
    private partial void LogThereAgain(string backup);
}
