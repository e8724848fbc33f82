using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Registry;

/// <summary>
/// The registry in <c>state-dir/registry.db</c>: SQLite in WAL mode with synchronous=FULL, so that a commit that
/// returned survives kill -9 and power loss. Any SQLite tool may read it beside us.
/// </summary>
internal sealed class SqliteRegistryStore : IRegistryStore
{
    private readonly string _path;
    private readonly FileStream _lock;
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);
    private SqliteTransaction? _transaction;

    private SqliteRegistryStore(string path, FileStream @lock, SqliteConnection connection) =>
        (_path, _lock, _connection) = (path, @lock, connection);

    /// <summary>Opens the registry of a state directory, or makes a new one there.</summary>
    /// <exception cref="RegistryStoreException">
    /// Another program holds it, it cannot be written, it is damaged, or it is of another version.
    /// </exception>
    public static SqliteRegistryStore Open(string stateDirectory)
    {
        raw.SetProvider(new SQLite3Provider_sqlite3());
        var path = Path.Combine(stateDirectory, "registry.db");
        var guard = RegistryLock.Take(stateDirectory);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        try
        {
            connection.Open();
            var store = new SqliteRegistryStore(path, guard, connection);
            store.Prepare();
            return store;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            guard.Dispose();
            throw SqliteFailure.Explain(path, e);
        }
        catch (RegistryStoreException)
        {
            connection.Dispose();
            guard.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public RegistrySnapshot Load()
    {
        try
        {
            var interfaces = LoadInterfaces();
            var bindings = LoadBindings();
            var machines = new List<Machine>();
            foreach (var row in Rows("SELECT number, label, name FROM machine ORDER BY number"))
            {
                machines.Add(ReadMachine(row, interfaces, bindings));
            }

            return new RegistrySnapshot(machines, LoadForgotten(), (uint)(long)Scalar("SELECT value FROM revision"));
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(_path, e);
        }
    }

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<RegistryChange> changes, uint revision)
    {
        try
        {
            InTransaction(() =>
            {
                foreach (var change in changes)
                {
                    Write(change);
                }

                Execute("UPDATE revision SET value = $value", ("$value", (long)revision));
            });
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(_path, e);
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
        _lock.Dispose();
    }

    private void Prepare()
    {
        // Read before anything is written: a file that is not ours stays as it is.
        var version = (long)Scalar("PRAGMA user_version");
        var application = (long)Scalar("PRAGMA application_id");
        var isNew = version == 0 && application == 0 && (long)Scalar("SELECT count(*) FROM sqlite_master") == 0;
        if (!isNew && application != RegistrySchema.ApplicationId)
        {
            throw new RegistryStoreException($"{_path}: a SQLite file, but not a xennet registry; move it away");
        }

        if (!isNew && version is < 1 or > RegistrySchema.Version)
        {
            throw new RegistryStoreException(
                $"{_path}: the registry has layout {version}, and this xennet knows layout {RegistrySchema.Version}; "
                + "run the xennet that wrote it, or put a backup in its place");
        }

        if (!isNew && Scalar("PRAGMA quick_check(1)") is string verdict && verdict != "ok")
        {
            throw new RegistryStoreException(
                $"{_path}: not a sound registry ({verdict.ReplaceLineEndings(" ")}); put a backup in its place");
        }

        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute("PRAGMA foreign_keys = ON");
        // KiB. All is read once and then only written: the usual 2 MiB of pages would lie idle.
        Execute("PRAGMA cache_size = -256");
        if (isNew)
        {
            InTransaction(() =>
            {
                Execute(RegistrySchema.Creation);
                Execute($"PRAGMA application_id = {RegistrySchema.ApplicationId}");
                Execute($"PRAGMA user_version = {RegistrySchema.Version}");
            });
        }
        else
        {
            InTransaction(() =>
            {
                for (var layout = (int)version; layout < RegistrySchema.Version; layout++)
                {
                    Execute(RegistrySchema.Migrations[layout - 1]);
                    Execute($"PRAGMA user_version = {layout + 1}");
                }

                // A write that changes nothing: an unwritable registry is refused now, not at the first guest.
                Execute("UPDATE revision SET value = value");
            });
        }
    }

    private void Write(RegistryChange change)
    {
        switch (change)
        {
            case MachinePut(var machine):
                WriteMachine(machine);
                break;
            case MachineForgotten(var machine, var released):
                Execute("DELETE FROM machine WHERE number = $number", ("$number", (long)machine.Number.Value));
                if (!released)
                {
                    Execute("INSERT OR REPLACE INTO forgotten (number, name) VALUES ($number, $name)",
                        ("$number", (long)machine.Number.Value), ("$name", machine.Name));
                }

                break;
            case BindingPut(var binding):
                Execute("""
                    INSERT OR REPLACE INTO binding
                    VALUES ($vif, $number, $y, $mac, $ifindex, $domid, $since, $mtu, $bridge)
                    """,
                    ("$vif", binding.Vif),
                    ("$number", (long)binding.Number.Value),
                    ("$y", (long)binding.Interface.Value),
                    ("$mac", binding.Mac.ToString()),
                    ("$ifindex", (long)binding.InterfaceIndex),
                    ("$domid", binding.DomainId is { } domain ? (long)domain : DBNull.Value),
                    ("$since", binding.Since.ToUnixTimeMilliseconds()),
                    ("$mtu", binding.Mtu is { } mtu ? (long)mtu : DBNull.Value),
                    ("$bridge", (object?)binding.Bridge ?? DBNull.Value));
                break;
            case BindingReleased(var vif):
                Execute("DELETE FROM binding WHERE vif = $vif", ("$vif", vif));
                break;
        }
    }

    private void WriteMachine(Machine machine)
    {
        var number = ("$number", (object)(long)machine.Number.Value);
        Execute("""
            INSERT INTO machine (number, label, name) VALUES ($number, $label, $name)
            ON CONFLICT (number) DO UPDATE SET label = excluded.label, name = excluded.name
            """, number, ("$label", machine.Label.ToString()), ("$name", machine.Name));
        Execute("DELETE FROM forgotten WHERE number = $number", number);
        foreach (var known in machine.Interfaces)
        {
            // Interface 1 without a MAC is what every machine has: no row says so.
            if (known != default)
            {
                Execute("INSERT OR REPLACE INTO interface VALUES ($number, $y, $mac, $bridge)",
                    number, ("$y", (long)known.Interface.Value),
                    ("$mac", known.Mac == MacAddress.None ? DBNull.Value : known.Mac.ToString()),
                    ("$bridge", (object?)known.Bridge ?? DBNull.Value));
            }
        }
    }

    private Dictionary<int, List<KnownInterface>> LoadInterfaces()
    {
        var interfaces = new Dictionary<int, List<KnownInterface>>();
        foreach (var row in Rows("SELECT number, y, mac, bridge FROM interface ORDER BY number, y"))
        {
            var mac = MacAddress.None;
            if (!InterfaceNumber.TryCreate(row.GetInt32(1), out var y)
                || (!row.IsDBNull(2) && !MacAddress.TryParse(row.GetString(2), out mac)))
            {
                throw Unsound($"interface {row.GetInt32(1)} of machine number {row.GetInt32(0)}");
            }

            Group(interfaces, row.GetInt32(0)).Add(new KnownInterface(y, mac, BridgeOf(row, 3)));
        }

        return interfaces;
    }

    private Dictionary<int, List<Binding>> LoadBindings()
    {
        var bindings = new Dictionary<int, List<Binding>>();
        foreach (var row in Rows(
            "SELECT number, y, mac, vif, ifindex, domid, since, mtu, bridge FROM binding ORDER BY since, vif"))
        {
            if (!InterfaceNumber.TryCreate(row.GetInt32(1), out var y)
                || !MacAddress.TryParse(row.GetString(2), out var mac))
            {
                throw Unsound($"the binding of {row.GetString(3)}");
            }

            Group(bindings, row.GetInt32(0)).Add(new Binding(
                new MachineNumber((ushort)row.GetInt32(0)), y, mac, row.GetString(3), row.GetInt32(4),
                row.IsDBNull(5) ? null : row.GetInt32(5),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
                row.IsDBNull(7) ? null : row.GetInt32(7),
                BridgeOf(row, 8)));
        }

        return bindings;
    }

    private Machine ReadMachine(
        SqliteDataReader row, Dictionary<int, List<KnownInterface>> interfaces, Dictionary<int, List<Binding>> bindings)
    {
        var number = row.GetInt32(0);
        if (!MachineLabel.TryParse(row.GetString(1), out var label))
        {
            throw Unsound($"the label of machine number {number.ToString(CultureInfo.InvariantCulture)}");
        }

        var machine = new Machine(new MachineNumber((ushort)number), label, row.GetString(2));
        if (interfaces.TryGetValue(number, out var known))
        {
            machine = known.Aggregate(machine, (so, next) => so.WithInterface(next.Interface, next.Mac, next.Bridge));
        }

        return bindings.TryGetValue(number, out var up)
            ? new Machine(machine.Number, machine.Label, machine.Name, machine.Interfaces, [.. up])
            : machine;
    }

    private ImmutableArray<MachineNumber> LoadForgotten()
    {
        var forgotten = ImmutableArray.CreateBuilder<MachineNumber>();
        foreach (var row in Rows("SELECT number FROM forgotten ORDER BY sequence"))
        {
            forgotten.Add(new MachineNumber((ushort)row.GetInt32(0)));
        }

        return forgotten.ToImmutable();
    }

    // Interned: thousands of interfaces share a few names.
    private static string? BridgeOf(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : string.Intern(row.GetString(column));

    private RegistryStoreException Unsound(string what) =>
        new($"{_path}: {what} is not readable; put a backup in its place");

    private static List<T> Group<T>(Dictionary<int, List<T>> groups, int key)
    {
        if (!groups.TryGetValue(key, out var group))
        {
            groups[key] = group = [];
        }

        return group;
    }

    // Gives the reader once for each row.
    private IEnumerable<SqliteDataReader> Rows(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return reader;
        }
    }

    private object Scalar(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() ?? DBNull.Value;
    }

    // Prepared once each: an import writes the same three statements 65,000 times.
    private void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            _prepared[sql] = command;
        }

        command.Transaction = _transaction;
        command.Parameters.Clear();
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }

    private void InTransaction(Action write)
    {
        using var transaction = _connection.BeginTransaction();
        _transaction = transaction;
        try
        {
            write();
            transaction.Commit();
        }
        finally
        {
            _transaction = null;
        }
    }
}
