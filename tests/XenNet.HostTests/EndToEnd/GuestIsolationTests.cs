using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// Frames that a guest's own kernel would never send, octet by octet: none gets to another guest, the outside or Dom0. Each is
/// followed by a true one; when that has come and nothing else, the forged one was dropped, as a veth keeps the order.
/// </summary>
public sealed class GuestIsolationTests(TwoGuests guests) : IClassFixture<TwoGuests>
{
    private const string Ce = "10.0.1.1";
    private const string Web = "10.0.2.1";
    private const string CeEnd = "10.0.1.129";
    private const string WebEnd = "10.0.2.129";
    private const string Forged = "forged!!";
    private const string Dom0Mac = "fe:ff:ff:ff:ff:ff";
    private const string EverybodyMac = "ff:ff:ff:ff:ff:ff";
    private const string Everybody = "255.255.255.255";

    // ETH_P_ALL in network order, as a packet socket's protocol is.
    private const ProtocolType AllFrames = (ProtocolType)0x0300;

    public static TheoryData<string, string, string, string, string, int> Datagrams => new()
    {
        { "with another's MAC and address, to the outside", "web", Dom0Mac, Web, XenHost.Gateway, 4000 },
        { "with another's MAC and address, to him", "web", Dom0Mac, Web, Web, 4000 },
        { "with another's MAC and address, to Dom0", "web", Dom0Mac, Web, CeEnd, 4000 },
        { "with another's MAC and own address, to another", "web", Dom0Mac, Ce, Web, 4000 },
        { "with another's MAC and own address, to Dom0", "web", Dom0Mac, Ce, CeEnd, 4000 },
        { "with another's MAC and own address, to the outside", "web", Dom0Mac, Ce, XenHost.Gateway, 4000 },
        { "with nobody's MAC and own address", "00:16:3e:ba:db:ad", Dom0Mac, Ce, Web, 4000 },
        { "with Dom0's MAC and own address", Dom0Mac, Dom0Mac, Ce, Web, 4000 },
        { "with Dom0's MAC and own end", Dom0Mac, Dom0Mac, CeEnd, Web, 4000 },
        { "with Dom0's MAC and another's end", Dom0Mac, Dom0Mac, WebEnd, Web, 4000 },
        { "as another's end, to Dom0", "ce", Dom0Mac, WebEnd, CeEnd, 4000 },
        { "as Dom0's uplink", "ce", Dom0Mac, XenHost.Uplink, Web, 4000 },
        { "as the outside", "ce", Dom0Mac, XenHost.Gateway, Web, 4000 },
        { "as Dom0's loopback", "ce", Dom0Mac, "127.0.0.1", CeEnd, 4000 },
        { "to Dom0's loopback", "ce", Dom0Mac, Ce, "127.0.0.1", 4000 },
        { "as nobody", "ce", Dom0Mac, "0.0.0.0", Web, 4000 },
        { "as everybody", "ce", Dom0Mac, Everybody, Web, 4000 },
        { "as a group", "ce", Dom0Mac, "224.0.0.1", Web, 4000 },
        { "to another in a broadcast frame", "ce", EverybodyMac, Ce, Web, 4000 },
        { "to another by his MAC", "ce", "web", Web, Web, 4000 },
        { "with another's address to everybody", "ce", EverybodyMac, Web, Everybody, 4000 },
        { "with another's address, as DHCP to Dom0", "ce", Dom0Mac, Web, CeEnd, 67 },
        { "as a DHCP server, to another", "ce", Dom0Mac, Ce, Web, 68 },
        { "as a DHCP server, to everybody", "ce", EverybodyMac, Ce, Everybody, 68 },
        { "as another's DHCP server", "ce", Dom0Mac, WebEnd, Web, 68 },
    };

    private XenHost Host => guests.Host;

    private string CeMac => guests.Ce.Mac;

    [Theory]
    [MemberData(nameof(Datagrams))]
    public void A_forged_datagram_gets_nowhere(string what, string fromMac, string toMac, string from, string to, int port) =>
        GetsNowhere(what, isFromDom0Kept: true, Frame(Mac(toMac), Mac(fromMac), "0800", Ip(from, to, Udp(port, Forged))));

    [Theory]
    [InlineData(Everybody, EverybodyMac)]
    [InlineData("10.255.255.255", EverybodyMac)]
    [InlineData("224.0.0.1", "01:00:5e:00:00:01")]
    [InlineData("224.0.0.251", "01:00:5e:00:00:fb")]
    [InlineData("239.255.255.250", "01:00:5e:7f:ff:fa")]
    public void What_a_guest_sends_to_all_is_for_dom0_at_the_most(string to, string toMac) =>
        GetsNowhere(to, isFromDom0Kept: false, Frame(toMac, CeMac, "0800", Ip(Ce, to, Udp(4000, Forged))));

