namespace XenNet.Server.Registry;

/// <summary>The tables of <c>registry.db</c>, and the way from older layouts to this one.</summary>
internal static class RegistrySchema
{
    private const string NamesAndHistory = $"""
        CREATE TABLE alias (
            number  INTEGER NOT NULL REFERENCES machine ON DELETE CASCADE,
            label   TEXT NOT NULL,
            until   INTEGER,
            PRIMARY KEY (number, label)) STRICT, WITHOUT ROWID;
        {SqliteHistory.Creation}
        """;

    // Which interface a name means by itself.
    private const string AliasInterface =
        "ALTER TABLE alias ADD COLUMN y INTEGER NOT NULL DEFAULT 1 CHECK (y BETWEEN 1 AND 127);";

    // Every MAC in Xen's range that an interface has had, one row each: at most 2^24. A row that is there already is not
    // written again, as a start that finds all as it was should dirty no page of it.
    private const string MacHistory = """
        CREATE TABLE mac_used (mac TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TRIGGER interface_mac AFTER INSERT ON interface WHEN NEW.mac LIKE '00:16:3e:%' BEGIN
            INSERT INTO mac_used SELECT NEW.mac WHERE NOT EXISTS (SELECT 1 FROM mac_used WHERE mac = NEW.mac);
        END;
        """;

    private const string Creation = $"""
        CREATE TABLE machine (
            number  INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 65535),
            label   TEXT NOT NULL UNIQUE,
            name    TEXT NOT NULL UNIQUE,
            created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
            boot    TEXT,
            notes   TEXT) STRICT;
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
            bridge  TEXT,
            domain  TEXT,
            role    INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE TABLE dom0_boot (id TEXT NOT NULL) STRICT;
        {NamesAndHistory}
        {AliasInterface}
        CREATE TABLE forgotten (
            sequence  INTEGER PRIMARY KEY AUTOINCREMENT,
            number    INTEGER NOT NULL UNIQUE,
            name      TEXT NOT NULL,
            forgotten TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT;
        {MacHistory}
        CREATE TABLE revision (value INTEGER NOT NULL) STRICT;
        INSERT INTO revision VALUES (1);
        """;

    /// <summary>"xnet", from layout 1 on.</summary>
    public static readonly SqliteLayout Layout = new("registry", 0x786e6574, First: 1, Creation,
        [
            "ALTER TABLE interface ADD COLUMN bridge TEXT; ALTER TABLE binding ADD COLUMN bridge TEXT;",
            "ALTER TABLE machine ADD COLUMN boot TEXT;",
            """
            ALTER TABLE binding ADD COLUMN domain TEXT;
            ALTER TABLE binding ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
            UPDATE binding SET domain = '';
            CREATE TABLE dom0_boot (id TEXT NOT NULL) STRICT;
            """,
            $"ALTER TABLE machine ADD COLUMN notes TEXT; {NamesAndHistory}",
            $"{MacHistory} INSERT INTO mac_used SELECT DISTINCT mac FROM interface WHERE mac LIKE '00:16:3e:%';",
            AliasInterface,
        ])
    {
        Revision = "SELECT value FROM revision",
        GoOnFrom = OlderCopy.GoOnFrom,
    };
}
