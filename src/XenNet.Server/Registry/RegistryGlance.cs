using Microsoft.Data.Sqlite;
using SQLitePCL;
using XenNet.Core.Addressing;
using XenNet.Core.Configuration;
using XenNet.Core.Registry;

namespace XenNet.Server.Registry;

/// <summary>
/// A look at the registry from outside the daemon, whether that runs or not: it changes nothing and keeps nobody off.
/// </summary>
public static class RegistryGlance
{
    /// <summary>The machines with their interfaces, without bindings; none when there is no registry yet.</summary>
    /// <param name="configuration">Where it lies, and the addressing that it must fit.</param>
    /// <param name="refusal">
    /// Set, and the result null, when it cannot be read or a machine has no address under network.prefix: one line.
    /// </param>
    public static RegistryView? TryRead(XenNetConfiguration configuration, out string? refusal)
    {
        var guests = configuration.GuestNetworks();
        refusal = null;
        if (!File.Exists(configuration.RegistryFile))
            return new RegistryView(guests);

        try
        {
            var snapshot = new RegistrySnapshot(Read(configuration.RegistryFile), [], 0);
            return RegistryState.Load(snapshot, guests, clash: _ => null, out refusal)?.View;
        }
        catch (SqliteException e)
        {
            refusal = $"{configuration.RegistryFile}: {e.Message}";
            return null;
        }
    }

    private static List<Machine> Read(string path)
    {
        raw.SetProvider(new SQLite3Provider_sqlite3());
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        // A registry of before layout 3 has no such column until the daemon opens it.
        command.CommandText = "SELECT count(*) FROM pragma_table_info('machine') WHERE name = 'boot'";
        var knowsBoot = (long)command.ExecuteScalar()! != 0;
        // One statement is one state of the registry, whatever the daemon writes meanwhile.
        command.CommandText = knowsBoot
            ? "SELECT number, label, name, y, boot FROM machine LEFT JOIN interface USING (number) ORDER BY number, y"
            : "SELECT number, label, name, y, NULL FROM machine LEFT JOIN interface USING (number) ORDER BY number, y";
        using var rows = command.ExecuteReader();
        var machines = new List<Machine>();
        while (rows.Read())
        {
            // What the daemon will say of a row that cannot be read is said by the daemon.
            var number = new MachineNumber((ushort)rows.GetInt32(0));
            if (!MachineLabel.TryParse(rows.GetString(1), out var label))
                continue;

            if (machines.Count == 0 || machines[^1].Number != number)
                machines.Add(new Machine(number, label, rows.GetString(2)).Booting(rows.IsDBNull(4) ? null : rows.GetString(4)));

            if (!rows.IsDBNull(3) && InterfaceNumber.TryCreate(rows.GetInt32(3), out var y))
                machines[^1] = machines[^1].WithInterface(y, default);
        }

        return machines;
    }
}
