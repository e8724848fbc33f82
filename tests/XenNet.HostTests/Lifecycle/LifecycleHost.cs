using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using XenNet.HostTests.Dhcp;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Lifecycle;

/// <summary>A Dom0 whose every change is made twice: to the host, and in the model of it.</summary>
internal sealed class LifecycleHost : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly BridgedHost _bridged = new(serving: false);
    private readonly Observation _observation;
    private readonly IReadOnlyList<string> _pool;
    private int _domain;
    private int _mac;

    /// <param name="pool">Names that are asked for, whether a machine has them or not.</param>
    public LifecycleHost(IReadOnlyList<string> pool)
    {
        _pool = pool;
        File.AppendAllText(Host.ConfigurationFile, $"\n[zone]\nttl = {LifecycleModel.TtlSeconds}\n[dhcp]\nlease-time = \"1h\"\n");
        // Another way to the outside, where nobody is.
        Host.Dom0.Join("uplink1", Host.Outside, "eth1");
        Host.Dom0.Exec("sh", "-ec", "ip addr add 203.0.113.2/24 dev uplink1; ip link set uplink1 up");
        Host.Start();
        _observation = new Observation(Host);
    }

    public LifecycleModel Model { get; } = new();

    public XenHost Host => _bridged.Host;

    public List<ModelDomain> Domains { get; } = [];

    public IEnumerable<ModelDevice> Devices => Domains.SelectMany(domain => domain.Devices);

    /// <summary>True while there is no daemon.</summary>
    public bool IsDown { get; set; }

    /// <summary>Seconds that DHCP tells.</summary>
    public int LeaseSeconds { get; private set; } = 3600;

    /// <summary>How many answers of DNS and DHCP were compared.</summary>
    public int Answers { get; private set; }

    public void Dispose()
    {
        _observation.Dispose();
        _bridged.Dispose();
    }

    public string NewMac() => $"00:16:3e:7f:{++_mac >> 8:x2}:{_mac & 255:x2}";

    public ModelDomain NewDomain(string name, ModelDomain? serves = null)
    {
        var domain = new ModelDomain(++_domain, name) { Serves = serves };
        Domains.Add(domain);
        return domain;
    }

    /// <summary>A device up to the moment at which libxl runs the hook.</summary>
    public ModelDevice Plug(
        ModelDomain domain, int index, string mac, string? bridge, bool isEmulated = false, string vifName = "", string ip = "")
    {
        string[] nodes =
        [
            "bridge=" + (bridge ?? "none"), "script=/etc/xen/scripts/vif-nat-dns", "mac=" + mac,
            .. isEmulated ? (string[])["type=vif_ioemu"] : [], .. vifName.Length > 0 ? (string[])["vifname=" + vifName] : [],
            .. ip.Length > 0 ? (string[])["ip=" + ip] : [],
        ];
        var world = Host.AddVif(domain.Id, index, domain.Name, nodes);
        var device = new ModelDevice(domain, index, mac, bridge, world) { IsEmulated = isEmulated, VifName = vifName };
        domain.Devices.Add(device);
        return device;
    }

    /// <summary>The hook; true when it succeeded, as the model says too.</summary>
    public bool Online(ModelDevice device, string ip = "")
    {
        var link = device.VifName.Length > 0 ? device.VifName : device.Link;
        var expected = device.HasLink && device.HasNodes && Model.Online(device, device.Role, link, ip);
        var outcome = device.World.Online();
        Assert.True(expected == (outcome.Code == 0), $"online of {device} {ip}: {outcome}");
        device.Status = !device.HasNodes ? "" : expected ? "connected" : "error";
        device.Link = expected ? link : device.Link;
        return expected;
    }

    /// <summary>qemu makes the tap, and libxl calls the hook for it.</summary>
    public void AddTap(ModelDevice device)
    {
        var guest = $"emu{device.Index}";
        Host.Dom0.Join(device.FirstTap, device.World.Guest, guest);
        device.World.Guest.Ip("link", "set", guest, "address", device.Mac, "up");
        device.HasTap = true;
        var isDone = Model.Online(device, LinkRole.Tap, device.Tap);
        var outcome = TapHook(device, "add");
        Assert.True(isDone == (outcome.Code == 0), $"tap of {device}: {outcome}");
        if (!isDone)
        {
            device.Status = "error";
            DeleteLink(device.FirstTap);
            device.HasTap = false;
        }
    }

    /// <summary>The tap goes: by libxl's call of the hook, or because qemu closes it.</summary>
    public void RemoveTap(ModelDevice device, bool isCalled)
    {
        if (isCalled)
        {
            Assert.Equal(new Outcome(0, "", ""), TapHook(device, "remove"));
        }

        DeleteLink(device.Tap);
        device.HasTap = false;
        Model.Release(vif => vif.Link == device.Tap);
    }

    /// <summary>libxl's call when a device goes.</summary>
    public void Offline(ModelDevice device)
    {
        if (device.HasNodes)
        {
            Host.Rig("xs", "write", device.World.Backend + "/online", "0", device.World.Backend + "/state", "5");
            device.IsOnline = false;
        }

        Assert.Equal(new Outcome(0, "", ""), device.World.Offline());
        Model.Release(vif => vif.Device == device && vif.Role != LinkRole.Tap);
    }

    /// <summary>netback's link goes by itself.</summary>
    public void LoseLink(ModelDevice device)
    {
        DeleteLink(device.Link);
        device.HasLink = false;
        Model.Release(vif => vif.Device == device && vif.Role != LinkRole.Tap);
    }

    /// <summary>The device's nodes go, and with them what is bound.</summary>
    public void LoseNodes(ModelDevice device)
    {
        Host.Rig("xs", "rm", device.World.Backend);
        device.HasNodes = false;
        Model.Release(vif => vif.Device == device);
    }

    /// <summary>What is left of a device goes.</summary>
    public void Remove(ModelDevice device)
    {
        if (device.HasTap)
        {
            RemoveTap(device, isCalled: false);
        }

        if (device.HasLink && device.Link != device.World.Vif)
        {
            DeleteLink(device.Link);
        }

        device.World.Remove();
        (device.HasLink, device.HasNodes) = (false, false);
        Model.Release(vif => vif.Device == device);
        device.Domain.Devices.Remove(device);
    }

    /// <summary>The toolstack removes a domain that has no devices any more.</summary>
    public void Destroy(ModelDomain domain)
    {
        domain.Devices.ToList().ForEach(Remove);
        Host.Rig("destroy", XenHost.Text(domain.Id));
        Domains.Remove(domain);
    }

    /// <summary>xl rename, or what xl migrate does to names.</summary>
    public void Rename(ModelDomain domain, string name)
    {
        var (before, wasAway) = (DateTime.UtcNow, domain.Name.EndsWith("--migratedaway", StringComparison.Ordinal));
        Host.Rig("xs", "write", $"/local/domain/{domain.Id}/name", name);
        Model.Renamed(domain, name, before);
        domain.IsUntold = IsDown;
        if (wasAway)
        {
            BindLost();
        }
    }

    /// <summary>The program, which must end so.</summary>
    public void Xennet(bool isDone, params string[] arguments)
    {
        var outcome = Host.Xennet(arguments);
        Assert.True(isDone == (outcome.Code == 0), $"{string.Join(' ', arguments)}: {outcome}");
    }

    /// <summary>The daemon is there again.</summary>
    public void Restart()
    {
        Host.Start();
        IsDown = false;
        Domains.ForEach(domain => domain.IsUntold = false);
        BindLost();
    }

    /// <summary>A full comparison binds what xenstore has connected and nobody has bound.</summary>
    public void BindLost()
    {
        foreach (var device in Devices.Where(device => device.IsConnected && !Model.IsBound(device)
            && !device.Domain.Name.EndsWith("--migratedaway", StringComparison.Ordinal)).ToList())
        {
            Model.Online(device, device.Role, device.Link);
        }
    }

    public void Reload(bool isLong)
    {
        LeaseSeconds = isLong ? 7200 : 3600;
        File.WriteAllText(Host.ConfigurationFile, File.ReadAllText(Host.ConfigurationFile)
            .Replace(isLong ? "\"1h\"" : "\"2h\"", isLong ? "\"2h\"" : "\"1h\"", StringComparison.Ordinal));
        Host.Xen("reload");
    }

    /// <summary>What there is of the filter.</summary>
    public IReadOnlyList<string> Filter() => [.. _observation.Host().Where(Observation.IsOfFilter)];

    /// <summary>Compares all; what is wrong, or nothing. What the kernel or xenstore tells the daemon takes its time.</summary>
    public string Differences(bool isTold)
    {
        var differences = "";
        SpinWait.SpinUntil(() => (differences = Compare()).Length == 0, isTold ? TimeSpan.Zero : Patience);
        return differences;
    }

    /// <summary>The guest asks for its address and, with it, for names; what is wrong, or nothing.</summary>
    public string AskAs(ModelMachine machine, ModelVif vif)
    {
        var (device, address) = (vif.Device!, vif.Network.Address(machine.Number, vif.Y));
        var dom0End = vif.Network.Dom0End(machine.Number, vif.Y);
        var link = vif.Role == LinkRole.Tap ? $"emu{device.Index}" : device.World.Device;
        var guest = device.World.Guest;
        var offer = Discover(guest, link, vif.Mac);
        var mask = vif.Network.Bridge is not null ? Mask(vif.Network.Length) : vif.Y == 1 ? Mask(24) : Mask(32);
        var expected = $"{address} mask {mask} router {dom0End} for {LeaseSeconds}";
        if (offer != expected)
        {
            return $"DHCP on {vif.Link} offers {offer} and not {expected}";
        }

        guest.Exec("sh", "-ec",
            $"ip addr flush dev {link}; ip addr add {address}/32 dev {link}; ip route replace {dom0End} dev {link}");
        using var socket = guest.Run(() =>
        {
            var asking = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2000 };
            asking.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            asking.Connect(new IPEndPoint(IPAddress.Parse(dom0End), 53));
            return asking;
        });
        var (question, known) = ($"{machine.Label}.testbed", machine.Interfaces[1].Address(machine.Number, 1));
        var answer = Observation.Ask(socket, question, 4711);
        Answers += 2;
        return answer == known ? "" : $"DNS answers {vif.Link} at {dom0End} that {question} is '{answer}' and not {known}";
    }

    private static string Mask(int length) => new IPAddress(
        BitConverter.GetBytes(IPAddress.HostToNetworkOrder((int)(uint.MaxValue << (32 - length))))).ToString();

    private static string Discover(Namespaces.NetworkNamespace guest, string link, string mac)
    {
        using var client = new FrameClient(guest, link);
        client.Send(RawClient.MessageOf(mac, [], 53, 1, 1, 55, 3, 1, 3, 51));
        try
        {
            var offer = client.Receive();
            return $"{new IPAddress(offer.AsSpan(16, 4))} mask {Option(offer, 1)} router {Option(offer, 3)} for {Seconds(offer)}";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut)
        {
            return "nothing";
        }
    }

    private static ReadOnlySpan<byte> OptionOctets(ReadOnlySpan<byte> message, byte code)
    {
        for (var at = 240; at + 1 < message.Length && message[at] != 255; at += message[at] == 0 ? 1 : 2 + message[at + 1])
        {
            if (message[at] == code)
            {
                return message.Slice(at + 2, message[at + 1]);
            }
        }

        return [];
    }

    private static string Option(ReadOnlySpan<byte> message, byte code) =>
        OptionOctets(message, code) is { Length: 4 } octets ? new IPAddress(octets).ToString() : "none";

    private static uint Seconds(ReadOnlySpan<byte> message) =>
        OptionOctets(message, 51) is { Length: 4 } octets ? BinaryPrimitives.ReadUInt32BigEndian(octets) : 0;

    private void DeleteLink(string link) => Host.Dom0.TryExec("ip", "link", "del", link);

    private static Outcome TapHook(ModelDevice device, string verb) =>
        device.World.HookIn([.. device.World.Environment(), "INTERFACE=" + device.FirstTap], verb, "type_if=tap");

    private string Compare()
    {
        var (expected, found) = (Prediction.Host(Model, Devices).ToList(), _observation.Host().ToList());
        var differences = expected.Except(found).Select(line => $"missing: {line}")
            .Concat(found.Except(expected).Select(line => $"too much: {line}")).Order(StringComparer.Ordinal).ToList();
        if (expected.Count == expected.Distinct().Count() && found.Count != found.Distinct().Count())
        {
            differences.AddRange(
                found.GroupBy(line => line).Where(group => group.Count() > 1).Select(group => "twice: " + group.Key));
        }

        foreach (var (question, answer) in Prediction.Names(Model, _pool, DateTime.UtcNow))
        {
            Answers++;
            var said = _observation.Ask(question);
            if (said != answer)
            {
                differences.Add($"DNS: {question} is '{said}' and not '{answer}'");
            }
        }

        return string.Join('\n', differences);
    }
}
