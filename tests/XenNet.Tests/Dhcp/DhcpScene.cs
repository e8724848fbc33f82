using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Tests.Dhcp;

/// <summary>
/// A Dom0 with machine ce (number 1) up on two vifs, machine db (number 258) up on one, and a link that is no vif.
/// </summary>
internal sealed class DhcpScene
{
    public const int First = 12;
    public const int Second = 13;
    public const int Neighbour = 14;
    public const int UnboundVif = 15;
    public const int Uplink = 2;

    public const string FirstMac = "00:16:3e:01:02:03";
    public const string SecondMac = "00:16:3e:01:02:04";
    public const string NeighbourMac = "00:16:3e:0a:0b:0c";

    private readonly byte[] _reply = new byte[DhcpResponder.ReplyRoom];

    public DhcpScene(DhcpSettings? settings = null, int? mtu = null)
    {
        Responder = new DhcpResponder(
            View, settings ?? new DhcpSettings { Zone = "testbed" }, isVif: index => index != Uplink);
        var first = Machine(1, "ce")
            .WithInterface(Y(2), MacOf(SecondMac))
            .WithBinding(Binding(1, 1, FirstMac, "vif5.0", First) with { Mtu = mtu })
            .WithBinding(Binding(1, 2, SecondMac, "vif5.1", Second));
        View.Publish(first, 1);
        View.Publish(Machine(258, "db").WithBinding(Binding(258, 1, NeighbourMac, "vif6.0", Neighbour)), 2);
    }

    public RegistryView View { get; } = new(new AddressScheme(Prefix("10.0.0.0/8")));

    public DhcpResponder Responder { get; }

    public static DhcpArrival Broadcast(int index = First, string source = "0.0.0.0") =>
        new(index, AddressOf(source), Ipv4Address.Broadcast);

    public static DhcpArrival Unicast(
        int index = First, string source = "10.0.1.1", string destination = "10.0.1.129") =>
        new(index, AddressOf(source), AddressOf(destination));

    public DhcpOutcome Decide(RequestPacket packet, DhcpArrival? arrival = null) =>
        Responder.Decide(packet.ToArray(), arrival ?? Broadcast(), _reply);

    public DhcpOutcome Decide(ReadOnlySpan<byte> packet, DhcpArrival? arrival = null) =>
        Responder.Decide(packet, arrival ?? Broadcast(), _reply);

    /// <summary>The reply to a packet that must get one.</summary>
    public ReplyPacket Answer(RequestPacket packet, DhcpArrival? arrival = null)
    {
        var outcome = Decide(packet, arrival);
        Assert.Equal(DhcpSilence.None, outcome.Silence);
        return new ReplyPacket(_reply.AsSpan(0, outcome.Length));
    }

    /// <summary>The octets of the last reply that was decided.</summary>
    public ReadOnlySpan<byte> Reply(in DhcpOutcome outcome) => _reply.AsSpan(0, outcome.Length);

    public static Ipv4Address AddressOf(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : throw new FormatException(text);

    public static MacAddress MacOf(string text) =>
        MacAddress.TryParse(text, out var mac) ? mac : throw new FormatException(text);

    public static byte[] Octets(string address)
    {
        var octets = new byte[Ipv4Address.Size];
        AddressOf(address).Write(octets);
        return octets;
    }

    public static Machine Machine(ushort number, string name)
    {
        Assert.Equal(LabelRefusal.None, MachineLabel.Map(name, out var label));
        return new Machine(new MachineNumber(number), label, name);
    }

    public static Binding Binding(ushort number, int y, string mac, string vif, int index) =>
        new(new MachineNumber(number), Y(y), MacOf(mac), vif, index, domainId: 5, DateTimeOffset.UnixEpoch);

    public static InterfaceNumber Y(int value)
    {
        Assert.True(InterfaceNumber.TryCreate(value, out var y));
        return y;
    }

    public static Ipv4Prefix Prefix(string text) =>
        Ipv4Prefix.TryParse(text, out var prefix) ? prefix : throw new FormatException(text);
}
