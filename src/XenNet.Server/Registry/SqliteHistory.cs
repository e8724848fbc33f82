using Microsoft.Data.Sqlite;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Registry;

/// <summary>What machines have been up on: the bindings that are over, the last few of each machine.</summary>
internal static class SqliteHistory
{
    /// <summary>Bindings of a machine that are kept when they are over.</summary>
    public const int Most = 16;

    /// <summary>Its table.</summary>
    public const string Creation = """
        CREATE TABLE history (
            number  INTEGER NOT NULL REFERENCES machine ON DELETE CASCADE,
            since   INTEGER NOT NULL,
            vif     TEXT NOT NULL,
            y       INTEGER NOT NULL,
            mac     TEXT NOT NULL,
            domid   INTEGER,
            bridge  TEXT,
            until   INTEGER NOT NULL,
            PRIMARY KEY (number, since, vif)) STRICT, WITHOUT ROWID;
        """;

    /// <summary>Keeps what is bound on that vif, before it goes.</summary>
    /// <param name="file">Within a transaction.</param>
    /// <param name="vif">The link's name.</param>
    /// <param name="until">When it ends, in milliseconds.</param>
    public static void Keep(SqliteFile file, string vif, long until)
    {
        file.Execute("""
            INSERT OR REPLACE INTO history SELECT number, since, vif, y, mac, domid, bridge, $until FROM binding WHERE vif = $vif
            """, ("$vif", vif), ("$until", until));
        file.Execute("""
            DELETE FROM history WHERE number = (SELECT number FROM binding WHERE vif = $vif) AND since < (
                SELECT since FROM history WHERE number = (SELECT number FROM binding WHERE vif = $vif)
                ORDER BY since DESC LIMIT 1 OFFSET $most)
            """, ("$vif", vif), ("$most", (long)Most - 1));
    }

    /// <summary>Those of a machine, the last first. From any thread: the store's own connection is its writer's.</summary>
    public static IReadOnlyList<PastBinding> Read(string path, MachineNumber number)
    {
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText =
                "SELECT y, mac, vif, domid, since, bridge, until FROM history WHERE number = $number ORDER BY since DESC, vif";
            command.Parameters.AddWithValue("$number", (long)number.Value);
            using var row = command.ExecuteReader();
            var past = new List<PastBinding>();
            while (row.Read())
            {
                // What cannot be read is past anyway.
                if (InterfaceNumber.TryCreate(row.GetInt32(0), out var y) && MacAddress.TryParse(row.GetString(1), out var mac))
                {
                    past.Add(new PastBinding(
                        new Binding(number, y, mac, row.GetString(2), 0, row.IsDBNull(3) ? null : row.GetInt32(3),
                            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
                            bridge: row.IsDBNull(5) ? null : row.GetString(5)),
                        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6))));
                }
            }

            return past;
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(path, "registry", e);
        }
    }
}
