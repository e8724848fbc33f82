using System.Collections.Frozen;
using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Core.Registry;
using XenNet.HostTests.Namespaces;
using XenNet.Server.Dhcp;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.HostTests.Dhcp;

/// <summary>A bridge of Dom0's own with two guests that nobody announced, and udhcpc in them.</summary>
public sealed class PoolTests : IDisposable
{
    private const string Bridge = "br-lab";

    private readonly NetworkNamespace _dom0 = NetworkNamespace.Create("dom0");
    private readonly NetworkNamespace _one = NetworkNamespace.Create("one");
    private readonly NetworkNamespace _two = NetworkNamespace.Create("two");
    private readonly string _folder = Directory.CreateTempSubdirectory("xennet-pool-").FullName;
    private readonly DhcpCounters _counters = new();
    private readonly RememberingLogger<DhcpServer> _log = new();
    private readonly int _index;

    public PoolTests()
    {
        _dom0.Ip("link", "add", Bridge, "type", "bridge");
        _dom0.Ip("addr", "add", "192.168.7.1/24", "dev", Bridge);
        _dom0.Ip("link", "set", Bridge, "up");
        _index = int.Parse(_dom0.Ip("-o", "link", "show", Bridge).Split(':')[0], CultureInfo.InvariantCulture);
        Plug(_one, "tap1", "00:16:3e:77:00:01");
        Plug(_two, "tap2", "00:16:3e:77:00:02");
    }

