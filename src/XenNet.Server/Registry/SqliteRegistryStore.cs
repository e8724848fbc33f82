using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Registry;

/// <summary>
/// The registry in <c>state-dir/registry.db</c>: SQLite in WAL mode, so that a commit that returned survives kill -9, and
/// with synchronous=FULL a power cut too, but for what that takes anyway
/// (<see cref="RegistryChange.IsOfRunningGuest"/>). Any SQLite tool may read it beside us.
/// </summary>
internal sealed class SqliteRegistryStore : IRegistryStore
{
    /// <summary>Its name in the state directory.</summary>
    public const string FileName = "registry.db";

    private readonly FileStream _lock;
    private readonly BackedUpFile _file;

    // As the file has it; null until it was read or written.
    private uint? _revision;

    private SqliteRegistryStore(FileStream @lock, BackedUpFile file) => (_lock, _file) = (@lock, file);

    /// <inheritdoc/>
    public string? Trouble => _file.Trouble;

    /// <summary>Opens the registry of a state directory, or makes a new one there.</summary>
    /// <exception cref="RegistryStoreException">
    /// Another program holds it, it cannot be written, it is damaged as its backup is, or it is of another version.
    /// </exception>
    public static SqliteRegistryStore Open(string stateDirectory, ILogger? log = null)
    {
        var guard = RegistryLock.Take(stateDirectory);
        try
        {
            return new SqliteRegistryStore(guard, BackedUpFile.Open(
                Path.Combine(stateDirectory, FileName), RegistrySchema.Layout, log ?? NullLogger.Instance));
        }
        catch
        {
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
            var names = LoadNames();
            foreach (var row in _file.Main.Rows("SELECT number, label, name, boot, notes FROM machine ORDER BY number"))
            {
                var machine = ReadMachine(row, interfaces, bindings);
                machines.Add(row.IsDBNull(4) && !names.Contains(row.GetInt32(0)) ? machine : machine.With(new MachineExtras(
                    row.IsDBNull(4) ? "" : row.GetString(4), [.. names[row.GetInt32(0)]])));
            }

            var revision = (uint)(long)_file.Main.Scalar("SELECT value FROM revision");
            _revision = revision;
            return new RegistrySnapshot(machines, LoadForgotten(), revision,
                _file.Main.Scalar("SELECT id FROM dom0_boot") as string ?? "");
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(_file.Main.Path, RegistrySchema.Layout.Noun, e);
        }
    }

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<RegistryChange> changes, uint revision)
    {
        var isRaised = revision != _revision;
        _file.Commit(
            file =>
            {
                foreach (var change in changes)
                {
                    Write(file, change);
                }

                if (isRaised)
                {
                    file.Execute("UPDATE revision SET value = $value", ("$value", (long)revision));
                }
            },
            isVital: isRaised || changes.Any(change => !change.IsOfRunningGuest));
        _revision = revision;
    }

    /// <inheritdoc/>
    public IReadOnlyList<PastBinding> History(MachineNumber number) => SqliteHistory.Read(_file.Main.Path, number);

    /// <inheritdoc/>
    public bool HasHad(MacAddress mac)
    {
        try
        {
            return (long)_file.Main.Scalar("SELECT EXISTS (SELECT 1 FROM mac_used WHERE mac = $mac)", ("$mac", mac.ToString())) != 0;
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(_file.Main.Path, RegistrySchema.Layout.Noun, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    private static void Write(SqliteFile file, RegistryChange change)
    {
        switch (change)
        {
            case MachinePut(var machine):
                WriteMachine(file, machine);
                break;
            case MacNoted(var machine, var y):
                WriteInterface(file, machine.Number, machine.Interfaces.First(known => known.Interface == y));
                break;
            case ExtrasPut(var machine):
                WriteExtras(file, machine);
                break;
            case MachineForgotten(var machine, var released):
                file.Execute("DELETE FROM machine WHERE number = $number", ("$number", (long)machine.Number.Value));
                if (!released)
                {
                    KeepBack(file, machine.Number, machine.Name);
                }

                break;
            case NumberKeptBack(var number):
                KeepBack(file, number, name: "");
                break;
            case MacIssued(var mac):
                file.Execute("INSERT OR IGNORE INTO mac_used VALUES ($mac)", ("$mac", mac.ToString()));
                break;
            case BindingPut(var binding, var isFirst):
                if (!isFirst)
                {
                    EndOther(file, binding);
                }

                WriteBinding(file, binding);
                break;
            case BootNoted(var id):
                file.Execute("DELETE FROM dom0_boot");
                file.Execute("INSERT INTO dom0_boot VALUES ($id)", ("$id", id));
                break;
            case BindingReleased(var vif):
                SqliteHistory.Keep(file, vif, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                file.Execute("DELETE FROM binding WHERE vif = $vif", ("$vif", vif));
                break;
        }
    }

    // Whoever came first stays first: another link of that name is a new one, and the same link is not.
    private static void EndOther(SqliteFile file, Binding binding)
    {
        file.Execute("""
            INSERT OR REPLACE INTO history SELECT number, since, vif, y, mac, domid, bridge, $since FROM binding
            WHERE vif = $vif AND (ifindex <> $ifindex OR number <> $number)
            """,
            ("$vif", binding.Vif), ("$ifindex", (long)binding.InterfaceIndex),
            ("$number", (long)binding.Number.Value), ("$since", binding.Since.ToUnixTimeMilliseconds()));
        file.Execute("DELETE FROM binding WHERE vif = $vif AND ifindex <> $ifindex",
            ("$vif", binding.Vif), ("$ifindex", (long)binding.InterfaceIndex));
    }

    private static void WriteBinding(SqliteFile file, Binding binding) => file.Execute("""
        INSERT INTO binding VALUES ($vif, $number, $y, $mac, $ifindex, $domid, $since, $mtu, $bridge, $domain, $role)
        ON CONFLICT (vif) DO UPDATE SET number = excluded.number, y = excluded.y, mac = excluded.mac,
            domid = excluded.domid, since = excluded.since, mtu = excluded.mtu, bridge = excluded.bridge,
            domain = excluded.domain, role = excluded.role
        """,
        ("$vif", binding.Vif),
        ("$number", (long)binding.Number.Value),
        ("$y", (long)binding.Interface.Value),
        ("$mac", binding.Mac.ToString()),
        ("$ifindex", (long)binding.InterfaceIndex),
        ("$domid", binding.DomainId is { } domain ? (long)domain : DBNull.Value),
        ("$since", binding.Since.ToUnixTimeMilliseconds()),
        ("$mtu", binding.Mtu is { } mtu ? (long)mtu : DBNull.Value),
        ("$bridge", (object?)binding.Bridge ?? DBNull.Value),
        ("$domain", (object?)binding.DomainName ?? DBNull.Value),
        ("$role", (long)binding.Role));

    private static void WriteExtras(SqliteFile file, Machine machine)
    {
        var number = ("$number", (object)(long)machine.Number.Value);
        file.Execute("UPDATE machine SET notes = $notes WHERE number = $number",
            number, ("$notes", machine.Extras.Notes.Length == 0 ? DBNull.Value : machine.Extras.Notes));
        file.Execute("DELETE FROM alias WHERE number = $number", number);
        foreach (var name in machine.Extras.Names)
        {
            file.Execute("INSERT INTO alias VALUES ($number, $label, $until, $y)", number, ("$label", name.Label.ToString()),
                ("$until", name.Until is { } until ? until.ToUnixTimeMilliseconds() : DBNull.Value),
                ("$y", (long)name.Interface.Value));
        }
    }

    private ILookup<int, ExtraName> LoadNames()
    {
        var names = new List<(int Number, ExtraName Name)>();
        foreach (var row in _file.Main.Rows("SELECT number, label, until, y FROM alias ORDER BY label"))
        {
            if (!MachineLabel.TryParse(row.GetString(1), out var label) || !InterfaceNumber.TryCreate(row.GetInt32(3), out var y))
            {
                throw Unsound($"another name of machine number {row.GetInt32(0).ToString(CultureInfo.InvariantCulture)}");
            }

            names.Add((row.GetInt32(0), new ExtraName(
                label, row.IsDBNull(2) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), y)));
        }

        return names.ToLookup(name => name.Number, name => name.Name);
    }

    private static void KeepBack(SqliteFile file, MachineNumber number, string name) => file.Execute(
        "INSERT OR REPLACE INTO forgotten (number, name) VALUES ($number, $name)",
        ("$number", (long)number.Value), ("$name", name));

    private static void WriteMachine(SqliteFile file, Machine machine)
    {
        var number = ("$number", (object)(long)machine.Number.Value);
        file.Execute("""
            INSERT INTO machine (number, label, name, boot) VALUES ($number, $label, $name, $boot)
            ON CONFLICT (number) DO UPDATE SET label = excluded.label, name = excluded.name, boot = excluded.boot
            """, number, ("$label", machine.Label.ToString()), ("$name", machine.Name),
            ("$boot", (object?)machine.Boot ?? DBNull.Value));
        file.Execute("DELETE FROM forgotten WHERE number = $number", number);
        foreach (var known in machine.Interfaces)
        {
            // Interface 1 without a MAC is what every machine has: no row says so.
            if (known != default)
            {
                WriteInterface(file, machine.Number, known);
            }
        }
    }

    private static void WriteInterface(SqliteFile file, MachineNumber number, KnownInterface known) => file.Execute(
        "INSERT OR REPLACE INTO interface VALUES ($number, $y, $mac, $bridge)",
        ("$number", (long)number.Value), ("$y", (long)known.Interface.Value),
        ("$mac", known.Mac == MacAddress.None ? DBNull.Value : known.Mac.ToString()),
        ("$bridge", (object?)known.Bridge ?? DBNull.Value));

    private Dictionary<int, List<KnownInterface>> LoadInterfaces()
    {
        var interfaces = new Dictionary<int, List<KnownInterface>>();
        foreach (var row in _file.Main.Rows("SELECT number, y, mac, bridge FROM interface ORDER BY number, y"))
        {
            var mac = MacAddress.None;
            if (!InterfaceNumber.TryCreate(row.GetInt32(1), out var y)
                || (!row.IsDBNull(2) && !MacAddress.TryParse(row.GetString(2), out mac)))
            {
                throw Unsound($"interface {row.GetInt32(1)} of machine number {row.GetInt32(0)}");
            }

            Group(interfaces, row.GetInt32(0)).Add(new KnownInterface(y, mac, InternedAt(row, 3)));
        }

        return interfaces;
    }

    private Dictionary<int, List<Binding>> LoadBindings()
    {
        var bindings = new Dictionary<int, List<Binding>>();
        // In the order in which they came; by the time that they have noted it would be another once the clock was set.
        foreach (var row in _file.Main.Rows(
            "SELECT number, y, mac, vif, ifindex, domid, since, mtu, bridge, domain, role FROM binding ORDER BY rowid"))
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
                InternedAt(row, 8),
                row.IsDBNull(9) ? null : row.GetString(9),
                (VifRole)row.GetInt32(10)));
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

        var machine = new Machine(new MachineNumber((ushort)number), label, row.GetString(2)).Booting(InternedAt(row, 3));
        if (interfaces.TryGetValue(number, out var known))
        {
            machine = known.Aggregate(machine, (so, next) => so.WithInterface(next.Interface, next.Mac, next.Bridge));
        }

        return bindings.TryGetValue(number, out var up)
            ? new Machine(machine.Number, machine.Label, machine.Name, machine.Interfaces, [.. up], machine.Boot)
            : machine;
    }

    private ImmutableArray<MachineNumber> LoadForgotten()
    {
        var forgotten = ImmutableArray.CreateBuilder<MachineNumber>();
        foreach (var row in _file.Main.Rows("SELECT number FROM forgotten ORDER BY sequence"))
        {
            forgotten.Add(new MachineNumber((ushort)row.GetInt32(0)));
        }

        return forgotten.ToImmutable();
    }

    // Interned: thousands of interfaces and machines share a few names.
    private static string? InternedAt(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : string.Intern(row.GetString(column));

    private RegistryStoreException Unsound(string what) =>
        SqliteFailure.Unsound(_file.Main.Path, RegistrySchema.Layout.Noun, $"{what} is not readable");

    private static List<T> Group<T>(Dictionary<int, List<T>> groups, int key)
    {
        if (!groups.TryGetValue(key, out var group))
        {
            groups[key] = group = [];
        }

        return group;
    }
}
