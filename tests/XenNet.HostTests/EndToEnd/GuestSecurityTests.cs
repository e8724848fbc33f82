using System.Net;
using System.Net.Sockets;
using XenNet.HostTests.Namespaces;
using XenNet.Server.Dhcp;
using XenNet.Wire;
using XenNet.Wire.Frames;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// Machine ce with two interfaces, and web; the outside has a route to them that it should not need.
/// </summary>
public sealed class TwoGuests : IDisposable
{
    public TwoGuests()
    {
        Ce = Host.StartVif(5, 0, "ce");
        Ce1 = Host.StartVif(5, 1, "ce");
        Web = Host.StartVif(6, 0, "web");
        Host.Outside.Ip("route", "add", "10.0.0.0/8", "via", XenHost.Uplink);
    }

    internal XenHost Host { get; } = new();

    internal GuestInterface Ce { get; }

    internal GuestInterface Ce1 { get; }

    internal GuestInterface Web { get; }

    public void Dispose() => Host.Dispose();
}

/// <summary>
/// What a guest that has turned bad can do: its frames are written by hand. What must be dropped is sent first and
/// something that must pass second, as a veth keeps the order: when the second has come alone, the first was dropped.
/// </summary>
public sealed class GuestSecurityTests(TwoGuests guests) : IClassFixture<TwoGuests>
{
    private const string NotItsAddress = "not this guest's address";

    private readonly XenHost _host = guests.Host;

    [Theory]
    [InlineData("10.0.2.1", NotItsAddress)]
    [InlineData("192.0.2.1", NotItsAddress)]
    [InlineData("198.51.100.7", NotItsAddress)]
    [InlineData("10.0.1.129", NotItsAddress)]
    [InlineData("10.0.2.129", NotItsAddress)]
    [InlineData("127.0.0.1", NotItsAddress)]
    [InlineData("10.0.1.128", "no interface has it")]
    [InlineData("0.0.0.0", "no interface has it")]
    public void A_source_that_is_not_the_guests_goes_nowhere(string source, string comment)
    {
        var counted = NftJson.Packets(_host.Dom0, comment);
        (NetworkNamespace Where, string Address)[] destinations =
            [(_host.Dom0, "10.0.1.129"), (guests.Web.Guest, "10.0.2.1"), (_host.Outside, XenHost.Gateway)];

        foreach (var (where, address) in destinations)
        {
            using var listener = Network.Dom0.Listen(where, 4000);
            Send(guests.Ce, source, 4000, address, 4000, "forged"u8);
            Send(guests.Ce, "10.0.1.1", 4000, address, 4000, "true"u8);

            Assert.StartsWith("true ", Network.Dom0.Next(listener), StringComparison.Ordinal);
            Assert.Equal(0, listener.Available);
        }

        Assert.Equal(counted + destinations.Length, NftJson.Packets(_host.Dom0, comment));
    }

    [Fact]
    public void Each_address_of_the_machine_may_come_from_each_of_its_vifs()
    {
        using var outside = Network.Dom0.Listen(_host.Outside, 4001);

        Send(guests.Ce, "10.0.1.2", 4001, XenHost.Gateway, 4001, "eth1-by-eth0"u8);
        Assert.StartsWith("eth1-by-eth0 ", Network.Dom0.Next(outside), StringComparison.Ordinal);
        Send(guests.Ce1, "10.0.1.1", 4001, XenHost.Gateway, 4001, "eth0-by-eth1"u8);
        Assert.StartsWith("eth0-by-eth1 ", Network.Dom0.Next(outside), StringComparison.Ordinal);

        Assert.True(guests.Ce.Pings(guests.Web.Address, "-I", "10.0.1.2"));
        Assert.True(guests.Ce1.Pings(guests.Web.Address, "-I", "10.0.1.1"));
    }

    [Fact]
    public void A_forged_answer_of_a_dhcp_server_does_not_reach_another_guest()
    {
        using var client = Network.Dom0.Listen(guests.Web.Guest, 68);
        var counted = NftJson.Packets(_host.Dom0, "DHCP answers come from Dom0 only");

        Send(guests.Ce, "10.0.1.1", 67, "10.0.2.1", 68, "forged"u8);
        Send(guests.Ce, "10.0.2.129", 67, "10.0.2.1", 68, "forged"u8);
        Network.Dom0.Send(_host.Dom0, "10.0.2.129", "10.0.2.1", 68, "true");

        Assert.Equal("true 10.0.2.129", Network.Dom0.Next(client));
        Assert.Equal(counted + 2, NftJson.Packets(_host.Dom0, "DHCP answers come from Dom0 only"));
    }

