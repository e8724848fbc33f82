using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>
/// A packet socket that only sends: IPv4 packets to a hardware address on a link of choice, for clients that cannot
/// answer ARP yet, and for broadcasts, which a UDP socket cannot lead to one link. Protocol 0: it receives nothing.
/// </summary>
internal sealed class FrameSocket : IDisposable
{
    // struct sockaddr_ll (linux/if_packet.h): family 0, protocol 2, ifindex 4, hatype 8, pkttype 10, halen 11, addr 12.
    private const int AddressSize = 20;
    private const int ProtocolOffset = 2;
    private const int InterfaceIndexOffset = 4;
    private const int HardwareLengthOffset = 11;
    private const int HardwareAddressOffset = 12;
    private const ushort EtherTypeIpv4 = 0x0800;

    private readonly Socket _socket;
    private readonly SocketAddress _station = new(AddressFamily.Packet, AddressSize);

    /// <exception cref="DhcpUnavailableException">The kernel does not let us.</exception>
    public FrameSocket()
    {
        try
        {
            _socket = new Socket(AddressFamily.Packet, SocketType.Dgram, ProtocolType.Unspecified);
        }
        catch (SocketException e)
        {
            throw DhcpUnavailableException.Refused("a packet socket", e);
        }

        var octets = _station.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(octets[ProtocolOffset..], EtherTypeIpv4);
        octets[HardwareLengthOffset] = MacAddress.Size;
    }

    /// <summary>Sends an IPv4 packet.</summary>
    /// <exception cref="SocketException">The link is down or gone.</exception>
    public void Send(ReadOnlySpan<byte> packet, int interfaceIndex, MacAddress station)
    {
        var octets = _station.Buffer.Span;
        BitConverter.TryWriteBytes(octets[InterfaceIndexOffset..], interfaceIndex);
        station.Write(octets[HardwareAddressOffset..]);
        _socket.SendTo(packet, SocketFlags.None, _station);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
