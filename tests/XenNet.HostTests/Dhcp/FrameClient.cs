using System.Globalization;
using System.Net.Sockets;
using XenNet.HostTests.Namespaces;
using XenNet.Server.Dhcp;
using XenNet.Wire;
using XenNet.Wire.Frames;

namespace XenNet.HostTests.Dhcp;

/// <summary>
/// A guest's interface below its IP: sends as a client without an address does, and takes what is sent to the interface,
/// whether it has the address or not.
/// </summary>
internal sealed class FrameClient : IDisposable
{
    // Milliseconds.
    private const int Patience = 10_000;

    // ETH_P_IP in network order, as a packet socket's protocol is.
    private const ProtocolType Ipv4 = (ProtocolType)0x0008;

    private readonly Socket _received;
    private readonly FrameSocket _sent;
    private readonly int _index;

    public FrameClient(NetworkNamespace guest, string device = "eth0")
    {
        (_received, _sent) = guest.Run(() =>
            (new Socket(AddressFamily.Packet, SocketType.Dgram, Ipv4) { ReceiveTimeout = Patience }, new FrameSocket()));
        _index = int.Parse(guest.Ip("-o", "link", "show", device).Split(':')[0], CultureInfo.InvariantCulture);
    }

    /// <summary>From 0.0.0.0 to everybody.</summary>
    public void Send(ReadOnlySpan<byte> message)
    {
        var datagram = new byte[UdpDatagram.HeadersSize + message.Length];
        message.CopyTo(datagram.AsSpan(UdpDatagram.HeadersSize));
        UdpDatagram.WriteHeaders(
            datagram, new Ipv4Endpoint(Ipv4Address.None, 68), new Ipv4Endpoint(Ipv4Address.Broadcast, 67));
        _sent.Send(datagram, _index, MacAddress.Broadcast);
    }

    /// <summary>The next message to port 68; an error when none comes.</summary>
    public byte[] Receive()
    {
        var packet = new byte[2048];
        while (true)
        {
            var length = _received.Receive(packet);
            if (UdpDatagram.Parse(packet.AsSpan(0, length), out var source, out var destination, out var message) == FrameRefusal.None
                && source.Port == 67 && destination.Port == 68)
            {
                return message.ToArray();
            }
        }
    }

    public void Dispose()
    {
        _received.Dispose();
        _sent.Dispose();
    }
}
