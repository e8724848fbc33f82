using System.Buffers.Binary;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Benchmarks;

/// <summary>DHCP decisions with few machines up, and with every number taken and up; each call is another guest's.</summary>
[MemoryDiagnoser]
public class DhcpDecide
{
    private const int Clients = 1024;

    // Links have indexes from here on, as a Dom0 has others before its vifs.
    private const int FirstIndex = 100;

    private readonly byte[][] _discovers = new byte[Clients][];
    private readonly byte[][] _requests = new byte[Clients][];
    private readonly DhcpArrival[] _arrivals = new DhcpArrival[Clients];
    private readonly byte[] _reply = new byte[DhcpResponder.ReplyRoom];
    private DhcpResponder _responder = null!;
    private int _next;

    /// <summary>How many are up.</summary>
    [Params(10, ushort.MaxValue)]
    public int Bindings { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _responder = new DhcpResponder(View(Bindings), new DhcpSettings { Zone = "testbed" });
        for (var client = 0; client < Clients; client++)
        {
            // A prime stride spreads the clients over the whole registry.
            var number = (ushort)(client * 61 % Bindings + 1);
            var guest = 10u << 24 | (uint)number << 8 | 1;
            _arrivals[client] = new DhcpArrival(FirstIndex + number, Ipv4Address.None, Ipv4Address.Broadcast);
            _discovers[client] = Packet(number,
                [53, 1, 1, 61, 7, 1, .. Mac(number), 55, 8, 1, 3, 6, 12, 15, 28, 119, 121]);
            _requests[client] = Packet(number,
                [53, 1, 3, 54, 4, .. Octets(guest | 128), 50, 4, .. Octets(guest), 61, 7, 1, .. Mac(number),
                    55, 8, 1, 3, 6, 12, 15, 28, 119, 121]);
        }
    }

    [Benchmark]
    public int Discover()
    {
        var client = _next++ & (Clients - 1);
        return _responder.Decide(_discovers[client], _arrivals[client], _reply).Length;
    }

    [Benchmark]
    public int Request()
    {
        var client = _next++ & (Clients - 1);
        return _responder.Decide(_requests[client], _arrivals[client], _reply).Length;
    }

    [Benchmark]
    public DhcpSilence WrongMac()
    {
        var client = _next++ & (Clients - 1);
        return _responder.Decide(_discovers[client], _arrivals[(client + 1) & (Clients - 1)], _reply).Silence;
    }

    private static RegistryView View(int machines)
    {
        var prefix = Ipv4Prefix.Containing(new Ipv4Address(10u << 24), 8);
        var view = new RegistryView(new AddressScheme(prefix), machines);
        for (var number = 1; number <= machines; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"vm{number}");
            var vif = string.Create(CultureInfo.InvariantCulture, $"vif{number}.0");
            _ = MachineLabel.Map(name, out var label);
            var binding = new Binding(
                new MachineNumber((ushort)number), InterfaceNumber.First, MacAddress.Xen((uint)number), vif,
                FirstIndex + number, number, DateTimeOffset.UnixEpoch);
            view.Publish(new Machine(binding.Number, label, name).WithBinding(binding), (uint)number);
        }

        return view;
    }

    private static byte[] Packet(ushort number, byte[] options)
    {
        var packet = new byte[Math.Max(DhcpReplyWriter.LengthLeast, DhcpHeader.Size + 4 + options.Length + 1)];
        (packet[0], packet[1], packet[2]) = (DhcpHeader.BootRequest, DhcpHeader.Ethernet, MacAddress.Size);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), number);
        Mac(number).CopyTo(packet, 28);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(DhcpHeader.Size), DhcpHeader.MagicCookie);
        options.CopyTo(packet, DhcpHeader.Size + 4);
        packet[DhcpHeader.Size + 4 + options.Length] = (byte)DhcpOptionCode.End;
        return packet;
    }

    private static byte[] Mac(ushort number)
    {
        var octets = new byte[MacAddress.Size];
        MacAddress.Xen(number).Write(octets);
        return octets;
    }

    private static byte[] Octets(uint address)
    {
        var octets = new byte[Ipv4Address.Size];
        new Ipv4Address(address).Write(octets);
        return octets;
    }
}