    [Fact]
    public void Ipv6_ends_at_the_vif()
    {
        Assert.Empty(_host.Dom0.Ip("-6", "addr", "show", "vif5.0"));
        var counted = NftJson.Packets(_host.Dom0, "IPv6 is not served");

        // The address that Dom0's end would have made of fe:ff:ff:ff:ff:ff.
        guests.Ce.Guest.Ip("neigh", "replace", "fe80::fcff:ffff:feff:ffff", "dev", "eth0", "lladdr",
            "fe:ff:ff:ff:ff:ff");
        Assert.False(guests.Ce.Pings("fe80::fcff:ffff:feff:ffff%eth0", "-W", "1"));

        Assert.InRange(NftJson.Packets(_host.Dom0, "IPv6 is not served"), counted + 1, int.MaxValue);
    }

    [Fact]
    public void Dns_over_ipv6_finds_nobody_even_where_dom0s_end_has_such_an_address()
    {
        _host.Dom0.Ip("addr", "add", "fe80::5/64", "dev", "vif6.0", "nodad");
        guests.Web.Guest.Ip("neigh", "replace", "fe80::5", "dev", "eth0", "lladdr", "fe:ff:ff:ff:ff:ff");

        Assert.Equal("", XenHost.DigStatus(guests.Web.Guest, "+time=1", "+tries=1", "@fe80::5%eth0", "ce.testbed"));

        _host.Dom0.Ip("addr", "del", "fe80::5/64", "dev", "vif6.0");
    }

    [Fact]
    public void Another_guests_mac_gets_no_dhcp_answer_and_is_counted()
    {
        var thief = _host.StartVif(20, 0, "thief");
        var counted = Counter("dhcp", "Silent.WrongMac");
        thief.Guest.Ip("link", "set", "eth0", "down");
        thief.Guest.Ip("link", "set", "eth0", "address", guests.Web.Mac);
        thief.Guest.Ip("link", "set", "eth0", "up");
        using var client = thief.RunDhcpClient("-t", "2");

        client.Await("no lease, failing");

        Assert.Equal(1, client.AwaitEnd());
        Assert.Equal(counted + 2, Counter("dhcp", "Silent.WrongMac"));
        Assert.Contains("2 Silent.WrongMac", _host.Xen("status"));
    }

    [Fact]
    public void Dhcp_from_the_uplink_is_none_of_ours_and_is_counted_as_such()
    {
        var counted = Counter("dhcp", "Silent.NotAVif");

        Network.Dom0.Send(_host.Outside, XenHost.Gateway, XenHost.Uplink, 67, "discover");
        using var client = guests.Web.RunDhcpClient("-q");
        client.Await("lease of 10.0.2.1 obtained");

        Assert.Equal(counted + 1, Counter("dhcp", "Silent.NotAVif"));
    }

    [Fact]
    public void Dns_from_a_forged_source_is_not_answered()
    {
        using var atWeb = Network.Dom0.Listen(guests.Web.Guest, 4002);
        var before = Counter("dns", "Answered");

        Send(guests.Ce, "10.0.2.1", 4002, "10.0.1.129", 53, Dns.DnsAsker.Query("ce.testbed"));
        Send(guests.Ce, "198.51.100.7", 4002, "10.0.1.129", 53, Dns.DnsAsker.Query("ce.testbed"));
        Assert.Equal("10.0.1.1", XenHost.Dig(guests.Ce.Guest, "@10.0.1.129", "ce.testbed"));

        Assert.Equal(0, atWeb.Available);
        Assert.Equal(before + 1, Counter("dns", "Answered"));
    }

    [Fact]
    public void An_arp_answer_does_not_change_whom_dom0_sends_to()
    {
        var before = _host.Dom0.Ip("neigh", "show", "10.0.1.1");
        Assert.Contains("PERMANENT", before);

        // From the guest itself and from another: "10.0.1.1 is at 00:16:3e:bad".
        ForgeArp(guests.Ce, "10.0.1.1");
        ForgeArp(guests.Web, "10.0.1.1");

        Assert.True(guests.Ce.Pings("10.0.1.129"));
        Assert.True(guests.Web.Pings("10.0.1.1"));
        Assert.Equal(before, _host.Dom0.Ip("neigh", "show", "10.0.1.1"));
    }

