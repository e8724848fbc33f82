using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.HostTests.Namespaces;
using XenNet.Server.Dhcp;
using XenNet.Wire;

namespace XenNet.HostTests.Dhcp;

/// <summary>
/// Machine ce (number 1) as a network namespace, and Dom0 as another with the server in it. The vifs are set up by
/// <c>ip</c>, as <c>online</c> would.
/// </summary>
internal sealed class GuestVif : IDisposable
{
    public const string Vif = "vif5.0";
    public const string Mac = "00:16:3e:01:02:03";
    public const string SecondVif = "vif5.1";
    public const string SecondMac = "00:16:3e:01:02:04";
    public const string Guest = "10.0.1.1";
    public const string Dom0End = "10.0.1.129";

    private readonly RegistryView _view = new(new AddressScheme(Prefix("10.0.0.0/8")));
    private readonly string _folder = Directory.CreateTempSubdirectory("xennet-dhcp-").FullName;

    public GuestVif(DhcpSettings? settings = null, int y = 1)
    {
        Link(y);
        Server = Another(Counters, settings);
        Dom0.Run(() => Server.StartAsync(CancellationToken.None)).GetAwaiter().GetResult();
        File.WriteAllText(Script, ScriptText);
        File.SetUnixFileMode(Script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public NetworkNamespace Dom0 { get; } = NetworkNamespace.Create("dom0");

    public NetworkNamespace Machine { get; } = NetworkNamespace.Create("ce");

    public DhcpCounters Counters { get; } = new();

    public RememberingLogger<DhcpServer> Log { get; } = new();

    public DhcpServer Server { get; }

    /// <summary>Whether a link without a binding is served.</summary>
    public Func<int, bool> IsVif { get; set; } = index => index != 1;

    /// <summary>What a client calls: sets the address, and leaves what it was told in a file.</summary>
    public string Script => Path.Combine(_folder, "script");

    private string ToldFile => Path.Combine(_folder, "told");

    // One script for both: udhcpc says $1=bound, dhclient $reason=BOUND. Nothing outside the namespace is touched.
    private string ScriptText => $$"""
        #!/bin/sh
        case "${1:-}${reason:-}" in
        bound*|renew*|*BOUND|*RENEW|*REBIND|*REBOOT)
            env >{{ToldFile}}
            ip addr replace "${ip:-$new_ip_address}/32" dev eth0
            ip route replace "${router:-$new_routers}" dev eth0
            ip route replace default via "${router:-$new_routers}" ;;
        esac
        exit 0

        """;

    /// <summary>A server that is not started; the caller's to dispose of.</summary>
    public DhcpServer Another(DhcpCounters counters, DhcpSettings? settings = null) => new(
        _view, settings ?? new DhcpSettings { Zone = "testbed" }, counters, Log, isVif: index => IsVif(index));

    /// <summary>What the client was told last, by its own variable.</summary>
    public string? Told(string name) => File.ReadLines(ToldFile)
        .Where(line => line.StartsWith(name + "=", StringComparison.Ordinal))
        .Select(line => line[(name.Length + 1)..])
        .FirstOrDefault();

    /// <summary>A file of the test's own.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>udhcpc until it has a lease; it gives up after two tries.</summary>
    public (int Code, string Output, string Complaint) Udhcpc(params string[] arguments) =>
        Machine.TryExec("udhcpc", ["-i", "eth0", "-f", "-q", "-n", "-t", "2", "-T", "1", "-s", Script, .. arguments]);

    public void Dispose()
    {
        Server.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        Server.Dispose();
        Counters.Dispose();
        Machine.Dispose();
        Dom0.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Another vif of the machine: interface 2, eth1 in the guest, up with its address.</summary>
    public void AddSecond()
    {
        Link(2, SecondVif, "eth1", SecondMac);
        Machine.Ip("addr", "add", "10.0.1.2/32", "dev", "eth1");
    }

    private void Link(int y, string vif = Vif, string guestLink = "eth0", string macText = Mac)
    {
        var scheme = _view.Scheme;
        var number = new MachineNumber(1);
        Assert.True(InterfaceNumber.TryCreate(y, out var interfaceNumber));
        var dom0End = scheme.Dom0Address(number, interfaceNumber).ToString();
        Dom0.Join(vif, Machine, guestLink);
        Machine.Ip("link", "set", guestLink, "address", macText);
        Machine.Ip("link", "set", guestLink, "up");
        Dom0.Ip("link", "set", vif, "up");
        Dom0.Exec("sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=0", $"net.ipv4.conf.{vif.Replace('.', '/')}.rp_filter=0");
        Dom0.Ip("addr", "add", dom0End + "/32", "dev", vif);
        Dom0.Ip("route", "add", scheme.GuestAddress(number, interfaceNumber).ToString(), "dev", vif, "src", dom0End);

        Assert.Equal(LabelRefusal.None, MachineLabel.Map("ce", out var label));
        Assert.True(MacAddress.TryParse(macText, out var mac));
        var binding = new Binding(
            number, interfaceNumber, mac, vif, IndexOf(vif), domainId: 5, DateTimeOffset.UnixEpoch);
        var machine = _view.Find(number) ?? new Machine(number, label, "ce");
        _view.Publish(machine.WithInterface(interfaceNumber, mac).WithBinding(binding), _view.Revision + 1);
    }

    // "7: vif5.0@if2: <BROADCAST,...".
    private int IndexOf(string link) =>
        int.Parse(Dom0.Ip("-o", "link", "show", link).Split(':')[0], CultureInfo.InvariantCulture);

    private static Ipv4Prefix Prefix(string text) =>
        Ipv4Prefix.TryParse(text, out var prefix) ? prefix : throw new FormatException(text);
}
