using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>
/// A packet socket: IPv4 packets to a hardware address on a link of choice, for clients that cannot answer ARP yet, and for
/// broadcasts, which a UDP socket cannot lead to one link; or ARP. For IPv4 it only sends: with protocol 0 it receives nothing.
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
    private const ushort EtherTypeArp = 0x0806;

    private readonly Socket _socket;
    private readonly SocketAddress _station = new(AddressFamily.Packet, AddressSize);
    private readonly SocketAddress _from =
        new(AddressFamily.Packet, SocketAddress.GetMaximumAddressSize(AddressFamily.Packet));

    /// <summary>For IPv4.</summary>
    /// <exception cref="DhcpUnavailableException">The kernel does not let us.</exception>
    public FrameSocket()
        : this(EtherTypeIpv4, ProtocolType.Unspecified)
    {
    }

    private FrameSocket(ushort etherType, ProtocolType received)
    {
        try
        {
            _socket = new Socket(AddressFamily.Packet, SocketType.Dgram, received);
        }
        catch (SocketException e)
        {
            throw DhcpUnavailableException.Refused("a packet socket", e);
        }

        var octets = _station.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(octets[ProtocolOffset..], etherType);
        octets[HardwareLengthOffset] = MacAddress.Size;
    }

    /// <summary>For ARP of all links, both ways.</summary>
    /// <exception cref="DhcpUnavailableException">The kernel does not let us.</exception>
    public static FrameSocket ForArp() =>
        new(EtherTypeArp, (ProtocolType)BinaryPrimitives.ReverseEndianness(EtherTypeArp));

    /// <summary>Takes a packet that has come; false when none comes within that time.</summary>
    /// <param name="packet">Takes it.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="length">Octets of it.</param>
    /// <param name="interfaceIndex">The link that it came on.</param>
    /// <exception cref="SocketException">The kernel has an error to report.</exception>
    public bool TryReceive(Span<byte> packet, TimeSpan wait, out int length, out int interfaceIndex)
    {
        (length, interfaceIndex) = (0, 0);
        if (!_socket.Poll(wait, SelectMode.SelectRead))
        {
            return false;
        }

        // It is given the length of what came.
        _from.Size = _from.Buffer.Length;
        length = _socket.ReceiveFrom(packet, SocketFlags.None, _from);
        interfaceIndex = BitConverter.ToInt32(_from.Buffer.Span[InterfaceIndexOffset..]);
        return true;
    }

    /// <summary>Sends a packet.</summary>
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