    [Fact]
    public void From_outside_nothing_new_comes_in_while_guests_reach_the_outside()
    {
        using var web = Listen(guests.Web.Guest, 8080);
        using var outside = Listen(_host.Outside, 8080);

        Assert.False(_host.Outside.TryExec("ping", "-n", "-c", "1", "-W", "1", "10.0.2.1").Code == 0);
        Assert.False(Connects(_host.Outside, "10.0.2.1", 8080, out _));
        Assert.True(Connects(guests.Web.Guest, XenHost.Gateway, 8080, out _));

        using var accepted = outside.Accept();
        Assert.Equal(XenHost.Uplink, ((IPEndPoint)accepted.RemoteEndPoint!).Address.ToString());
        Assert.True(guests.Web.Pings(XenHost.Gateway));
        Assert.True(Connects(guests.Ce.Guest, "10.0.2.1", 8080, out _));
    }

    [Fact]
    public void The_uplinks_address_answers_no_dns_and_no_control()
    {
        Assert.Equal("", XenHost.DigStatus(_host.Outside, "+time=1", "+tries=1", "@" + XenHost.Uplink, "ce.testbed"));
        Assert.Equal("", XenHost.DigStatus(_host.Outside, "+time=1", "+tries=1", "@10.0.1.129", "ce.testbed"));
        Assert.False(Connects(_host.Outside, XenHost.Uplink, 53, out var refusal));
        Assert.Equal(SocketError.ConnectionRefused, refusal);
    }

    [Fact]
    public void A_guest_cannot_take_a_source_of_dom0s_loopback_to_be_forwarded()
    {
        Assert.Equal("10.0.1.1", XenHost.Dig(guests.Ce.Guest, "@10.0.2.129", "ce.testbed"));
        Assert.False(guests.Ce.Pings("127.0.0.1", "-I", "eth0", "-W", "1"));
    }

    private static void Send(
        GuestInterface from, string source, int sourcePort, string destination, int port, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[UdpDatagram.HeadersSize + payload.Length];
        payload.CopyTo(packet.AsSpan(UdpDatagram.HeadersSize));
        UdpDatagram.WriteHeaders(packet,
            new Ipv4Endpoint(Address(source), (ushort)sourcePort), new Ipv4Endpoint(Address(destination),
                (ushort)port));
        var index = int.Parse(from.Guest.Exec("cat", $"/sys/class/net/{from.Device}/ifindex"),
            System.Globalization.CultureInfo.InvariantCulture);
        from.Guest.Run(() =>
        {
            using var frames = new FrameSocket();
            frames.Send(packet, index, MacAddress.TryParse("fe:ff:ff:ff:ff:ff", out var dom0) ? dom0 : default);
        });
    }

    private static void ForgeArp(GuestInterface from, string address) => from.Guest.Exec("python3", "-c", """
        import socket, sys
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((sys.argv[1], 0))
        liar, victim = bytes.fromhex("00163ebadbad"), socket.inet_aton(sys.argv[2])
        for operation in 1, 2:
            for station in bytes.fromhex("ffffffffffff"), bytes.fromhex("feffffffffff"):
                s.send(station + liar + bytes.fromhex("0806" "0001" "0800" "0604") + operation.to_bytes(2, "big")
                       + liar + victim + station + victim)
        """, from.Device, address);

    private static Socket Listen(NetworkNamespace where, int port) => where.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        socket.Listen();
        return socket;
    });

    private static bool Connects(NetworkNamespace from, string address, int port, out SocketError refusal)
    {
        using var socket = from.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream,
            ProtocolType.Tcp));
        var connecting = socket.ConnectAsync(IPAddress.Parse(address), port);
        Task.WaitAny([connecting], TimeSpan.FromSeconds(1.5));
        refusal = (connecting.Exception?.InnerException as SocketException)?.SocketErrorCode ?? SocketError.Success;
        return connecting.IsCompletedSuccessfully;
    }

    private static Ipv4Address Address(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    private long Counter(string part, string name)
    {
        var counters = System.Text.Json.JsonDocument.Parse(_host.Xen("status", "--json"))
            .RootElement.GetProperty(part).GetProperty("counters");
        return counters.TryGetProperty(name, out var count) ? count.GetInt64() : 0;
    }
}
