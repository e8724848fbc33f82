using System.Net;
using System.Net.Sockets;
using XenNet.Server.Dns;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>
/// A UDP socket on one port of all links: tells on which link a message came, and sends to clients that have their
/// address. For one thread, but for <see cref="Dispose"/>, which ends a receive that waits.
/// </summary>
internal sealed class DhcpSocket : IDisposable
{
    /// <summary>Where servers listen.</summary>
    public const ushort ServerPort = 67;

    /// <summary>Where a boot server listens (PXE 2.1 section 2.2.6).</summary>
    public const ushort BootServerPort = 4011;

    /// <summary>Where clients listen.</summary>
    public const ushort ClientPort = 68;

    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int ReceiveBufferForce = 33;

    // Octets: some five thousand messages that wait, for a host whose guests all boot at once.
    private const int ReceiveBufferSize = 4 << 20;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly SocketAddress _client = new(AddressFamily.InterNetwork);
    private EndPoint _from = new IPEndPoint(IPAddress.Any, 0);

    /// <param name="port">Where it listens.</param>
    /// <exception cref="DhcpUnavailableException">The port is taken, or not for us.</exception>
    public DhcpSocket(ushort port = ServerPort)
    {
        try
        {
            // By its number: .NET's ReuseAddress sets SO_REUSEPORT too, and the kernel would deal messages out.
            _socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
            _socket.EnableBroadcast = true;
            _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            GrowReceiveBuffer();
            _socket.Bind(new IPEndPoint(IPAddress.Any, port));
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? DhcpUnavailableException.Taken(port, PortHolder.Of("udp", Ipv4Address.None, port), e)
                : DhcpUnavailableException.Refused($"udp port {port}", e);
        }
    }

    /// <summary>The port that the last message came from.</summary>
    public ushort LastPort => (ushort)((IPEndPoint)_from).Port;

    /// <summary>Waits for a message; what does not fit the room is lost.</summary>
    /// <returns>Octets received.</returns>
    /// <exception cref="SocketException">The kernel has an error to report, or the socket was disposed of.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed of before.</exception>
    public int Receive(Span<byte> packet, out Core.Dhcp.DhcpArrival arrival)
    {
        var flags = SocketFlags.None;
        var length = _socket.ReceiveMessageFrom(packet, ref flags, ref _from, out var path);
        arrival = new Core.Dhcp.DhcpArrival(path.Interface, From(((IPEndPoint)_from).Address), From(path.Address));
        return length;
    }

    /// <summary>Sends to a client that has its address, or to a relay agent; the route's source is the Dom0 end.</summary>
    /// <exception cref="SocketException">The link is down or gone.</exception>
    public void Send(ReadOnlySpan<byte> reply, Ipv4Endpoint client)
    {
        // struct sockaddr_in: family, port, address.
        var octets = _client.Buffer.Span;
        octets[2] = (byte)(client.Port >> 8);
        octets[3] = (byte)client.Port;
        client.Address.Write(octets[4..]);
        _socket.SendTo(reply, SocketFlags.None, _client);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void GrowReceiveBuffer()
    {
        try
        {
            Span<byte> size = stackalloc byte[sizeof(int)];
            BitConverter.TryWriteBytes(size, ReceiveBufferSize);
            _socket.SetRawSocketOption(SocketLevel, ReceiveBufferForce, size);
        }
        catch (SocketException)
        {
            // Without CAP_NET_ADMIN: as much as net.core.rmem_max allows.
            _socket.ReceiveBufferSize = ReceiveBufferSize;
        }
    }

    private static Ipv4Address From(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        return address.TryWriteBytes(octets, out _) ? Ipv4Address.Read(octets) : Ipv4Address.None;
    }
}
