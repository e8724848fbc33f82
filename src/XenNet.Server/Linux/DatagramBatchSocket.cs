using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using XenNet.Wire;
using static XenNet.Server.Linux.DatagramBatchCalls;

namespace XenNet.Server.Linux;

/// <summary>
/// An IPv4 datagram socket that tells how each datagram came in and replies from the address that was asked.
/// </summary>
internal sealed unsafe class DatagramBatchSocket : IDisposable
{
    // The kernel doubles it and counts a small datagram as 768 octets: some 10,000, a tenth of a second at full load.
    private const int BufferOctets = 4 << 20;

    private readonly Socket _socket;

    private DatagramBatchSocket(Socket socket) => _socket = socket;

    /// <summary>The handle, for <see cref="DatagramBatch"/>.</summary>
    public SafeSocketHandle Handle => _socket.SafeHandle;

    /// <summary>The port it is bound to.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Opens and binds; <paramref name="shared"/> sets SO_REUSEADDR and SO_REUSEPORT.</summary>
    /// <exception cref="SocketException">The port is taken, or the right to it is missing.</exception>
    public static DatagramBatchSocket Open(Ipv4Address address, int port, bool shared)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            Set(socket, LevelIp, OptionPacketInformation, 1);
            Set(socket, LevelIp, OptionMtuDiscover, MtuDiscoverOmit);
            if (shared)
            {
                Set(socket, LevelSocket, OptionReuseAddress, 1);
                Set(socket, LevelSocket, OptionReusePort, 1);
            }

            SetBuffer(socket, OptionReceiveBufferForce, OptionReceiveBuffer);
            SetBuffer(socket, OptionSendBufferForce, OptionSendBuffer);
            socket.Bind(new IPEndPoint(address.ToIPAddress(), port));
            return new DatagramBatchSocket(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes the socket out of its SO_REUSEPORT group and wakes its reader: datagrams already queued can still be
    /// read, new ones go to the other sockets.
    /// </summary>
    public void Leave()
    {
        try
        {
            // The kernel gives no unconnected sender's datagram to a connected socket. The port discards (RFC 863).
            _socket.Connect(new IPEndPoint(IPAddress.Loopback, 9));
        }
        catch (SocketException)
        {
            // No loopback in this namespace: then what arrives between the last read and the close is lost.
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (SocketException)
        {
            // Linux reports ENOTCONN for an unconnected socket, and wakes the reader nevertheless.
        }
    }

    /// <summary>Sends one reply outside a batch, from any thread; false when the kernel did not take it.</summary>
    public bool TrySend(ReadOnlySpan<byte> payload, in DatagramPath path)
    {
        var remote = new InternetAddress
        {
            Family = AddressFamilyInet,
            Port = BinaryPrimitives.ReverseEndianness(path.RemotePort),
            Address = BinaryPrimitives.ReverseEndianness(path.Remote.Value),
        };
        var control = new PacketControl
        {
            Length = PacketControl.Octets,
            Level = LevelIp,
            Type = OptionPacketInformation,
            Local = BinaryPrimitives.ReverseEndianness(path.Local.Value),
        };
        fixed (byte* octets = payload)
        {
            var vector = new IoVector { Base = octets, Length = (nuint)payload.Length };
            var message = new MessageHeader
            {
                Name = &remote,
                NameLength = (uint)sizeof(InternetAddress),
                Vectors = &vector,
                VectorCount = 1,
                Control = &control,
                ControlLength = (nuint)sizeof(PacketControl),
            };
            try
            {
                return DatagramBatchCalls.Send(Handle, &message, FlagDontWait | FlagNoSignal) == payload.Length;
            }
            catch (ObjectDisposedException)
            {
                // The server stopped while the answer was on its way.
                return false;
            }
        }
    }

    /// <summary>Makes a TCP listener's connections tell their interface, by <see cref="InterfaceOf"/>.</summary>
    public static void TellInterface(Socket listener) => Set(listener, LevelIp, OptionPacketInformation, 1);

    /// <summary>The interface that a TCP connection came in on; 0 when the kernel does not say.</summary>
    public static int InterfaceOf(Socket connection)
    {
        Span<byte> options = stackalloc byte[128];
        var length = connection.GetRawSocketOption(LevelIp, OptionPacketOptions, options);
        if (length < sizeof(PacketControl) - 4)
        {
            return 0;
        }

        var control = MemoryMarshal.Read<PacketControl>(options);
        return control is { Level: LevelIp, Type: OptionPacketInformation } ? control.InterfaceIndex : 0;
    }

    /// <summary>The name of an interface; null when there is none of that index.</summary>
    public static string? NameOf(int interfaceIndex)
    {
        Span<byte> name = stackalloc byte[16];  // IFNAMSIZ
        fixed (byte* octets = name)
        {
            return InterfaceName((uint)interfaceIndex, octets) == null
                ? null
                : Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
        }
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket.Dispose();

    private static void SetBuffer(Socket socket, int force, int plain)
    {
        try
        {
            Set(socket, LevelSocket, force, BufferOctets);
        }
        catch (SocketException)
        {
            // Without CAP_NET_ADMIN the kernel's limit (net.core.rmem_max, wmem_max) cuts it, and that must do.
            Set(socket, LevelSocket, plain, BufferOctets);
        }
    }

    private static void Set(Socket socket, int level, int option, int value) =>
        socket.SetRawSocketOption(level, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));
}
