using System.Buffers.Binary;
using XenNet.Wire;
using XenNet.Wire.Dhcp;
using XenNet.Wire.Frames;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Machines ce and web on xenbr0.</summary>
public sealed class TwoBridgedGuests : IDisposable
{
    public TwoBridgedGuests()
    {
        Ce = Scene.StartLeased(5, 0, "ce", "xenbr0");
        Web = Scene.StartLeased(6, 0, "web", "xenbr0");
    }

    internal BridgedHost Scene { get; } = new();

    internal GuestInterface Ce { get; }

    internal GuestInterface Web { get; }

    public void Dispose() => Scene.Dispose();
}

/// <summary>
/// What a guest on a bridge that has turned bad can do: its frames are written by hand. The rule that drops them is terminal,
/// so what it has counted has gone nowhere.
/// </summary>
public sealed class BridgeSecurityTests(TwoBridgedGuests guests) : IClassFixture<TwoBridgedGuests>
{
    private const string Everyone = "ff:ff:ff:ff:ff:ff";
    private const string Mac = "00:16:3e:00:05:00";
    private const string Victim = "00:16:3e:00:06:00";
    private const ushort Ipv4 = 0x0800;
    private const ushort Arp = 0x0806;

    private readonly XenHost _host = guests.Scene.Host;

    [Theory]
    [InlineData(Victim, "10.0.1.1", "not this guest's MAC")]
    [InlineData(Mac, "10.0.2.1", "not this bridged guest's address")]
    [InlineData(Mac, "10.0.0.129", "not this bridged guest's address")]
    [InlineData(Mac, "198.51.100.7", "not this bridged guest's address")]
    [InlineData(Mac, "10.0.1.0", "no interface on a bridge has it")]
    public void A_frame_with_anothers_mac_or_address_goes_nowhere(string mac, string source, string comment) =>
        AssertDropped(comment, Frame(mac, Everyone, Ipv4, Udp(source, 4000, "10.0.2.1", 4000, "forged"u8)));

    [Theory]
    [InlineData(2, Mac, "10.0.2.1", "ARP for another's address")]
    [InlineData(1, Mac, "10.0.0.129", "ARP for another's address")]
    [InlineData(2, Victim, "10.0.1.1", "ARP with another's MAC")]
    [InlineData(2, Mac, "0.0.0.0", "ARP for no interface")]
    public void Forged_arp_goes_nowhere(byte operation, string sender, string address, string comment) =>
        AssertDropped(comment, Frame(Mac, Everyone, Arp, ArpMessage(operation, sender, address)));

    [Fact]
    public void A_guests_dhcp_server_is_not_heard()
    {
        using var client = Network.Dom0.Listen(guests.Web.Guest, 68);

        AssertDropped("DHCP answers come from Dom0 only on bridges",
            Frame(Mac, Everyone, Ipv4, Udp("10.0.1.1", 67, "255.255.255.255", 68, "forged"u8)));
        AssertDropped("DHCP answers come from Dom0 only on bridges",
            Frame(Mac, Victim, Ipv4, Udp("10.0.1.1", 67, "10.0.2.1", 68, "forged"u8)));

        Assert.Equal(0, client.Available);
    }

    [Fact]
    public void Dhcp_for_another_guest_or_in_pieces_does_not_reach_dom0()
    {
        AssertDropped("DHCP for another's MAC", Frame(Mac, Everyone, Ipv4, Udp("0.0.0.0", 68, "255.255.255.255", 67, Discover(Victim))));
        var first = Udp("0.0.0.0", 68, "255.255.255.255", 67, Discover(Mac));
        first[6] |= 0x20; // More fragments.
        BinaryPrimitives.WriteUInt16BigEndian(first.AsSpan(10), 0);
        BinaryPrimitives.WriteUInt16BigEndian(first.AsSpan(10), InternetChecksumOf(first.AsSpan(0, 20)));
        AssertDropped("DHCP in pieces", Frame(Mac, Everyone, Ipv4, first));
    }

    [Fact]
    public void Dhcp_goes_straight_up_to_dom0_and_is_copied_for_no_other_port()
    {
        const string Forwarded = "guests' DHCP is for Dom0 alone";
        var counted = NftJson.Packets(_host.Dom0, Forwarded);

        guests.Ce.Guest.Exec("python3", "-c", SendFrame, "eth0", Convert.ToHexString(
            Frame(Mac, Everyone, Ipv4, Udp("0.0.0.0", 68, "255.255.255.255", 67, Discover(Mac)))));

        Assert.Equal(counted, NftJson.Packets(_host.Dom0, Forwarded));
        AssertDropped(Forwarded, Frame(Mac, Victim, Ipv4, Udp("10.0.1.1", 68, "10.0.2.1", 67, Discover(Mac))));
    }