    [Theory]
    [InlineData("another's address", Web, WebEnd, 4000)]
    [InlineData("another's address", Web, XenHost.Gateway, 4000)]
    [InlineData("a DHCP server", Ce, Web, 68)]
    public void Neither_does_a_forged_datagram_in_pieces(string what, string from, string to, int port)
    {
        // The first piece ends behind the UDP header, or even within it: the second has no ports that a rule could see.
        foreach (var cut in (int[])[8, 16])
        {
            var whole = Udp(port, Forged + Forged + Forged);
            GetsNowhere($"{what}, cut at {cut}", isFromDom0Kept: true,
                Frame(Dom0Mac, CeMac, "0800", Ip(from, to, whole[..(2 * cut)], flags: 0x2000)),
                Frame(Dom0Mac, CeMac, "0800", Ip(from, to, whole[(2 * cut)..], flags: cut / 8)));
        }
    }

    [Theory]
    [InlineData("to all", "33:33:00:00:00:01", "ff020000000000000000000000000001")]
    [InlineData("to Dom0's end as the kernel would make it", Dom0Mac, "fe80000000000000fcfffffffeffffff")]
    [InlineData("to some other network", Dom0Mac, "20010db8000000000000000000000001")]
    public void Neither_does_ipv6(string what, string toMac, string to)
    {
        const string From = "fe8000000000000002163efffe000500";
        var payload = Udp(4000, Forged);
        // A router's advertisement, and a datagram.
        GetsNowhere(what, isFromDom0Kept: true,
            Frame(toMac, CeMac, "86dd", $"60000000{16:x4}3aff{From}{to}8600000040000708" + "0000000000000000"),
            Frame(toMac, CeMac, "86dd", $"60000000{payload.Length / 2:x4}11ff{From}{to}{payload}"));
    }

    [Fact]
    public void Neither_do_tagged_frames_and_those_of_other_kinds()
    {
        var inner = "0800" + Ip(Ce, Web, Udp(4000, Forged));
        GetsNowhere("tagged", isFromDom0Kept: true,
            Frame(Dom0Mac, CeMac, "8100", "0005" + inner), Frame(Dom0Mac, CeMac, "88a8", "000581000005" + inner));
        GetsNowhere("spanning tree, LLDP and an unknown kind", isFromDom0Kept: true,
            Frame("01:80:c2:00:00:00", CeMac, "0026", "424203" + Hex(Forged)),
            Frame("01:80:c2:00:00:0e", CeMac, "88cc", Hex(Forged)), Frame(EverybodyMac, CeMac, "88b5", Hex(Forged)));
    }

    [Fact]
    public void Nobody_is_told_by_arp_where_another_guest_is_and_a_lie_reaches_nobody()
    {
        using var atCe = Sniff(guests.Ce.Guest);
        using var atWeb = Sniff(guests.Web.Guest);
        var liar = Digits("00:16:3e:ba:db:ad");

        // "Who has 10.0.2.1?", "10.0.2.1 is at the liar's", and the same of Dom0's end; to all and to Dom0.
        foreach (var address in (string[])[Web, WebEnd, Ce])
        {
            foreach (var operation in (int[])[1, 2])
            {
                Send(Frame(EverybodyMac, CeMac, "0806", Arp(operation, liar, address, address)),
                    Frame(Dom0Mac, CeMac, "0806", Arp(operation, liar, address, Web)));
            }
        }

        Send(Frame(EverybodyMac, CeMac, "0806", Arp(1, Digits(CeMac), Ce, Web)),
            Frame(EverybodyMac, CeMac, "0806", Arp(1, Digits(CeMac), Ce, CeEnd)));
        // The last question is answered, so all before it have been heard.
        var heard = Until(atCe, Arp(2, Digits(Dom0Mac), CeEnd, "")[..28]);
        Network.Dom0.Send(Host.Dom0, WebEnd, Web, 4000, "true");

        Assert.DoesNotContain(heard, frame => frame.Contains(Arp(2, "", Web, "")[12..], StringComparison.Ordinal));
        Assert.DoesNotContain(Until(atWeb, Hex("true")), frame => frame.Contains(liar, StringComparison.Ordinal));
        Assert.True(guests.Ce.Pings(CeEnd));
        Assert.True(guests.Web.Pings(Ce));
    }

