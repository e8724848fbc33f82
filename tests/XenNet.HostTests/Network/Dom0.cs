using System.Globalization;
using System.Net;
using System.Net.Sockets;
using XenNet.Core.Addressing;
using XenNet.Core.Configuration;
using XenNet.Core.Network;
using XenNet.HostTests.Namespaces;
using XenNet.Server.Network;
using XenNet.Wire;

namespace XenNet.HostTests.Network;

/// <summary>A Dom0 with an outside behind its uplink, and guests; our network code runs in it.</summary>
internal sealed class Dom0 : IDisposable
{
    internal const string OutsideAddress = "192.0.2.1";
    internal const string UplinkAddress = "192.0.2.2";

    private readonly List<NetworkNamespace> _guests = [];

    internal Dom0()
    {
        Namespace = NetworkNamespace.Create("dom0");
        Outside = NetworkNamespace.Create("out");
        Namespace.Join("uplink0", Outside, "eth0");
        Namespace.Ip("addr", "add", UplinkAddress + "/24", "dev", "uplink0");
        Namespace.Ip("link", "set", "uplink0", "up");
        Outside.Ip("addr", "add", OutsideAddress + "/24", "dev", "eth0");
        Outside.Ip("link", "set", "eth0", "up");
        Namespace.Ip("route", "add", "default", "via", OutsideAddress);
        RunDirectory = Directory.CreateTempSubdirectory("xennet-test-").FullName;
        Network = Namespace.Run(() =>
            VifNetwork.TryOpen(out var network, out var refusal) ? network! : throw new InvalidOperationException(refusal));
    }

    internal static AddressScheme Scheme { get; } =
        new(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix) ? prefix : default);

    internal NetworkNamespace Namespace { get; }

    internal NetworkNamespace Outside { get; }

    internal string RunDirectory { get; }

    internal VifNetwork Network { get; }

    public void Dispose()
    {
        Network.Dispose();
        _guests.ForEach(guest => guest.Dispose());
        Outside.Dispose();
        Namespace.Dispose();
        Directory.Delete(RunDirectory, recursive: true);
    }

    internal NetworkSetup Setup(NetworkConfiguration? configuration = null) =>
        new(new XenNetConfiguration { RunDirectory = RunDirectory, Network = configuration ?? new NetworkConfiguration() }, Network);

    /// <summary>Forwarding and our table, with no vif known.</summary>
    internal Dom0 Started()
    {
        var outcome = Namespace.Run(() => Setup().Start([]));
        Assert.True(outcome.IsDone, string.Join('\n', outcome.Messages));
        return this;
    }

    /// <summary>A guest's namespace, and its vif in Dom0, down as netback leaves it.</summary>
    internal NetworkNamespace AddGuest(string vif)
    {
        var guest = NetworkNamespace.Create("guest");
        _guests.Add(guest);
        Namespace.Join(vif, guest, "eth0");
        Namespace.Ip("link", "set", vif, "address", "fe:ff:ff:ff:ff:ff");
        return guest;
    }

    /// <summary>A guest as it runs: vif up, address and default route as DHCP would give them.</summary>
    internal NetworkNamespace AddRunningGuest(ushort number, int y, string vif)
    {
        var guest = AddGuest(vif);
        var plan = Plan(number, y, vif, MacOf(guest));
        var outcome = Network.BringUp(plan);
        Assert.True(outcome.IsDone, outcome.Refusal);
        guest.Ip("addr", "add", plan.GuestAddress + "/32", "dev", "eth0");
        guest.Ip("link", "set", "eth0", "up");
        guest.Ip("route", "add", plan.Dom0Address.ToString(), "dev", "eth0");
        guest.Ip("route", "add", "default", "via", plan.Dom0Address.ToString(), "dev", "eth0");
        return guest;
    }

    internal static VifPlan Plan(ushort number, int y, string vif, MacAddress mac, string? vifName = null, uint metric = 0) =>
        VifPlan.For(new GuestNetworks(Scheme), null, new MachineNumber(number),
            InterfaceNumber.TryCreate(y, out var at) ? at : throw new ArgumentOutOfRangeException(nameof(y)), mac, vif, vifName, metric);

    internal static MacAddress MacOf(NetworkNamespace guest)
    {
        var words = guest.Ip("-o", "link", "show", "eth0").Split(' ');
        Assert.True(MacAddress.TryParse(words[Array.IndexOf(words, "link/ether") + 1], out var mac));
        return mac;
    }

    /// <summary>Listens in a namespace; what comes is read by <see cref="Next"/>.</summary>
    internal static Socket Listen(NetworkNamespace where, int port) => where.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    });

    /// <summary>Sends one word from an address that the namespace must have.</summary>
    internal static void Send(NetworkNamespace from, string source, string destination, int port, string word) => from.Run(() =>
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
        if (source == "0.0.0.0")
        {
            const int bindToDevice = 25;
            socket.SetRawSocketOption(1, bindToDevice, "eth0\0"u8);
        }

        socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
        socket.SendTo(System.Text.Encoding.ASCII.GetBytes(word), new IPEndPoint(IPAddress.Parse(destination), port));
    });

    /// <summary>The next word that came, and from where: <c>word 10.0.1.1</c>.</summary>
    internal static string Next(Socket socket)
    {
        var buffer = new byte[64];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        var octets = socket.ReceiveFrom(buffer, ref from);
        return string.Create(CultureInfo.InvariantCulture,
            $"{System.Text.Encoding.ASCII.GetString(buffer, 0, octets)} {((IPEndPoint)from).Address}");
    }
}