    [Fact]
    public void Ipv6_vlans_and_stp_end_at_the_port()
    {
        AssertDropped("IPv6 is not served on bridges", Frame(Mac, Everyone, 0x86dd, new byte[60]));
        AssertDropped("IPv6 is not served on bridges", Frame(Mac, Everyone, 0x8100, [0, 1, 8, 0, .. new byte[60]]));
        AssertDropped("IPv6 is not served on bridges", Frame(Mac, "01:80:c2:00:00:00", 0x0026, [0x42, 0x42, 3, .. new byte[57]]));
    }

    [Fact]
    public void A_guests_mac_is_not_taken_over_by_the_lan()
    {
        guests.Scene.Lan.Exec("python3", "-c", SendFrame, "eth0",
            Convert.ToHexString(Frame(Mac, Everyone, Ipv4, Udp("198.51.100.9", 9, "198.51.100.255", 9, "mine now"u8))));

        Assert.True(guests.Web.Pings("10.0.1.1"));
        Assert.Contains($"{Mac} sticky master xenbr0 static", _host.Dom0.Exec("bridge", "fdb", "show", "dev", "vif5.0"));
    }

    [Theory]
    [InlineData("10.0.2.1", "a guest's address from no guest")]
    [InlineData("10.0.0.129", "Dom0's address from outside")]
    public void The_lan_has_no_guests_address(string source, string comment)
    {
        var counted = NftJson.Packets(_host.Dom0, comment);

        guests.Scene.Lan.Exec("python3", "-c", SendFrame, "eth0",
            Convert.ToHexString(Frame("02:00:00:00:00:07", Everyone, Ipv4, Udp(source, 9, "10.0.1.1", 9, "forged"u8))));

        Assert.Equal(counted + 1, NftJson.Packets(_host.Dom0, comment));
    }

    private void AssertDropped(string comment, byte[] frame)
    {
        var counted = NftJson.Packets(_host.Dom0, comment);

        guests.Ce.Guest.Exec("python3", "-c", SendFrame, "eth0", Convert.ToHexString(frame));

        // The guest's kernel sends some IPv6 of its own.
        Assert.InRange(NftJson.Packets(_host.Dom0, comment), counted + 1, int.MaxValue);
        Assert.True(guests.Web.Pings("10.0.1.1"));
    }

    private const string SendFrame = """
        import socket, sys
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((sys.argv[1], 0))
        s.send(bytes.fromhex(sys.argv[2]))
        """;

    private static byte[] Frame(string from, string to, ushort type, byte[] payload) =>
        [.. MacOctets(to), .. MacOctets(from), (byte)(type >> 8), (byte)type, .. payload];

    private static byte[] Udp(string source, ushort sourcePort, string destination, ushort port, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[UdpDatagram.HeadersSize + payload.Length];
        payload.CopyTo(packet.AsSpan(UdpDatagram.HeadersSize));
        UdpDatagram.WriteHeaders(
            packet, new Ipv4Endpoint(Address(source), sourcePort), new Ipv4Endpoint(Address(destination), port));
        return packet;
    }

    private static byte[] ArpMessage(byte operation, string sender, string address)
    {
        var (own, target) = (new byte[4], new byte[4]);
        Address(address).Write(own);
        Address("10.0.2.1").Write(target);
        return [0, 1, 8, 0, 6, 4, 0, operation, .. MacOctets(sender), .. own, .. MacOctets(Victim), .. target];
    }

    private static byte[] Discover(string mac)
    {
        var packet = new byte[DhcpHeader.Size + 4 + 4];
        packet[0] = DhcpHeader.BootRequest;
        (packet[1], packet[2]) = (DhcpHeader.Ethernet, MacAddress.Size);
        MacOctets(mac).CopyTo(packet, 28);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(DhcpHeader.Size), DhcpHeader.MagicCookie);
        ((byte[])[53, 1, 1, 255]).CopyTo(packet, DhcpHeader.Size + 4);
        return packet;
    }

    private static ushort InternetChecksumOf(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (var at = 0; at < header.Length; at += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[at..]);
        }

        return (ushort)~((sum & 0xffff) + (sum >> 16));
    }

    private static byte[] MacOctets(string text)
    {
        var octets = new byte[MacAddress.Size];
        Assert.True(MacAddress.TryParse(text, out var mac));
        mac.Write(octets);
        return octets;
    }

    private static Ipv4Address Address(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : throw new ArgumentException(text);
}
