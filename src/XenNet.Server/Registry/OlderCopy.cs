using Microsoft.Data.Sqlite;

namespace XenNet.Server.Registry;

/// <summary>
/// What an older copy of the registry takes from the one that it replaces: nobody who runs loses an address, and nobody else
/// gets it.
/// </summary>
internal static class OlderCopy
{
    /// <summary>Writes it into the copy.</summary>
    /// <param name="copy">Within a transaction.</param>
    /// <param name="later">What it replaces.</param>
    public static void GoOnFrom(SqliteFile copy, SqliteFile later)
    {
        KeepRunningGuests(copy, later);
        KeepBackNumbers(copy, later);
        // The zone's serial rises above all that secondaries have seen.
        copy.Execute("UPDATE revision SET value = max(value, $revision) + 1",
            ("$revision", later.Scalar("SELECT value FROM revision")));
    }

    // A guest that is up has its address, whatever the copy lacks: its machine stays, unless the copy has another one of its
    // number or name.
    private static void KeepRunningGuests(SqliteFile copy, SqliteFile later)
    {
        if (later.Scalar("SELECT id FROM dom0_boot") is string boot && copy.Scalar("SELECT id FROM dom0_boot") as string != boot)
        {
            copy.Execute("DELETE FROM binding");
            copy.Execute("DELETE FROM dom0_boot");
            CopyRows(copy, later.Rows("SELECT * FROM dom0_boot"), "dom0_boot");
        }

        foreach (var row in later.Rows("SELECT number, label FROM machine WHERE number IN (SELECT number FROM binding)"))
        {
            (string, object) number = ("$number", row.GetInt64(0)), label = ("$label", row.GetString(1));
            if (!Holds(copy, "SELECT * FROM machine WHERE number = $number AND label = $label", number, label))
            {
                if (Holds(copy, "SELECT number FROM machine WHERE number = $number OR label = $label "
                    + "UNION ALL SELECT number FROM alias WHERE label = $label", number, label))
                {
                    continue;
                }

                CopyRows(copy, later.Rows("SELECT * FROM machine WHERE number = $number", number), "machine");
                copy.Execute("DELETE FROM forgotten WHERE number = $number", number);
            }

            CopyRows(copy, later.Rows("SELECT * FROM interface WHERE number = $number", number), "interface");
            CopyRows(copy, later.Rows("SELECT * FROM binding WHERE number = $number", number), "binding");
        }
    }

    private static bool Holds(SqliteFile file, string rows, params ReadOnlySpan<(string Name, object Value)> parameters) =>
        (long)file.Scalar($"SELECT EXISTS ({rows})", parameters) != 0;

    // Numbers that were given since the copy was made are somebody's addresses: they are not given to others while there are
    // any that nobody had, and no MAC is given out again.
    private static void KeepBackNumbers(SqliteFile copy, SqliteFile later)
    {
        foreach (var row in later.Rows("SELECT number, name FROM machine UNION ALL SELECT number, name FROM forgotten"))
        {
            copy.Execute("""
                INSERT OR IGNORE INTO forgotten (number, name) SELECT $number, $name
                WHERE NOT EXISTS (SELECT * FROM machine WHERE number = $number)
                """, ("$number", row.GetInt64(0)), ("$name", row.GetString(1)));
        }

        foreach (var row in later.Rows("SELECT mac FROM mac_used"))
        {
            copy.Execute("INSERT OR IGNORE INTO mac_used VALUES ($mac)", ("$mac", row.GetString(0)));
        }
    }

    // By the columns' names: in a file that was brought from an older layout they stand in another order.
    private static void CopyRows(SqliteFile copy, IEnumerable<SqliteDataReader> rows, string table)
    {
        foreach (var row in rows)
        {
            var columns = Enumerable.Range(0, row.FieldCount).Select(row.GetName).ToList();
            var values = string.Join(", ", columns.Select(name => "$" + name));
            copy.Execute($"INSERT OR REPLACE INTO {table} ({string.Join(", ", columns)}) VALUES ({values})",
                [.. columns.Select((name, at) => ("$" + name, row.GetValue(at)))]);
        }
    }
}
