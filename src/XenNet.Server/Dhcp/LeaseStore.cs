using Microsoft.Data.Sqlite;
using SQLitePCL;
using XenNet.Core.Dhcp.Pools;
using XenNet.Server.Registry;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>
/// The leases of pools in <c>state-dir/leases.db</c>: SQLite in WAL mode with synchronous=FULL. Beside the registry and
/// not in it, because leases are many, short and can be lost, and none of their changes is one of the zone's. For one
/// thread.
/// </summary>
internal sealed class LeaseStore : IDisposable
{
    // "xnls" (PRAGMA application_id).
    private const int ApplicationId = 0x786e6c73;

    private readonly string _path;
    private readonly SqliteConnection _connection;

    private LeaseStore(string path, SqliteConnection connection) => (_path, _connection) = (path, connection);

    /// <summary>Opens the leases of a state directory, or makes new ones there.</summary>
    /// <exception cref="RegistryStoreException">They cannot be written, are damaged, or are not ours.</exception>
    public static LeaseStore Open(string stateDirectory)
    {
        raw.SetProvider(new SQLite3Provider_sqlite3());
        var path = Path.Combine(stateDirectory, "leases.db");
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            connection.Open();
            var store = new LeaseStore(path, connection);
            store.Prepare();
            return store;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw SqliteFailure.Explain(path, e);
        }
        catch (RegistryStoreException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>All leases of an interface's pool, those that are over included.</summary>
    /// <exception cref="RegistryStoreException">They cannot be read.</exception>
    public IReadOnlyList<PoolLease> Load(string interfaceName)
    {
        try
        {
            using var command = _connection.CreateCommand();
            command.CommandText = "SELECT address, mac, port, until FROM lease WHERE interface = $interface ORDER BY until";
            command.Parameters.AddWithValue("$interface", interfaceName);
            using var reader = command.ExecuteReader();
            var leases = new List<PoolLease>();
            while (reader.Read())
            {
                if (Ipv4Address.TryParse(reader.GetString(0), out var address)
                    && MacAddress.TryParse(reader.GetString(1), out var mac))
                {
                    leases.Add(new PoolLease(address, mac, reader.GetInt32(2), reader.GetInt64(3)));
                }
            }

            return leases;
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(_path, e);
        }
    }

    /// <summary>Writes changes, all in one commit.</summary>
    /// <exception cref="RegistryStoreException">Nothing was written.</exception>
    public void Commit(IEnumerable<(string Interface, PoolChange Change)> changes)
    {
        try
        {
            using var transaction = _connection.BeginTransaction();
            foreach (var (name, change) in changes)
            {
                if (change.Ended is { } ended)
                {
                    Execute(transaction, "DELETE FROM lease WHERE interface = $interface AND address = $address", name, ended);
                }

                if (change.Granted is { } granted)
                {
                    Execute(
                        transaction, "INSERT OR REPLACE INTO lease VALUES ($interface, $address, $mac, $port, $until)", name,
                        granted);
                }
            }

            transaction.Commit();
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(_path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private void Prepare()
    {
        var isNew = (long)Scalar("SELECT count(*) FROM sqlite_master") == 0;
        if (!isNew && (long)Scalar("PRAGMA application_id") != ApplicationId)
        {
            throw new RegistryStoreException($"{_path}: a SQLite file, but not xennet's leases; move it away");
        }

        Scalar("PRAGMA journal_mode = WAL");
        Scalar("PRAGMA synchronous = FULL");
        if (isNew)
        {
            Scalar($"""
                BEGIN;
                CREATE TABLE lease (
                    interface TEXT NOT NULL,
                    address   TEXT NOT NULL,
                    mac       TEXT NOT NULL,
                    port      INTEGER NOT NULL,
                    until     INTEGER NOT NULL,
                    PRIMARY KEY (interface, address)) STRICT, WITHOUT ROWID;
                PRAGMA application_id = {ApplicationId};
                COMMIT;
                """);
        }
    }

    private object Scalar(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() ?? DBNull.Value;
    }

    private void Execute(SqliteTransaction transaction, string sql, string interfaceName, PoolLease lease)
    {
        using var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.Parameters.AddWithValue("$interface", interfaceName);
        command.Parameters.AddWithValue("$address", lease.Address.ToString());
        command.Parameters.AddWithValue("$mac", lease.Mac.ToString());
        command.Parameters.AddWithValue("$port", lease.Port);
        command.Parameters.AddWithValue("$until", lease.Until);
        command.ExecuteNonQuery();
    }
}
