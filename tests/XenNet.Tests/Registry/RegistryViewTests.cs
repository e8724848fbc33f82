using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;
using Xunit.Abstractions;

namespace XenNet.Tests.Registry;

public sealed class RegistryViewTests(ITestOutputHelper output)
{
    // Labels of up to 13 octets stand in the index whole: some do, some do not, and all that begin alike.
    [Theory]
    [InlineData("m")]
    [InlineData("department-")]
    [InlineData("a-department-of-many-machines-")]
    public void After_any_order_of_adds_renames_and_forgets_each_label_finds_its_machine_and_no_other(string prefix)
    {
        const int Seed = 20261122;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var registry = Empty();
        var model = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var step = 0; step < 50_000; step++)
        {
            var name = prefix + random.Next(400).ToString(CultureInfo.InvariantCulture);
            var other = prefix + random.Next(400).ToString(CultureInfo.InvariantCulture);
            var draft = registry.Draft();
            switch (random.Next(3))
            {
                case 0 when draft.Ensure(name, null).Machine is { } machine:
                    model[name] = machine.Number.Value;
                    break;
                case 1 when model.ContainsKey(name) && !model.ContainsKey(other) && draft.Rename(name, other).Machine is not null:
                    model[other] = model[name];
                    model.Remove(name);
                    break;
                case 2 when draft.Forget(name, release: random.Next(2) == 0).Machine is not null:
                    model.Remove(name);
                    break;
            }

            draft.Publish();
        }

        Assert.Equal(model.Count, registry.View.MachineCount);
        for (var n = 0; n < 400; n++)
        {
            var name = prefix + n.ToString(CultureInfo.InvariantCulture);
            var label = Encoding.ASCII.GetBytes(name);
            Assert.Equal(model.GetValueOrDefault(name), registry.View.FindNamed(label).Number.Value);
            Assert.Equal(model.GetValueOrDefault(name), registry.View.Find(label)?.Number.Value ?? 0);
        }
    }

    [Fact]
    public async Task Readers_find_a_machine_that_stays_while_others_come_go_and_are_renamed()
    {
        var registry = Empty();
        Publish(registry, draft => draft.Ensure("stays", null));
        using var stop = new CancellationTokenSource();
        // Threads of their own, waited for: on a busy machine the pool may not begin a task before the writer has ended.
        using var reading = new CountdownEvent(2);
        var readers = Enumerable.Range(0, reading.InitialCount).Select(_ => Task.Factory.StartNew(() =>
        {
            reading.Signal();
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(new MachineNumber(1), registry.View.Find("stays"u8)?.Number);
                Assert.Null(registry.View.Find("never"u8));
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        reading.Wait();

        for (var step = 0; step < 20_000; step++)
        {
            var name = "m" + step.ToString(CultureInfo.InvariantCulture);
            Publish(registry, draft => draft.Ensure(name, null));
            Publish(registry, draft => draft.Rename(name, name + "-new"));
            Publish(registry, draft => draft.Forget(name + "-new", release: true));
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public void A_name_that_is_not_its_label_is_kept_as_it_is_spelt()
    {
        var registry = Empty();
        Publish(registry, draft => draft.Ensure("Web_1", null));
        Publish(registry, draft => draft.Ensure("db", null));

        Assert.Equal("Web_1", registry.View.Find("web-1"u8)!.Name);
        Assert.Equal("db", registry.View.Find("db"u8)!.Name);
    }

    private static RegistryState Empty()
    {
        Assert.True(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix));
        return RegistryState.Load(
            new RegistrySnapshot([], ImmutableArray<MachineNumber>.Empty, 1),
            new GuestNetworks(new AddressScheme(prefix)), _ => null, out _)!;
    }

    private static void Publish(RegistryState registry, Func<RegistryDraft, MachineAnswer> decide)
    {
        var draft = registry.Draft();
        Assert.NotNull(decide(draft).Machine);
        draft.Publish();
    }
}
