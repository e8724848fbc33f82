using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace XenNet.Server.Registry;

/// <summary>What SQLite's result codes mean to an operator.</summary>
internal static class SqliteFailure
{
    /// <summary>One line: what, where, what to do.</summary>
    /// <param name="path">The file.</param>
    /// <param name="noun">What it is to an operator.</param>
    /// <param name="e">What SQLite says.</param>
    public static RegistryStoreException Explain(string path, string noun, SqliteException e) => e.SqliteErrorCode switch
    {
        raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT => Unsound(path, noun, e.Message, e),
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => new RegistryStoreException(
            $"{path}: the {noun} cannot be written ({e.Message}); look at its owner, mode and file system", e)
        {
            Fault = StoreFault.Unwritable,
        },
        raw.SQLITE_FULL => new RegistryStoreException(
            $"{path}: the disk is full, so nothing was written; free some room and try again", e)
        {
            Fault = StoreFault.Unwritable,
        },
        raw.SQLITE_BUSY => new RegistryStoreException(
            $"{path}: another program holds the {noun} for writing; end it and try again", e),
        // A disk that is full shows in this way where the file of shared memory is made, and a broken one in others.
        raw.SQLITE_IOERR => new RegistryStoreException(
            $"{path}: the disk does not take the {noun} ({e.Message}, code {e.SqliteExtendedErrorCode}); "
            + "look at its room and health (df, dmesg)", e)
        {
            Fault = StoreFault.Unwritable,
        },
        _ => new RegistryStoreException($"{path}: the {noun} failed: {e.Message}", e),
    };

    /// <summary>Something in the file is not as it was written.</summary>
    public static RegistryStoreException Unsound(string path, string noun, string how, Exception? cause = null) => new(
        $"{path}: not a sound {noun} ({how.ReplaceLineEndings(" ")})", cause)
    {
        Fault = StoreFault.Damaged,
    };
}
