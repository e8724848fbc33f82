using Microsoft.Data.Sqlite;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Server.Registry;
using XenNet.Wire;

namespace XenNet.Tests.Registry;

/// <summary>Either of the two files of the registry may be lost, and nothing is; an older copy gives no number out twice.</summary>
public sealed class RegistryBackupTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("xennet-backup-").FullName;

    private string Database => Path.Combine(_directory, "registry.db");

    private string Backup => Path.Combine(_directory, "registry.backup.db");

    private string Copy => Path.Combine(_directory, "registry.restore.db");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_backup_has_each_change_when_the_commit_returns(bool isSecondRun)
    {
        using (isSecondRun ? null : SqliteRegistryStore.Open(_directory))
        {
            // A run before, or none.
        }

        using var store = SqliteRegistryStore.Open(_directory);
        store.Commit([new MachinePut(Machine(1, "a")), new MachinePut(Machine(2, "b"))], 2);
        Assert.Equal("1 a, 2 b; revision 2", Names(Backup));

        store.Commit([new MachineForgotten(Machine(1, "a"), false), new BindingPut(Binding(2))], 3);
        Assert.Equal("2 b; revision 3", Names(Backup));
        Assert.Equal("vif2.0", Scalar(Backup, "SELECT vif FROM binding"));
        Assert.Equal(1L, Scalar(Backup, "SELECT number FROM forgotten"));

        store.Commit([new BindingReleased("vif2.0")], 3);
        Assert.Equal(0L, Scalar(Backup, "SELECT count(*) FROM binding"));
    }

    [Theory]
    [InlineData("pages of it are overwritten")]
    [InlineData("it is text")]
    [InlineData("it is cut")]
    [InlineData("it is empty")]
    [InlineData("it is gone")]
    [InlineData("its log is gone")]
    public void A_registry_that_is_damaged_is_put_back_with_all_that_was_committed(string how)
    {
        LeaveAsKilled();
        Damage(Database, how);

        using (var store = SqliteRegistryStore.Open(_directory))
        {
            AssertWhole(store);
        }

        using var again = SqliteRegistryStore.Open(_directory);
        AssertWhole(again);
    }

    [Theory]
    [InlineData("pages of it are overwritten")]
    [InlineData("it is text")]
    [InlineData("it is cut")]
    [InlineData("it is empty")]
    [InlineData("it is gone")]
    [InlineData("its log is gone")]
    public void A_backup_that_is_damaged_is_made_anew(string how)
    {
        LeaveAsKilled();
        Damage(Backup, how);

        using (var store = SqliteRegistryStore.Open(_directory))
        {
            AssertWhole(store);
        }

        Damage(Database, "it is gone");
        using var again = SqliteRegistryStore.Open(_directory);
        AssertWhole(again);
    }

    [Fact]
    public void When_neither_is_sound_it_says_what_to_do_and_leaves_both_alone()
    {
        LeaveAsKilled();
        Damage(Database, "pages of it are overwritten");
        Damage(Backup, "it is text");
        var before = (File.ReadAllBytes(Database), File.ReadAllBytes(Backup));

        var error = Assert.Throws<RegistryStoreException>(() => SqliteRegistryStore.Open(_directory));

        Assert.StartsWith($"{Database}: not a sound registry", error.Message, StringComparison.Ordinal);
        Assert.Contains($"its backup is of no use either: {Backup}: not a sound registry", error.Message,
            StringComparison.Ordinal);
        Assert.EndsWith($"put a copy that you made at {Copy} and start again (docs/operations.md)", error.Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(before.Item1, File.ReadAllBytes(Database));
        Assert.Equal(before.Item2, File.ReadAllBytes(Backup));
    }

    [Fact]
    public void A_damaged_registry_without_a_backup_says_what_to_do()
    {
        LeaveAsKilled();
        Damage(Database, "it is text");
        Damage(Backup, "it is gone");

        var error = Assert.Throws<RegistryStoreException>(() => SqliteRegistryStore.Open(_directory));

        Assert.Contains("there is no backup beside it; put a copy that you made at", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("as it was")]
    [InlineData("it is text")]
    public void An_older_copy_that_is_put_there_counts_and_gives_no_later_number_out_again(string main)
    {
        LeaveAsKilled();
        using (SqliteRegistryStore.Open(_directory))
        {
            Execute(Database, $"VACUUM INTO '{Copy}.later'");
        }

        // Since the copy was made: one more machine, one forgotten.
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new MachinePut(Machine(4, "young")), new MachineForgotten(Machine(3, "c"), false)], 11);
        }

        File.Move(Copy + ".later", Copy);
        if (main != "as it was")
        {
            Damage(Database, main);
        }

        using (var store = SqliteRegistryStore.Open(_directory))
        {
            var snapshot = store.Load();
            Assert.Equal(["a", "b", "c"], snapshot.Machines.Select(machine => machine.Name));
            Assert.Equal([9, 4], snapshot.Forgotten.Select(number => (int)number.Value));
            Assert.True(snapshot.Revision > 11, "A secondary would miss what was taken back.");
            Assert.Equal(5, NextNumber(snapshot));
        }

        Assert.False(File.Exists(Copy));
        using var again = SqliteRegistryStore.Open(_directory);
        Assert.Equal(["a", "b", "c"], again.Load().Machines.Select(machine => machine.Name));
    }

    [Theory]
    [InlineData("as it was")]
    [InlineData("it is text")]
    public void A_guest_that_is_up_and_that_the_copy_lacks_keeps_its_number_unless_the_copy_says_another(string main)
    {
        LeaveAsKilled();
        using (SqliteRegistryStore.Open(_directory))
        {
            Execute(Database, $"VACUUM INTO '{Copy}.later'");
        }

        // Since then Dom0 has started anew; b runs again, number 3 is another's, and of two new machines one runs.
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new BindingReleased("vif1.0"), new BindingReleased("vif2.0"), new BootNoted("this one")], 11);
            store.Commit([new MachineForgotten(Machine(3, "c"), true), new MachinePut(Machine(3, "other"))], 12);
            store.Commit([new MachinePut(Machine(4, "idle")), new MachinePut(Machine(5, "young"))], 13);
            store.Commit([new BindingPut(Binding(3)), new BindingPut(Binding(5)), new BindingPut(Binding(2) with { DomainName = "d" })], 13);
        }

        File.Move(Copy + ".later", Copy);
        if (main != "as it was")
        {
            Damage(Database, main);
        }

        using var restored = SqliteRegistryStore.Open(_directory);
        var snapshot = restored.Load();
        Assert.Equal(["1 a ", "2 b vif2.0 d", "3 c ", "5 young vif5.0 "], snapshot.Machines.Select(machine => $"{machine.Number} {machine.Name} "
            + string.Join(' ', machine.Bindings.Select(binding => $"{binding.Vif} {binding.DomainName}"))));
        Assert.Equal("this one", snapshot.Boot);
        Assert.Equal([9, 4], snapshot.Forgotten.Select(number => (int)number.Value));
    }

    [Fact]
    public void A_copy_that_is_not_sound_is_refused_and_nothing_else_touched()
    {
        LeaveAsKilled();
        File.WriteAllText(Copy, new string('x', 8192));

        var error = Assert.Throws<RegistryStoreException>(() => SqliteRegistryStore.Open(_directory));

        Assert.StartsWith($"{Copy}: not a sound registry", error.Message, StringComparison.Ordinal);
        File.Delete(Copy);
        using var store = SqliteRegistryStore.Open(_directory);
        AssertWhole(store);
    }

    [Fact]
    public void Without_room_for_a_backup_there_is_none_rather_than_an_old_one_and_it_says_so()
    {
        LeaveAsKilled();
        // Nothing can be written under that name.
        Directory.CreateDirectory(Path.Combine(Backup + ".new", "full"));

        using var store = SqliteRegistryStore.Open(_directory);
        store.Commit([new MachinePut(Machine(5, "more"))], 11);

        Assert.StartsWith($"{Backup} cannot be written: ", store.Trouble, StringComparison.Ordinal);
        Assert.False(File.Exists(Backup));
        Assert.Equal(4, store.Load().Machines.Count);
    }

    // As kill -9 leaves them: two files with their logs, in which the last changes are.
    private void LeaveAsKilled()
    {
        var elsewhere = Directory.CreateTempSubdirectory("xennet-killed-").FullName;
        using (var store = SqliteRegistryStore.Open(elsewhere))
        {
            store.Commit([new MachinePut(Machine(9, "gone"))], 8);
            store.Commit([new MachineForgotten(Machine(9, "gone"), false)], 9);
            // From here on it is in the logs only.
            foreach (var name in (string[])["registry.db", "registry.backup.db"])
            {
                Execute(Path.Combine(elsewhere, name), "PRAGMA wal_checkpoint");
            }

            store.Commit([new MachinePut(Machine(1, "a")), new MachinePut(Machine(2, "b")), new MachinePut(Machine(3, "c"))], 10);
            store.Commit([new BindingPut(Binding(1)), new BindingPut(Binding(2))], 10);
            foreach (var file in Directory.GetFiles(elsewhere, "registry*.db*")
                .Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
            {
                File.Copy(file, Path.Combine(_directory, Path.GetFileName(file)));
            }
        }

        Directory.Delete(elsewhere, recursive: true);
    }

    private static void AssertWhole(SqliteRegistryStore store)
    {
        var snapshot = store.Load();
        Assert.Equal(["1 a vif1.0", "2 b vif2.0", "3 c "], snapshot.Machines.Select(machine =>
            $"{machine.Number} {machine.Name} {string.Join(' ', machine.Bindings.Select(binding => binding.Vif))}"));
        Assert.Equal([9], snapshot.Forgotten.Select(number => (int)number.Value));
        Assert.Equal(10u, snapshot.Revision);
        Assert.Null(store.Trouble);
    }

    private static void Damage(string path, string how)
    {
        switch (how)
        {
            case "pages of it are overwritten":
                // Also those that are in its log by now.
                foreach (var file in (string[])[path, path + "-wal"])
                {
                    var octets = File.Exists(file) ? File.ReadAllBytes(file) : [];
                    for (var at = 4096; at < octets.Length; at += 4096)
                    {
                        octets.AsSpan(at, Math.Min(512, octets.Length - at)).Fill(0xa5);
                    }

                    File.WriteAllBytes(file, octets);
                }

                break;
            case "it is text":
                File.WriteAllText(path, new string('x', 8192));
                File.Delete(path + "-wal");
                break;
            case "it is cut":
                using (var cut = File.OpenWrite(path))
                {
                    cut.SetLength(cut.Length / 2);
                }

                File.Delete(path + "-wal");
                break;
            case "it is empty":
                File.WriteAllText(path, "");
                File.Delete(path + "-wal");
                break;
            case "its log is gone":
                File.Delete(path + "-wal");
                break;
            default:
                File.Delete(path);
                break;
        }
    }

    private static int NextNumber(RegistrySnapshot snapshot)
    {
        Assert.True(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix));
        var state = RegistryState.Load(snapshot, new GuestNetworks(new AddressScheme(prefix)), _ => null, out _)!;
        return state.Draft().Ensure("new", null).Machine!.Number.Value;
    }

    private static string Names(string path) =>
        Scalar(path, "SELECT group_concat(number || ' ' || name, ', ') FROM (SELECT * FROM machine ORDER BY number)")
        + $"; revision {Scalar(path, "SELECT value FROM revision")}";

    private static object? Scalar(string path, string sql)
    {
        using var connection = Opened(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static void Execute(string path, string sql) => Scalar(path, sql);

    private static SqliteConnection Opened(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    private static Machine Machine(int number, string name)
    {
        Assert.Equal(LabelRefusal.None, MachineLabel.Map(name, out var label));
        return new Machine(new MachineNumber((ushort)number), label, name);
    }

    private static Binding Binding(int number) => new(
        new MachineNumber((ushort)number), InterfaceNumber.First, MacAddress.Xen((uint)number), $"vif{number}.0", 40 + number,
        number, DateTimeOffset.UnixEpoch);
}