    // Each that asks becomes a neighbour, and the kernel has one table of 1,024 for the whole of Dom0.
    [Theory]
    [InlineData(20, "liar")]
    [InlineData(21, "other", "vifname=other-net")]
    public void Who_asks_by_arp_in_hundreds_of_names_is_not_heard_for_long(int domain, string name, params string[] nodes)
    {
        var liar = Host.StartVif(domain, 0, name, nodes);
        var dropped = NftJson.Packets(Host.Dom0, "too much ARP");

        Send(liar, [.. Enumerable.Range(1, 240).Select(
            last => Frame(EverybodyMac, liar.Mac, "0806", Arp(1, Digits(liar.Mac), $"198.51.100.{last}", liar.Dom0End)))]);

        Assert.InRange(NftJson.Packets(Host.Dom0, "too much ARP"), dropped + 120, int.MaxValue);
        Assert.InRange(Host.Dom0.Ip("neigh", "show", "to", "198.51.100.0/24").Split('\n').Length, 1, 120);
        Assert.True(liar.Pings(liar.Dom0End));
        Assert.True(guests.Web.Pings(liar.Address));
    }

    [Fact]
    public void At_no_address_of_dom0_anything_but_dns_listens_for_a_guest()
    {
        var found = guests.Ce.Guest.Exec(
            "nmap", "-n", "-Pn", "-sT", "-T5", "--open", "-p-", CeEnd, WebEnd, XenHost.Uplink, "-oG", "-");

        // "Host: 10.0.1.129 ()	Ports: 53/open/tcp//domain///	Ignored State: closed (65534)"
        Assert.Equal([$"{CeEnd} 53/open/tcp//domain///", $"{WebEnd} 53/open/tcp//domain///"],
            found.Split('\n').Select(line => line.Split('\t')).Where(parts => parts.Length > 1 && parts[1].StartsWith("Ports: ", StringComparison.Ordinal))
                .Select(parts => $"{parts[0].Split(' ')[1]} {parts[1]["Ports: ".Length..]}").Order(StringComparer.Ordinal));
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));

    private static string Digits(string mac) => mac.Replace(":", "", StringComparison.Ordinal);

    private static string Address(string address) =>
        address.Length == 0 ? "" : Convert.ToHexStringLower(IPAddress.Parse(address).GetAddressBytes());

    private static string Frame(string to, string from, string type, string payload) =>
        Digits(to) + Digits(from) + type + payload;

    private static string Arp(int operation, string mac, string address, string target) =>
        $"000108000604{operation:x4}{mac}{Address(address)}000000000000{Address(target)}";

    // No checksum, which is allowed (RFC 768).
    private static string Udp(int port, string payload) =>
        $"{(port == 68 ? 67 : 4000):x4}{port:x4}{8 + payload.Length:x4}0000{Hex(payload)}";

    // RFC 791 figure 4; the fragment's offset in units of eight octets.
    private static string Ip(string from, string to, string payload, int flags = 0)
    {
        var header = $"4500{20 + (payload.Length / 2):x4}4711{flags:x4}40110000{Address(from)}{Address(to)}";
        var sum = Enumerable.Range(0, 10)
            .Sum(word => int.Parse(header.AsSpan(word * 4, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        var checksum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
        return header[..20] + $"{checksum:x4}" + header[24..] + payload;
    }

    private string Mac(string of) => of switch
    {
        "ce" => CeMac,
        "web" => guests.Web.Mac,
        _ => of,
    };

    private void GetsNowhere(string what, bool isFromDom0Kept, params string[] frames)
    {
        using var atWeb = Sniff(guests.Web.Guest);
        using var outside = Sniff(Host.Outside);
        using var atDom0 = Host.Dom0.Run(
            () => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp) { ReceiveTimeout = 5000 });
        string[] ends = [CeEnd, Web, XenHost.Gateway];

        Send([.. frames, .. ends.Select(to => Frame(Dom0Mac, CeMac, "0800", Ip(Ce, to, Udp(4000, "true"))))]);

        foreach (var (where, socket) in ((string, Socket)[])[("web", atWeb), ("outside", outside), ("Dom0", atDom0)])
        {
            var hasCome = Until(socket, Hex("true")).Exists(frame => frame.Contains(Hex(Forged), StringComparison.Ordinal));
            Assert.False(hasCome && (where != "Dom0" || isFromDom0Kept), $"{what} came to {where}");
        }
    }

    private static Socket Sniff(NetworkNamespace where) =>
        where.Run(() => new Socket(AddressFamily.Packet, SocketType.Raw, AllFrames) { ReceiveTimeout = 5000 });

    // All that comes until that does.
    private static List<string> Until(Socket socket, string last)
    {
        var (seen, frame) = (new List<string>(), new byte[2048]);
        do
        {
            seen.Add(Convert.ToHexStringLower(frame.AsSpan(0, socket.Receive(frame))));
        }
        while (!seen[^1].Contains(last, StringComparison.Ordinal));

        return seen;
    }

    private void Send(params string[] frames) => Send(guests.Ce, frames);

    private static void Send(GuestInterface from, string[] frames) => from.Guest.Exec("python3", ["-c", """
        import socket, sys
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((sys.argv[1], 0))
        for frame in sys.argv[2:]:
            s.send(bytes.fromhex(frame))
        """, from.Device, .. frames]);
}
