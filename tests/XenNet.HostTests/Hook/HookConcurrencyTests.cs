using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Hook;

/// <summary>Many hooks at once, as libxl runs them: it takes no lock around scripts.</summary>
public sealed class HookConcurrencyTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Eight_interfaces_of_one_machine_at_once()
    {
        var vifs = Enumerable.Range(0, 8).Select(device => _host.AddVif(5, device, "ce")).ToList();

        XenHost.Together(vifs.Select<GuestInterface, Action>(vif => () => Assert.Equal(Done, vif.Online())));

        Assert.All(vifs, vif => Assert.Equal("connected", vif.HotplugStatus));
        Assert.Equal(Enumerable.Range(1, 8).Select(y => $"10.0.1.{y}"), Addresses());
        Assert.Equal(8, NftJson.Elements(_host.Dom0, "sources").Length);
        XenHost.Together(vifs.Select<GuestInterface, Action>(vif => () => Assert.Equal(Done, vif.Offline())));
        Assert.Empty(Addresses());
        Assert.Empty(NftJson.Elements(_host.Dom0, "sources"));
    }

    [Fact]
    public void Fifty_machines_at_once_get_fifty_numbers()
    {
        var vifs = Enumerable.Range(1, 50).Select(domain => _host.AddVif(domain, 0, $"m{domain}")).ToList();

        XenHost.Together(vifs.Select<GuestInterface, Action>(vif => () => Assert.Equal(Done, vif.Online())));

        Assert.Equal(Enumerable.Range(1, 50).Select(number => $"10.0.{number}.1"), Addresses());
        Assert.Equal(50, NftJson.Elements(_host.Dom0, "sources").Length);
        Assert.Equal(50, _host.Dom0.Ip("-o", "route", "show").Split('\n').Count(line => line.Contains(" dev vif",
            StringComparison.Ordinal)));
        var connected = _host.Xenstore().Split('\n')
            .Count(line => line.Contains("/backend/vif/", StringComparison.Ordinal)
                && line.Contains("hotplug-status = \"connected\"", StringComparison.Ordinal));
        Assert.Equal(50, connected);
    }

    [Fact]
    public void A_guest_that_restarts_is_up_whichever_of_its_two_calls_comes_first()
    {
        var running = _host.StartVif(1, 0, "ce");
        for (var domain = 2; domain <= 6; domain++)
        {
            var next = _host.AddVif(domain, 0, "ce");

            XenHost.Together(() => Assert.Equal(Done, running.Offline()), () => Assert.Equal(Done, next.Online()));

            next.TakeAddress();
            Assert.Equal(["10.0.1.1"], Addresses());
            Assert.Single(NftJson.Elements(_host.Dom0, "sources"));
            Assert.True(next.Pings("10.0.1.129"));
            Assert.Equal("10.0.1.1", XenHost.Dig(next.Guest, "@10.0.1.129", "+tcp", "ce.testbed"));
            running.Remove();
            running = next;
        }
    }

    [Fact]
    public void The_hook_starts_no_program_and_forks_nothing()
    {
        var ce = _host.AddVif(5, 0, "ce");
        var trace = _host.Folder + "/trace";

        var outcome = Outcome.Of(_host.Dom0.TryExec("env", ["-i", .. ce.Environment(), "strace", "-f", "-qq", "-o",
            trace,
            "-e", "trace=clone,clone3,fork,vfork,execve,execveat", _host.HookLink, "online", "type_if=vif"]));

        Assert.Equal(Done, outcome);
        var calls = File.ReadAllLines(trace).Where(line => line.Contains('(', StringComparison.Ordinal)).ToList();
        Assert.Contains($"execve(\"{_host.HookLink}\"", Assert.Single(calls, line => line.Contains("exec",
            StringComparison.Ordinal)));
        // Threads share the memory; a fork does not, and a vfork says so.
        Assert.All(calls.Where(line => !line.Contains("exec", StringComparison.Ordinal)), line =>
        {
            Assert.Contains("CLONE_THREAD", line);
            Assert.DoesNotContain("fork(", line);
        });
    }

    private IEnumerable<string> Addresses() => _host.List("vif")
        .Select(vif => vif.GetProperty("address").GetString()!)
        .OrderBy(address => address.Split('.').Aggregate(0L, (sum, part) =>
            sum * 256 + int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)));
}