    [Fact]
    public async Task Guests_that_nobody_announced_get_addresses_and_the_same_ones_after_a_restart()
    {
        string first;
        using (var server = Started(leasesPerPort: 16))
        {
            first = Udhcpc(_one);
            Assert.NotEqual(first, Udhcpc(_two));
            await server.StopAsync(CancellationToken.None);
        }

        using var again = Started(leasesPerPort: 16);
        // Not by what the client asks for, and not by what its address leads to alone: the other one's is taken.
        Assert.Equal(first, Udhcpc(_one));
        Assert.Equal(3, _counters.Of(DhcpMessageType.Ack));
        Assert.Equal("192.168.7.1", Told(_one, "router"));
        Assert.Equal("3600", Told(_one, "lease"));
        await again.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Dhclient_of_a_named_host_gets_the_address_that_is_its_own_and_nobody_else_does()
    {
        // The whole range but one address is the host's and that of others who are not there.
        var named = Enumerable.Range(0, 10).Where(at => at != 7).ToDictionary(
            at => MacAddress.FromUInt64(0x00163e770001 + (ulong)at * 0x100), at => Address($"192.168.7.{50 + at}"));
        using (var server = Started(Pool() with { Hosts = named.ToFrozenDictionary() }))
        {
            using (var client = new ForegroundClient(
                _one, "dhclient", "-4", "-d", "-v", "-cf", "/dev/null", "-sf", Script(_one),
                "-lf", Path.Combine(_folder, "leases"), "-pf", Path.Combine(_folder, "pid"), "eth0"))
            {
                client.WaitFor("bound to 192.168.7.50");
            }

            Assert.Equal("192.168.7.57", Udhcpc(_two));
            await server.StopAsync(CancellationToken.None);
        }

        // What is a host's for good needs no lease, and so none is kept for it.
        using var kept = LeaseStore.Open(_folder);
        Assert.Equal([Address("192.168.7.57")], kept.Load(Bridge).Select(lease => lease.Address));
    }

    [Fact]
    public async Task One_port_that_takes_address_after_address_leaves_the_other_its_own()
    {
        using var server = Started(leasesPerPort: 3);
        using var starving = new RawClient(_one);
        for (var i = 1; i <= 20; i++)
        {
            // One interface, and another hardware address in frame and message each time.
            var mac = string.Create(CultureInfo.InvariantCulture, $"02:00:00:00:00:{i:x2}");
            _one.Ip("link", "set", "eth0", "address", mac);
            starving.Send(RawClient.MessageOf(mac, [], 53, 1, 1));
        }

        Assert.StartsWith("192.168.7.5", Udhcpc(_two), StringComparison.Ordinal);
        Assert.Equal(3 + 1, _counters.Of(DhcpMessageType.Offer));
        Assert.Equal(17, _counters.Of(DhcpSilence.PortFull));
        Assert.Single(_log.Warnings);
        await server.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task An_address_that_a_guest_has_set_by_hand_is_found_by_arp_and_not_offered()
    {
        using var server = Started(leasesPerPort: 16, arpProbe: true);
        foreach (var address in Enumerable.Range(50, 9).Select(last => $"192.168.7.{last}/24"))
        {
            _two.Ip("addr", "add", address, "dev", "eth0");
        }

        // Nine of ten are taken, and four are probed for one DISCOVER: the client asks again, three seconds in all.
        string got;
        do
        {
            _one.TryExec(
                "udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "3", "-T", "3", "-s", Script(_one));
            got = File.Exists($"{_folder}/{_one.Name}.told") ? Told(_one, "ip") : "";
        }
        while (got == "" && _counters.Of(DhcpMessageType.Discover) < 12);

        Assert.Equal("192.168.7.59", got);
        Assert.Contains(_log.Warnings, line => line.Contains("of the pool is in use by", StringComparison.Ordinal));
        await server.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_client_that_has_its_address_already_may_answer_the_probe_for_it()
    {
        using var server = Started(leasesPerPort: 16, arpProbe: true);
        _one.Ip("addr", "add", "192.168.7.55/24", "dev", "eth0");

        Assert.Equal("192.168.7.55", Udhcpc(_one, "-r", "192.168.7.55"));
        Assert.Empty(_log.Warnings);
        await server.StopAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        _counters.Dispose();
        _two.Dispose();
        _one.Dispose();
        _dom0.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Plug(NetworkNamespace guest, string port, string mac)
    {
        _dom0.Join(port, guest, "eth0");
        _dom0.Ip("link", "set", port, "master", Bridge, "up");
        guest.Ip("link", "set", "eth0", "address", mac);
        guest.Ip("link", "set", "eth0", "up");
        File.WriteAllText(Script(guest), $"""
            #!/bin/sh
            case "$1" in bound|renew) env >{_folder}/{guest.Name}.told ;; esac
            exit 0

            """);
        File.SetUnixFileMode(Script(guest), UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private string Script(NetworkNamespace guest) => Path.Combine(_folder, guest.Name);

    private DhcpServer Started(int leasesPerPort, bool arpProbe = false) =>
        Started(Pool() with { LeasesPerPortMost = leasesPerPort, ArpProbe = arpProbe });

    private DhcpServer Started(DhcpPoolSettings pool)
    {
        Assert.True(MacAddress.TryParse(_dom0.Exec("cat", $"/sys/class/net/{Bridge}/address").Trim(), out var station));
        var settings = new DhcpSettings { Zone = "testbed" };
        var server = new DhcpServer(
            new RegistryView(new AddressScheme(Prefix("10.0.0.0/8"))), settings, _counters, _log, isVif: _ => false,
            pools: new PoolServing(
                [pool], settings, LeaseStore.Open(_folder),
                index => index == _index ? Bridge : "", PortOf),
            stationOf: _ => station);
        _dom0.Run(() => server.StartAsync(CancellationToken.None)).GetAwaiter().GetResult();
        return server;
    }

    // The kernel's table of the bridge, which this process' own /sys does not have.
    private int PortOf(string bridge, MacAddress mac)
    {
        var copy = Path.Combine(_folder, "brforward");
        _dom0.Exec("cp", $"/sys/class/net/{bridge}/brforward", copy);
        using var table = File.OpenRead(copy);
        return BridgePorts.Find(table, mac);
    }

    private static DhcpPoolSettings Pool() => new()
    {
        Interface = Bridge,
        Dom0 = Address("192.168.7.1"),
        Network = Prefix("192.168.7.0/24"),
        First = Address("192.168.7.50"),
        Last = Address("192.168.7.59"),
    };

    private string Udhcpc(NetworkNamespace guest, params string[] more)
    {
        var (code, _, complaint) = guest.TryExec(
            "udhcpc", ["-i", "eth0", "-f", "-q", "-n", "-t", "3", "-T", "2", "-s", Script(guest), .. more]);
        Assert.True(code == 0, complaint);
        return Told(guest, "ip");
    }

    private string Told(NetworkNamespace guest, string name) => File.ReadLines($"{_folder}/{guest.Name}.told")
        .First(line => line.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    private static Ipv4Address Address(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : throw new FormatException(text);

    private static Ipv4Prefix Prefix(string text) =>
        Ipv4Prefix.TryParse(text, out var prefix) ? prefix : throw new FormatException(text);
}
