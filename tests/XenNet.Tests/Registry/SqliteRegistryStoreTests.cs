using Microsoft.Data.Sqlite;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Server.Registry;
using XenNet.Wire;

namespace XenNet.Tests.Registry;

public sealed class SqliteRegistryStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("xennet-registry-").FullName;

    private string Database => Path.Combine(_directory, "registry.db");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_was_committed_is_there_after_opening_again()
    {
        var machine = Machine(7, "ce").WithInterface(Y(2), MacAddress.Xen(2));
        var binding = new Binding(machine.Number, Y(2), MacAddress.Xen(2), "vif5.1", 42, 5, DateTimeOffset.UnixEpoch.AddMilliseconds(17), 9000);
        var byHand = new Binding(machine.Number, Y(2), binding.Mac, "tap0", 43, domainId: null, binding.Since);
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new MachinePut(machine), new BindingPut(binding), new BindingPut(byHand)], 9);
        }

        using var again = SqliteRegistryStore.Open(_directory);
        var snapshot = again.Load();

        var held = Assert.Single(snapshot.Machines);
        Assert.Equal(9u, snapshot.Revision);
        Assert.Equal("ce", held.Name);
        Assert.Equal("ce", held.Label.ToString());
        Assert.Equal(7, held.Number.Value);
        Assert.Equal([new KnownInterface(Y(1), MacAddress.None), new KnownInterface(Y(2), MacAddress.Xen(2))], held.Interfaces.ToArray());
        // In the order in which they came.
        Assert.Equal([binding, byHand], held.Bindings.ToArray());
    }

    [Fact]
    public void A_new_registry_is_empty_at_revision_1()
    {
        using var store = SqliteRegistryStore.Open(_directory);

        var snapshot = store.Load();

        Assert.Empty(snapshot.Machines);
        Assert.Empty(snapshot.Forgotten);
        Assert.Equal(1u, snapshot.Revision);
    }

    [Fact]
    public void Forgotten_numbers_come_back_in_the_order_they_were_forgotten_and_released_ones_do_not()
    {
        using var store = SqliteRegistryStore.Open(_directory);
        store.Commit([.. Enumerable.Range(1, 4).Select(n => new MachinePut(Machine(n, $"m{n}")))], 2);
        store.Commit([new MachineForgotten(Machine(3, "m3"), false), new MachineForgotten(Machine(1, "m1"), false)], 3);
        store.Commit([new MachineForgotten(Machine(2, "m2"), true)], 4);

        Assert.Equal([3, 1], store.Load().Forgotten.Select(number => (int)number.Value));

        store.Commit([new MachinePut(Machine(3, "again"))], 5);
        Assert.Equal([1], store.Load().Forgotten.Select(number => (int)number.Value));
    }

    [Fact]
    public void A_revision_alone_is_kept()
    {
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([], 7);
        }

        using var again = SqliteRegistryStore.Open(_directory);
        Assert.Equal(7u, again.Load().Revision);
    }

    [Fact]
    public void A_commit_that_fails_half_way_leaves_what_was_there()
    {
        using var store = SqliteRegistryStore.Open(_directory);
        store.Commit([new MachinePut(Machine(1, "a"))], 2);

        // The second takes the first one's label: the store refuses the two together.
        var error = Assert.Throws<RegistryStoreException>(() =>
            store.Commit([new MachinePut(Machine(2, "b")), new MachinePut(Machine(3, "a"))], 3));

        Assert.Contains("registry.db", error.Message, StringComparison.Ordinal);
        var snapshot = store.Load();
        Assert.Equal("a", Assert.Single(snapshot.Machines).Name);
        Assert.Equal(2u, snapshot.Revision);
    }

    [Fact]
    public void A_released_binding_is_gone_and_the_machine_stays()
    {
        var machine = Machine(1, "a");
        using var store = SqliteRegistryStore.Open(_directory);
        store.Commit([new MachinePut(machine), new BindingPut(
            new Binding(machine.Number, Y(1), MacAddress.Xen(1), "vif1.0", 4, 1, DateTimeOffset.UnixEpoch))], 2);

        store.Commit([new BindingReleased("vif1.0")], 2);

        Assert.Empty(Assert.Single(store.Load().Machines).Bindings);
    }

    [Fact]
    public void The_bridge_of_an_interface_and_of_a_binding_is_kept()
    {
        var binding = new Binding(
            new MachineNumber(1), Y(2), MacAddress.Xen(1), "vif1.1", 4, 1, DateTimeOffset.UnixEpoch, 1500, "xenbr0");
        var machine = Machine(1, "a").WithInterface(Y(2), MacAddress.Xen(1), "xenbr0").WithBinding(binding);
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new MachinePut(machine), new BindingPut(binding)], 2);
        }

        using var again = SqliteRegistryStore.Open(_directory);
        var kept = Assert.Single(again.Load().Machines);
        Assert.Equal([null, "xenbr0"], kept.Interfaces.Select(known => known.Bridge));
        Assert.Equal(binding, Assert.Single(kept.Bindings));
    }

    [Fact]
    public void What_a_machine_boots_from_is_kept_through_everything_else_that_happens_to_it()
    {
        var binding = new Binding(new MachineNumber(1), Y(1), MacAddress.Xen(1), "vif1.0", 4, 1, DateTimeOffset.UnixEpoch);
        Assert.Equal(LabelRefusal.None, MachineLabel.Map("b", out var label));
        var machine = Machine(1, "a").Booting("debian").WithInterface(Y(2), MacAddress.Xen(2)).WithBinding(binding)
            .WithoutBinding("vif0.0").Renamed(label, "b");
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new MachinePut(machine), new BindingPut(binding)], 2);
        }

        using (var again = SqliteRegistryStore.Open(_directory))
        {
            Assert.Equal("debian", Assert.Single(again.Load().Machines).Boot);
            again.Commit([new MachinePut(machine.Booting(null))], 3);
        }

        using var last = SqliteRegistryStore.Open(_directory);
        Assert.Null(Assert.Single(last.Load().Machines).Boot);
    }

    [Fact]
    public void The_name_of_a_bindings_domain_its_role_and_the_boot_are_kept()
    {
        var binding = new Binding(new MachineNumber(1), Y(1), MacAddress.Xen(1), "vif5.0-emu", 7, 5,
            DateTimeOffset.FromUnixTimeMilliseconds(1000), null, null, "ce--incoming", VifRole.Tap);
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new MachinePut(Machine(1, "ce")), new BindingPut(binding), new BootNoted("one"), new BootNoted("two")], 2);
        }

        using var again = SqliteRegistryStore.Open(_directory);

        var snapshot = again.Load();
        Assert.Equal(binding, Assert.Single(Assert.Single(snapshot.Machines).Bindings));
        Assert.Equal("two", snapshot.Boot);
    }

    [Fact]
    public void Notes_and_other_names_are_kept_and_go_with_their_machine()
    {
        Assert.Equal(LabelRefusal.None, MachineLabel.Map("www", out var alias));
        Assert.Equal(LabelRefusal.None, MachineLabel.Map("was", out var former));
        Assert.Equal(LabelRefusal.None, MachineLabel.Map("ce-2", out var second));
        var extras = new MachineExtras("of the web team",
        [
            new ExtraName(second, null, Y(2)), new ExtraName(former, DateTimeOffset.FromUnixTimeMilliseconds(5000)),
            new ExtraName(alias, null),
        ]);
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new MachinePut(Machine(1, "ce")), new ExtrasPut(Machine(1, "ce").With(extras)), new MachinePut(Machine(2, "web"))], 2);
        }

        using var again = SqliteRegistryStore.Open(_directory);

        var machines = again.Load().Machines;
        Assert.Equal((extras.Notes, ""), (machines[0].Extras.Notes, machines[1].Extras.Notes));
        Assert.Equal([.. extras.Names], machines[0].Extras.Names.ToArray());
        again.Commit([new MachineForgotten(machines[0], true), new MachinePut(Machine(1, "db"))], 3);
        Assert.Equal(MachineExtras.None, again.Load().Machines[0].Extras);
    }

    [Fact]
    public void Of_the_bindings_that_are_over_the_last_sixteen_are_kept()
    {
        using var store = SqliteRegistryStore.Open(_directory);
        store.Commit([new MachinePut(Machine(1, "ce")), new MachinePut(Machine(2, "web"))], 2);
        for (var domain = 1; domain <= 17; domain++)
        {
            store.Commit([new BindingPut(Up(1, domain))], 2);
            store.Commit([new BindingReleased($"vif{domain}.0")], 2);
        }

        // Another machine's vif takes the name without a word of the one before.
        store.Commit([new BindingPut(Up(2, 18))], 2);
        store.Commit([new BindingPut(new Binding(new MachineNumber(1), Y(1), MacAddress.Xen(1), "vif18.0", 99, 18,
            DateTimeOffset.FromUnixTimeMilliseconds(50_000)))], 2);

        Assert.Equal(Enumerable.Range(2, 16).Reverse(), store.History(new MachineNumber(1)).Select(past => past.Binding.DomainId ?? 0));
        var other = Assert.Single(store.History(new MachineNumber(2)));
        Assert.Equal((18, 50_000), (other.Binding.DomainId, other.Until.ToUnixTimeMilliseconds()));

        static Binding Up(ushort number, int domain) => new(new MachineNumber(number), Y(1), MacAddress.Xen(1), $"vif{domain}.0",
            domain, domain, DateTimeOffset.FromUnixTimeMilliseconds(domain * 1000));
    }

    // As the first release wrote it.
    [Fact]
    public void A_registry_of_layout_1_is_brought_to_this_one_with_all_that_it_holds()
    {
        using (var connection = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE machine (number INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE,
                    created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT;
                CREATE TABLE interface (number INTEGER NOT NULL REFERENCES machine ON DELETE CASCADE, y INTEGER NOT NULL,
                    mac TEXT, PRIMARY KEY (number, y)) STRICT, WITHOUT ROWID;
                CREATE TABLE binding (vif TEXT PRIMARY KEY, number INTEGER NOT NULL REFERENCES machine ON DELETE CASCADE,
                    y INTEGER NOT NULL, mac TEXT NOT NULL, ifindex INTEGER NOT NULL, domid INTEGER, since INTEGER NOT NULL,
                    mtu INTEGER) STRICT;
                CREATE TABLE forgotten (sequence INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL UNIQUE,
                    name TEXT NOT NULL, forgotten TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT;
                CREATE TABLE revision (value INTEGER NOT NULL) STRICT;
                INSERT INTO revision VALUES (7);
                INSERT INTO machine (number, label, name) VALUES (1, 'ce', 'ce');
                INSERT INTO interface VALUES (1, 2, '00:16:3e:00:00:02');
                INSERT INTO binding VALUES ('vif5.1', 1, 2, '00:16:3e:00:00:02', 9, 5, 1000, 1400);
                PRAGMA application_id = 2020500852;
                PRAGMA user_version = 1;
                """;
            command.ExecuteNonQuery();
        }

        using (SqliteRegistryStore.Open(_directory))
        {
            // Opening it once does all.
        }

        using var store = SqliteRegistryStore.Open(_directory);
        var snapshot = store.Load();
        var machine = Assert.Single(snapshot.Machines);
        Assert.Equal((7u, "ce", 2, null), (snapshot.Revision, machine.Name, machine.Interfaces.Count, machine.Boot));
        Assert.Equal(("vif5.1", 1400, null), (machine.Bindings[0].Vif, machine.Bindings[0].Mtu, machine.Bindings[0].Bridge));
        Assert.Equal(("", VifRole.Only, ""), (machine.Bindings[0].DomainName, machine.Bindings[0].Role, snapshot.Boot));
        store.Commit([new MachinePut(machine.WithInterface(Y(2), MacAddress.None, "xenbr0"))], 8);
        Assert.Equal("xenbr0", Assert.Single(store.Load().Machines).BridgeOf(Y(2)));
        Assert.True(store.HasHad(MacAddress.Xen(2)));
    }

    [Fact]
    public void A_MAC_of_Xens_range_that_a_machine_has_had_is_remembered_when_it_has_another_and_when_it_is_forgotten()
    {
        var foreign = MacAddress.FromUInt64(0x02_00_00_00_00_01);
        var machine = Machine(1, "a").WithInterface(Y(1), MacAddress.Xen(1));
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new MachinePut(machine)], 2);
            store.Commit([new MachinePut(machine.WithInterface(Y(1), MacAddress.Xen(2)))], 2);
            store.Commit([new MacNoted(machine.WithInterface(Y(1), MacAddress.Xen(5)), Y(1))], 2);
            Assert.Equal(MacAddress.Xen(5), Assert.Single(store.Load().Machines).Interfaces[0].Mac);
            store.Commit([new MachinePut(machine.WithInterface(Y(1), foreign))], 2);
            store.Commit([new MachineForgotten(machine, NumberReleased: true), new MacIssued(MacAddress.Xen(4))], 3);
        }

        using var again = SqliteRegistryStore.Open(_directory);
        Assert.Equal(
            [true, true, false, true, true, false],
            new[] { MacAddress.Xen(1), MacAddress.Xen(2), MacAddress.Xen(3), MacAddress.Xen(4), MacAddress.Xen(5), foreign }.Select(again.HasHad));
    }

    [Fact]
    public void Numbers_kept_back_on_their_own_stand_behind_those_that_are_already()
    {
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([new MachinePut(Machine(3, "a")), new MachineForgotten(Machine(3, "a"), NumberReleased: false)], 2);
            store.Commit([new NumberKeptBack(new MachineNumber(9)), new NumberKeptBack(new MachineNumber(1))], 2);
        }

        using var again = SqliteRegistryStore.Open(_directory);
        Assert.Equal([3, 9, 1], again.Load().Forgotten.Select(number => (int)number.Value));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_alone()
    {
        File.WriteAllText(Database, new string('x', 8192));

        var error = Assert.Throws<RegistryStoreException>(() => SqliteRegistryStore.Open(_directory));

        Assert.StartsWith($"{Database}: not a sound registry", error.Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 8192), File.ReadAllText(Database));
    }

    [Theory]
    [InlineData($"PRAGMA application_id = 2020500852; PRAGMA user_version = 99; CREATE TABLE t (x)",
        "has layout 99, and this xennet knows layout ")]
    [InlineData("CREATE TABLE t (x)", "not a xennet registry")]
    public void A_database_of_another_kind_or_version_is_refused_and_left_alone(string sql, string reason)
    {
        Execute(sql);
        var before = File.ReadAllBytes(Database);

        var error = Assert.Throws<RegistryStoreException>(() => SqliteRegistryStore.Open(_directory));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Database));
    }

    [Fact]
    public void Two_at_once_on_one_state_directory_are_refused()
    {
        using var store = SqliteRegistryStore.Open(_directory);

        var error = Assert.Throws<RegistryStoreException>(() => SqliteRegistryStore.Open(_directory));

        Assert.Contains("another xennet uses this state directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_directory_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "");

        var error = Assert.Throws<RegistryStoreException>(() => SqliteRegistryStore.Open(Path.Combine(_directory, "file", "state")));

        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_65535_machines_go_in_and_come_back()
    {
        using (var store = SqliteRegistryStore.Open(_directory))
        {
            store.Commit([.. Enumerable.Range(1, 65535).Select(n => new MachinePut(Machine(n, $"m{n}")))], 2);
        }

        using var again = SqliteRegistryStore.Open(_directory);
        var machines = again.Load().Machines;

        Assert.Equal(65535, machines.Count);
        Assert.Equal("m65535", machines[^1].Name);
    }

    [Fact]
    public async Task Changes_asked_at_once_are_each_answered_durable_and_published()
    {
        var store = SqliteRegistryStore.Open(_directory);
        Assert.True(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix));
        var state = RegistryState.Load(store.Load(), new GuestNetworks(new AddressScheme(prefix)), _ => null, out _)!;
        await using (var registry = new Server.Registry.Registry(state, store))
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => registry.Change(
                draft => draft.Ensure($"m{n}", null), CancellationToken.None)));

            Assert.Equal(1000, answers.Select(answer => answer.Machine!.Number.Value).Distinct().Count());
            Assert.All(answers, answer => Assert.NotNull(registry.View.Find(answer.Machine!.Label.Octets)));
        }

        using var again = SqliteRegistryStore.Open(_directory);
        Assert.Equal(1000, again.Load().Machines.Count);
    }

    [Fact]
    public async Task A_change_that_is_not_wanted_is_dropped_and_the_next_goes_on()
    {
        var store = SqliteRegistryStore.Open(_directory);
        Assert.True(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix));
        var state = RegistryState.Load(store.Load(), new GuestNetworks(new AddressScheme(prefix)), _ => null, out _)!;
        await using var registry = new Server.Registry.Registry(state, store);

        await registry.ChangeIf(draft => draft.Ensure("a", null), _ => false, CancellationToken.None);
        var next = await registry.Change(draft => draft.Ensure("b", null), CancellationToken.None);

        Assert.Equal(1, next.Machine!.Number.Value);
        Assert.Equal(1, registry.View.MachineCount);
    }

    private static Machine Machine(int number, string name)
    {
        Assert.Equal(LabelRefusal.None, MachineLabel.Map(name, out var label));
        return new Machine(new MachineNumber((ushort)number), label, name);
    }

    private static InterfaceNumber Y(int value) => InterfaceNumber.TryCreate(value, out var y) ? y : throw new ArgumentOutOfRangeException(nameof(value));

    private void Execute(string sql)
    {
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_sqlite3());
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
