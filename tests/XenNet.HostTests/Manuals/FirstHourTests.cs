using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Manuals;

/// <summary>A new user's first hour: docs/first-hour.md from top to bottom, and what is seen on the way.</summary>
[Collection(nameof(WithThePackage)), Trait("Category", "Package")]
public sealed class FirstHourTests(InstalledPackage installed) : IDisposable
{
    internal const string Page = "docs/first-hour.md";

    private readonly ManualDom0 _dom0 = new(installed);

    // What each command printed, by its beginning; the last one counts.
    private readonly Dictionary<string, Outcome> _seen = new(StringComparer.Ordinal);

    public void Dispose() => _dom0.Dispose();

    [Fact]
    public void From_an_empty_registry_to_guests_a_name_a_mistake_a_wrong_mac_and_a_restore()
    {
        Do("Is it there?");

        Do("Two guests");
        Assert.Equal("10.0.1.1\n10.0.2.1\n", Printed("dig +short @127.0.0.1 ce.testbed web.testbed"));
        Assert.Equal("ce.testbed.\n", Printed("dig +short @127.0.0.1 -x 10.0.1.1"));
        Assert.Equal("10.0.7.1\n", Printed("dig +short @127.0.0.1 db.testbed"));
        _dom0.Guest("ce").TakeLease();
        _dom0.Guest("web").TakeLease();
        Assert.True(_dom0.Guest("ce").Pings("10.0.2.1"));

        Do("A name of one's own");
        Assert.Contains("dns.records", Printed("xennet reload"));
        Assert.Equal("web.testbed.\n10.0.2.1\n192.0.2.9\n", Printed("dig +short @127.0.0.1 www.testbed printer.testbed"));

        Do("A mistake");
        Assert.Contains("dns.recrods is not a key; the nearest is dns.records.", _seen["xennet check       # exit 2"].Error);
        Assert.Contains("dns.recrods is not a key; the nearest is dns.records.", _seen["xennet reload      # exit 2"].Error);
        Assert.Equal("web.testbed.\n10.0.2.1\n", Printed("dig +short @127.0.0.1 www.testbed"));

        Do("A guest that gets no address");
        Assert.Contains("discovered WrongMac", Printed("xennet vif list"));
        Assert.Contains("uses 00:16:3e:99:99:99, and the toolstack gave it 00:16:3e:00:07:00", Printed("xennet explain vif7.0"));
        Assert.Contains("uses 00:16:3e:99:99:99, and the toolstack gave it 00:16:3e:00:07:00", Printed("xennet explain db"));

        Assert.Contains("vif8.0  db", Printed("xennet vif list --machine db"));

        Do("The registry comes back");
        Assert.Contains("10.0.7.1", Printed("xennet machine show db"));
        Assert.True(_dom0.Guest("web").Pings("10.0.1.1"));
    }

    private string Printed(string command) => _seen[command].Output;

    private void Do(string heading)
    {
        foreach (var (command, outcome) in _dom0.Do(Page, heading))
        {
            if (command.Text == "xl create /etc/xen/db.cfg")
            {
                BootWithItsOwnMac(hasItAlready: _seen.ContainsKey(command.Text));
            }

            _seen[command.Text] = outcome;
        }
    }

    // What was installed in the guest elsewhere does this by itself.
    private void BootWithItsOwnMac(bool hasItAlready)
    {
        var guest = _dom0.Guest("db");
        if (hasItAlready)
        {
            guest.TakeLease();
            return;
        }

        guest.Guest.Ip("link", "set", "eth0", "address", "00:16:3e:99:99:99");
        using var client = guest.RunDhcpClient("-t", "1");
        client.Await("no lease, failing");
    }
}
