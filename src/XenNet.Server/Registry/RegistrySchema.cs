using System.Collections.Immutable;

namespace XenNet.Server.Registry;

/// <summary>The tables of <c>registry.db</c>, and the way from older layouts to this one.</summary>
internal static class RegistrySchema
{
    /// <summary>The layout this program reads and writes (PRAGMA user_version).</summary>
    public const int Version = 2;

    /// <summary>"xnet" (PRAGMA application_id): tells our file from anybody else's.</summary>
    public const int ApplicationId = 0x786e6574;

    /// <summary>Makes the newest layout in an empty file.</summary>
    public const string Creation = """
        CREATE TABLE machine (
            number  INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 65535),
            label   TEXT NOT NULL UNIQUE,
            name    TEXT NOT NULL UNIQUE,
            created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT;
        CREATE TABLE interface (
            number  INTEGER NOT NULL REFERENCES machine ON DELETE CASCADE,
            y       INTEGER NOT NULL CHECK (y BETWEEN 1 AND 127),
            mac     TEXT,
            bridge  TEXT,
            PRIMARY KEY (number, y)) STRICT, WITHOUT ROWID;
        CREATE TABLE binding (
            vif     TEXT PRIMARY KEY,
            number  INTEGER NOT NULL REFERENCES machine ON DELETE CASCADE,
            y       INTEGER NOT NULL CHECK (y BETWEEN 1 AND 127),
            mac     TEXT NOT NULL,
            ifindex INTEGER NOT NULL,
            domid   INTEGER,
            since   INTEGER NOT NULL,
            mtu     INTEGER,
            bridge  TEXT) STRICT;
        CREATE TABLE forgotten (
            sequence  INTEGER PRIMARY KEY AUTOINCREMENT,
            number    INTEGER NOT NULL UNIQUE,
            name      TEXT NOT NULL,
            forgotten TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT;
        CREATE TABLE revision (value INTEGER NOT NULL) STRICT;
        INSERT INTO revision VALUES (1);
        """;

    /// <summary>What brings a layout to the next one, from layout 1 on.</summary>
    public static readonly ImmutableArray<string> Migrations =
    [
        "ALTER TABLE interface ADD COLUMN bridge TEXT; ALTER TABLE binding ADD COLUMN bridge TEXT;",
    ];
}
