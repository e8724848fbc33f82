using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
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
    // "xnls"; layout 0 had no clock.
    private static readonly SqliteLayout Layout = new("store of leases", 0x786e6c73, First: 0, $"""
        CREATE TABLE lease (
            interface TEXT NOT NULL,
            address   TEXT NOT NULL,
            mac       TEXT NOT NULL,
            port      INTEGER NOT NULL,
            until     INTEGER NOT NULL,
            PRIMARY KEY (interface, address)) STRICT, WITHOUT ROWID;
        {ClockTable}
        """, [ClockTable]);

    private const string ClockTable = """
        CREATE TABLE clock (boot TEXT NOT NULL, up INTEGER NOT NULL, now INTEGER NOT NULL) STRICT;
        """;

    private readonly BackedUpFile _file;

    private LeaseStore(BackedUpFile file, TimeProvider time) => (_file, Clock) = (file, LeaseClock.Continue(ReadClock(file), time));

    /// <summary>The time by which leases end.</summary>
    public LeaseClock Clock { get; }

    /// <summary>Opens the leases of a state directory, or makes new ones there.</summary>
    /// <exception cref="RegistryStoreException">They cannot be written, are damaged, or are not ours.</exception>
    public static LeaseStore Open(string stateDirectory, TimeProvider? time = null, ILogger? log = null)
    {
        var file = BackedUpFile.Open(Path.Combine(stateDirectory, "leases.db"), Layout, log ?? NullLogger.Instance);
        try
        {
            var store = new LeaseStore(file, time ?? TimeProvider.System);
            store.Commit([]);
            return store;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>All leases of an interface's pool, those that are over included.</summary>
    /// <exception cref="RegistryStoreException">They cannot be read.</exception>
    public IReadOnlyList<PoolLease> Load(string interfaceName)
    {
        try
        {
            var leases = new List<PoolLease>();
            foreach (var row in _file.Main.Rows("SELECT address, mac, port, until, interface FROM lease ORDER BY until"))
            {
                if (row.GetString(4) == interfaceName
                    && Ipv4Address.TryParse(row.GetString(0), out var address)
                    && MacAddress.TryParse(row.GetString(1), out var mac)
                    && row.GetInt64(2) is >= 0 and <= int.MaxValue and var port)
                {
                    leases.Add(new PoolLease(address, mac, (int)port, row.GetInt64(3)));
                }
            }

            return leases;
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(_file.Main.Path, Layout.Noun, e);
        }
    }

    /// <summary>Writes changes, all in one commit.</summary>
    /// <exception cref="RegistryStoreException">Nothing was written.</exception>
    public void Commit(IReadOnlyCollection<(string Interface, PoolChange Change)> changes) => _file.Commit(
        file =>
        {
            foreach (var (name, change) in changes)
            {
                if (change.Ended is { } ended)
                {
                    file.Execute("DELETE FROM lease WHERE interface = $interface AND address = $address",
                        ("$interface", name), ("$address", ended.Address.ToString()));
                }

                if (change.Granted is { } granted)
                {
                    file.Execute("INSERT OR REPLACE INTO lease VALUES ($interface, $address, $mac, $port, $until)",
                        ("$interface", name), ("$address", granted.Address.ToString()), ("$mac", granted.Mac.ToString()),
                        ("$port", (long)granted.Port), ("$until", granted.Until));
                }
            }

            var (boot, up, now) = Clock.Reading();
            file.Execute("DELETE FROM clock");
            file.Execute("INSERT INTO clock VALUES ($boot, $up, $now)", ("$boot", boot), ("$up", up), ("$now", now));
        },
        isVital: true);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ClockReading? ReadClock(BackedUpFile file)
    {
        ClockReading? last = null;
        foreach (var row in file.Main.Rows("SELECT boot, up, now FROM clock"))
        {
            last = new ClockReading(row.GetString(0), row.GetInt64(1), row.GetInt64(2));
        }

        return last;
    }
}
