using System.Net;
using System.Net.Sockets;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.HostTests.Namespaces;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.HostTests.Dhcp;

/// <summary>What comes another way than by DISCOVER on the client's own vif, through real sockets and routes.</summary>
public sealed class OddWayTests
{
    private const int Patience = 10_000;

    [Fact]
    public void A_guest_that_renews_its_second_address_by_its_first_vif_is_acknowledged_on_the_second()
    {
        using var vif = new GuestVif();
        vif.AddSecond();
        vif.Machine.Ip("addr", "add", "10.0.1.1/24", "dev", "eth0");
        vif.Machine.Exec("sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth1.rp_filter=0");
        using var client = Bound(vif.Machine, "10.0.1.2", 68);

        // The guest's own routes lead to 10.0.1.130 by the /24 of eth0.
        client.SendTo(
            RawClient.MessageOf(GuestVif.SecondMac, [10, 0, 1, 2], 53, 1, 3), new IPEndPoint(IPAddress.Parse("10.0.1.130"), 67));
        var reply = Receive(client);

        Assert.Equal([10, 0, 1, 2], reply[16..20]);
        // A reply is counted when it has been sent, which may be after it has come.
        Assert.True(SpinWait.SpinUntil(() => vif.Counters.Of(DhcpMessageType.Ack) == 1, Patience));
        Assert.Equal(0, vif.Counters.Of(DhcpSilence.WrongMac));
    }

    [Fact]
    public void A_bootp_client_gets_its_address()
    {
        using var vif = new GuestVif();
        using var client = new RawClient(vif.Machine);
        var packet = RawClient.Message([]);
        Array.Resize(ref packet, 300);

        client.Send(packet);

        var reply = client.Receive();
        Assert.Equal([10, 0, 1, 1], reply[16..20]);
        Assert.Equal(300, reply.Length);
        Assert.Equal(1, vif.Counters.Of(DhcpMessageType.None));
    }

    [Fact]
    public void A_relay_that_is_named_is_answered_at_its_port_67()
    {
        using var vif = new GuestVif(new DhcpSettings { Zone = "testbed", Relays = [new Ipv4Address(0xc0000201)] });
        vif.Dom0.Ip("addr", "add", "192.0.2.1/32", "dev", "lo");
        vif.Dom0.Ip("addr", "add", "192.0.2.2/32", "dev", "lo");
        using var relay = Bound(vif.Dom0, "192.0.2.1", 67);
        var packet = RawClient.Message([], 53, 1, 1, 82, 2, 0xab, 0xcd);
        new byte[] { 192, 0, 2, 1 }.CopyTo(packet, 24);

        // Not to the Dom0 end: what Dom0 sends to that itself has the vif for its interface.
        relay.SendTo(packet, new IPEndPoint(IPAddress.Parse("192.0.2.2"), 67));

        var reply = Receive(relay);
        Assert.Equal([10, 0, 1, 1], reply[16..20]);
        Assert.Equal([192, 0, 2, 1], reply[24..28]);
        Assert.True(reply.AsSpan().IndexOf((ReadOnlySpan<byte>)[82, 2, 0xab, 0xcd, 255]) > 240);
    }

    [Fact]
    public void Udhcpc_is_told_what_is_configured()
    {
        var (configuration, errors) = ConfigurationReader.Read("""
            [[dhcp.tag]]
            name = "busybox"
            vendor-class = "udhcp *"
            [[dhcp.option]]
            option = "ntp-server"
            value  = ["192.0.2.123", "self"]
            when   = "busybox"
            [[dhcp.option]]
            option = "domain-search"
            value  = ["eng.corp.example", "corp.example"]
            [[dhcp.option]]
            option = "classless-static-route"
            value  = ["192.0.2.0/24 via self", "default via self"]
            force  = true
            [[dhcp.option]]
            option   = "lease-time"
            value    = "2h"
            machines = ["ce"]
            [[dhcp.option]]
            option = "domain-name"
            """, "f.toml");
        Assert.Empty(errors);
        using var vif = new GuestVif(new DhcpSettings { Zone = "testbed", Rules = configuration.Dhcp.Rules });

        var (code, _, complaint) = vif.Udhcpc("-O", "ntpsrv", "-O", "search");

        Assert.True(code == 0, complaint);
        Assert.Equal("192.0.2.123 10.0.1.129", vif.Told("ntpsrv"));
        Assert.Equal("eng.corp.example corp.example", vif.Told("search"));
        Assert.Equal("192.0.2.0/24 10.0.1.129 0.0.0.0/0 10.0.1.129", vif.Told("staticroutes"));
        Assert.Equal("7200", vif.Told("lease"));
        Assert.Null(vif.Told("domain"));
    }

    private static Socket Bound(NetworkNamespace at, string address, int port) => at.Run(() =>
    {
        const int SocketLevel = 1;
        const int ReuseAddress = 2;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = Patience };
        socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        return socket;
    });

    private static byte[] Receive(Socket socket)
    {
        var reply = new byte[2048];
        return reply[..socket.Receive(reply)];
    }
}
