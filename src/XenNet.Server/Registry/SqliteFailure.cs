using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace XenNet.Server.Registry;

/// <summary>What SQLite's result codes mean to an operator.</summary>
internal static class SqliteFailure
{
    /// <summary>One line: what, where, what to do.</summary>
    public static RegistryStoreException Explain(string path, SqliteException e) => e.SqliteErrorCode switch
    {
        raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT => new RegistryStoreException(
            $"{path}: not a sound registry ({e.Message}); put a backup in its place, or move it away to begin anew", e),
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => new RegistryStoreException(
            $"{path}: the registry cannot be written ({e.Message}); look at its owner, mode and file system", e),
        raw.SQLITE_FULL => new RegistryStoreException(
            $"{path}: the disk is full, so nothing was written; free some room and try again", e),
        raw.SQLITE_BUSY => new RegistryStoreException(
            $"{path}: another program holds the registry for writing; end it and try again", e),
        _ => new RegistryStoreException($"{path}: the registry failed: {e.Message}", e),
    };
}
