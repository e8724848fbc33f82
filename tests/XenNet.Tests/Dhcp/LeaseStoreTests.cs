using Microsoft.Data.Sqlite;
using XenNet.Core.Dhcp.Pools;
using XenNet.Server.Dhcp;
using XenNet.Server.Registry;
using XenNet.Wire;

namespace XenNet.Tests.Dhcp;

public sealed class LeaseStoreTests : IDisposable
{
    private static readonly PoolLease One = new(
        DhcpScene.AddressOf("192.168.7.50"), DhcpScene.MacOf("00:16:3e:77:00:01"), Port: 3, Until: 1_800_000_000);

    private static readonly PoolLease Two = new(
        DhcpScene.AddressOf("192.168.7.51"), DhcpScene.MacOf("00:16:3e:77:00:02"), Port: 4, PoolLease.Forever);

    private readonly string _folder = Directory.CreateTempSubdirectory("xennet-leases-").FullName;

    [Fact]
    public void What_was_committed_is_there_after_a_restart_for_its_own_link()
    {
        using (var store = LeaseStore.Open(_folder))
        {
            store.Commit([("br-lab", new PoolChange(One, null)), ("br-two", new PoolChange(Two, null))]);
        }

        using var again = LeaseStore.Open(_folder);
        Assert.Equal([One], again.Load("br-lab"));
        Assert.Equal([Two], again.Load("br-two"));
        Assert.Empty(again.Load("br-three"));
    }

    [Fact]
    public void A_lease_that_goes_on_or_ends_replaces_what_was_there()
    {
        using var store = LeaseStore.Open(_folder);
        store.Commit([("br", new PoolChange(One, null)), ("br", new PoolChange(Two, null))]);
        store.Commit([("br", new PoolChange(One with { Until = 1_900_000_000 }, null)), ("br", new PoolChange(null, Two))]);

        Assert.Equal([One with { Until = 1_900_000_000 }], store.Load("br"));
    }

    // CVE-2005-0876: whoever can write the file must not thereby write our memory.
    [Theory]
    [InlineData("'br', '10.0.0.300', '00:16:3e:00:00:02', 1, 5")]
    [InlineData("'br', '', '', 1, 5")]
    [InlineData("'br', '192.168.7.60', '00:16:3e:00:00:02:03', 1, 5")]
    [InlineData("'br', '192.168.7.60', '00:16:3e:00:00:02', -1, 5")]
    [InlineData("'br', '192.168.7.60', '00:16:3e:00:00:02', 2147483648, 5")]
    [InlineData("'br', printf('%.*c', 100000, '1'), '00:16:3e:00:00:02', 1, -9223372036854775808")]
    public void Lease_file_parsing_what_is_no_lease_is_passed_over(string row)
    {
        using (var store = LeaseStore.Open(_folder))
        {
            store.Commit([("br", new PoolChange(One, null))]);
        }

        using (var file = new SqliteConnection($"Data Source={Path.Combine(_folder, "leases.db")};Pooling=False"))
        {
            file.Open();
            using var insert = file.CreateCommand();
            insert.CommandText = $"INSERT INTO lease VALUES ({row})";
            insert.ExecuteNonQuery();
        }

        using var again = LeaseStore.Open(_folder);
        Assert.Equal([One], again.Load("br"));
    }

    [Fact]
    public void Leases_outlive_the_loss_of_their_file()
    {
        using (var store = LeaseStore.Open(_folder))
        {
            store.Commit([("br", new PoolChange(One, null))]);
        }

        File.WriteAllText(Path.Combine(_folder, "leases.db"), "");

        using var again = LeaseStore.Open(_folder);
        Assert.Equal([One], again.Load("br"));
    }

    // As the first release wrote it.
    [Fact]
    public void Leases_of_the_first_layout_are_kept()
    {
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "leases.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"""
                PRAGMA journal_mode = WAL;
                CREATE TABLE lease (interface TEXT NOT NULL, address TEXT NOT NULL, mac TEXT NOT NULL, port INTEGER NOT NULL,
                    until INTEGER NOT NULL, PRIMARY KEY (interface, address)) STRICT, WITHOUT ROWID;
                INSERT INTO lease VALUES ('br', '{One.Address}', '{One.Mac}', {One.Port}, {One.Until});
                PRAGMA application_id = 2020502643;
                """;
            command.ExecuteNonQuery();
        }

        using var store = LeaseStore.Open(_folder);
        Assert.Equal([One], store.Load("br"));
    }

    [Fact]
    public void A_file_of_somebody_else_is_left_as_it_is()
    {
        File.WriteAllText(Path.Combine(_folder, "leases.db"), new string('x', 4096));

        Assert.Contains("leases.db", Assert.Throws<RegistryStoreException>(() => LeaseStore.Open(_folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Those_that_wait_are_told_when_it_is_durable_and_all_are_before_it_closes()
    {
        var told = 0;
        using (var writer = new LeaseWriter(LeaseStore.Open(_folder)))
        {
            for (var i = 0; i < 300; i++)
            {
                var lease = One with { Address = new Ipv4Address(One.Address.Value + (uint)i) };
                Assert.True(writer.TryWrite("br", new PoolChange(lease, null), refusal =>
                {
                    Assert.Null(refusal);
                    Interlocked.Increment(ref told);
                }));
            }
        }

        Assert.Equal(300, told);
        using var store = LeaseStore.Open(_folder);
        Assert.Equal(300, store.Load("br").Count);
    }

    [Fact]
    public void A_port_is_found_in_the_kernels_table()
    {
        // struct __fdb_entry: port 3; port 0x105; cut.
        using var table = new MemoryStream(Convert.FromHexString(
            "00163e770001" + "03" + "00" + "00000000" + "00" + "000000"
            + "00163e770002" + "05" + "00" + "00000000" + "01" + "000000"
            + "00163e770003" + "07"));

        Assert.Equal(3, BridgePorts.Find(table, DhcpScene.MacOf("00:16:3e:77:00:01")));
        table.Position = 0;
        Assert.Equal(0x105, BridgePorts.Find(table, DhcpScene.MacOf("00:16:3e:77:00:02")));
        table.Position = 0;
        Assert.Equal(0, BridgePorts.Find(table, DhcpScene.MacOf("00:16:3e:77:00:03")));
        Assert.Equal(0, BridgePorts.Find("no-such-link", DhcpScene.MacOf("00:16:3e:77:00:01")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
