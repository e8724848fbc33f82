using System.Globalization;
using Xunit.Abstractions;

namespace XenNet.HostTests.Lifecycle;

/// <summary>
/// Guests' whole lives by chance, and everything that goes wrong meanwhile, against a model that predicts the registry, links,
/// addresses, routes, neighbours, the nft sets, xenstore, and what DNS and DHCP answer. After each event all is compared.
/// </summary>
/// <remarks><c>tests/lifecycle.sh EVENTS</c> prints <c>RESULT events=EVENTS differences=0</c>.</remarks>
public sealed class LifecycleTests(ITestOutputHelper output) : IDisposable
{
    // With capitals and other characters, and two that are the same in DNS.
    private static readonly string[] Names =
    [
        "ce", "web", "Web", "db_1", "mail", "proxy", "build.farm", "build-farm", "x", "win10", "a--b", "router", "files", "games",
        "lab-1", "lab-2", "node1", "node2", "node3", "node4", "node5", "node6", "node7", "test",
    ];

    private readonly LifecycleHost _host = new(Names);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Whatever_happens_the_host_is_as_the_model_says()
    {
        var (events, seed) = (Setting("XENNET_LIFECYCLE_EVENTS", 100), Setting("XENNET_LIFECYCLE_SEED", 20261129));
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var chosen = new LifecycleEvents(_host, random, Names);
        var (happened, differences) = (new List<string>(), 0);
        try
        {
            while (happened.Count < events)
            {
                // Unless it ends well.
                differences = 1;
                happened.Add("?");
                happened[^1] = chosen.Next();
                var found = _host.Differences(chosen.IsTold);
                found = found.Length == 0 ? Ask(random) : found;
                Assert.True(found.Length == 0,
                    $"event {happened.Count} of seed {seed}:\n{found}\nafter:\n{string.Join('\n', happened.TakeLast(12))}");
                differences = 0;
            }
        }
        finally
        {
            output.WriteLine(string.Join('\n', happened.Select((what, at) => $"{at + 1} {what}")));
            output.WriteLine($"{_host.Answers} answers of DNS and DHCP were compared.");
            output.WriteLine($"RESULT events={happened.Count} differences={differences}");
        }
    }

    // One guest, by the way that leads to it: both ways are its own.
    private string Ask(Random random)
    {
        var ways = _host.Model.Machines.SelectMany(machine => machine.Up
            .Where(vif => vif is { Device.HasLink: true, IsArriving: false } && vif.Device.Domain.Serves is null
                && machine.Interfaces[vif.Y] == vif.Network
                && machine.Ways().Where(way => way.Y == vif.Y).OrderBy(way => way.Metric).First() == vif)
            .Select(vif => (machine, vif))).ToList();
        if (ways.Count == 0)
        {
            return "";
        }

        var (asks, by) = ways[random.Next(ways.Count)];
        return _host.AskAs(asks, by);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
