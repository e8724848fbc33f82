using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace XenNet.Server.Registry;

/// <summary>
/// A SQLite file of ours that is open: WAL mode with synchronous=FULL, so that a commit that returned survives kill -9 and
/// power loss. Any SQLite tool may read it beside us. For one thread at a time.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);
    private bool _isSynced = true;

    private SqliteFile(string path, SqliteConnection connection) => (Path, _connection) = (path, connection);

    public string Path { get; }

    /// <summary>Opens a file, or makes a new one.</summary>
    /// <exception cref="RegistryStoreException">
    /// It cannot be written, it is damaged (<see cref="StoreFault.Damaged"/>), or it is of another kind or version.
    /// </exception>
    public static SqliteFile Open(string path, SqliteLayout layout)
    {
        var connection = Connect(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            connection.Open();
            var file = new SqliteFile(path, connection);
            file.Prepare(layout);
            return file;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw SqliteFailure.Explain(path, layout.Noun, e);
        }
        catch (RegistryStoreException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes all of it to a new file, which is on the disk when this returns.</summary>
    public void CopyTo(string path)
    {
        using var copy = Connect(path, SqliteOpenMode.ReadWriteCreate);
        copy.Open();
        _connection.BackupDatabase(copy);
    }

    /// <summary>Gives the reader once for each row.</summary>
    public IEnumerable<SqliteDataReader> Rows(string sql, params (string Name, object Value)[] parameters)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        Set(command, parameters);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return reader;
        }
    }

    public object Scalar(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        Set(command, parameters);
        return command.ExecuteScalar() ?? DBNull.Value;
    }

    // Prepared once each: an import writes the same statements 65,000 times, and a guest's start waits for each.
    public void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            _prepared[sql] = command;
        }

        command.Parameters.Clear();
        Set(command, parameters);
        command.ExecuteNonQuery();
    }

    /// <summary>Writes all or nothing.</summary>
    /// <param name="write">Statements on this file.</param>
    /// <param name="isSynced">False when it need only survive the end of the process, and a later one may sync it.</param>
    public void InTransaction(Action<SqliteFile> write, bool isSynced = true)
    {
        if (_isSynced != isSynced)
        {
            Execute(isSynced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            _isSynced = isSynced;
        }

        // As statements that are prepared once, as all others.
        Execute("BEGIN IMMEDIATE");
        try
        {
            write(this);
            Execute("COMMIT");
        }
        catch
        {
            // Some failures have taken it back already, as that of a full disk.
            if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                Execute("ROLLBACK");
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private static void Set(SqliteCommand command, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        raw.SetProvider(new SQLite3Provider_sqlite3());
        return new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
    }

    private void Prepare(SqliteLayout layout)
    {
        // Read before anything is written: a file that is not ours stays as it is.
        var version = (long)Scalar("PRAGMA user_version");
        var application = (long)Scalar("PRAGMA application_id");
        var isNew = version == 0 && application == 0 && (long)Scalar("SELECT count(*) FROM sqlite_master") == 0;
        if (!isNew && application != layout.ApplicationId)
        {
            throw new RegistryStoreException($"{Path}: a SQLite file, but not a xennet {layout.Noun}; move it away");
        }

        if (!isNew && (version < layout.First || version > layout.Version))
        {
            throw new RegistryStoreException(
                $"{Path}: the {layout.Noun} has layout {version}, and this xennet knows layout {layout.Version}; "
                + "run the xennet that wrote it, or put a backup in its place");
        }

        if (!isNew && Scalar("PRAGMA quick_check(1)") is string verdict && verdict != "ok")
        {
            throw SqliteFailure.Unsound(Path, layout.Noun, verdict);
        }

        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute("PRAGMA foreign_keys = ON");
        // KiB. All is read once and then only written: the usual 2 MiB of pages would lie idle.
        Execute("PRAGMA cache_size = -256");
        InTransaction(file =>
        {
            if (isNew)
            {
                file.Execute(layout.Creation);
                file.Execute($"PRAGMA application_id = {layout.ApplicationId}");
            }
            else
            {
                foreach (var step in layout.Migrations[(int)(version - layout.First)..])
                {
                    file.Execute(step);
                }
            }

            // Also when it changes nothing: what cannot be written is found out now, and not at the first guest.
            file.Execute($"PRAGMA user_version = {layout.Version}");
        });
    }
}
