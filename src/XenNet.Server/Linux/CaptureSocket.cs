using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// A packet socket that is shown the frames of one link, both ways: of IPv4, UDP and port 53 of TCP. The kernel leaves all
/// others out, so that a guest that moves much data costs no more.
/// </summary>
internal sealed class CaptureSocket : IDisposable
{
    // struct sockaddr_ll (linux/if_packet.h): family 0, protocol 2, ifindex 4, hatype 8, pkttype 10, halen 11, addr 12.
    private const int AddressSize = 20;
    private const int ProtocolOffset = 2;
    private const int InterfaceIndexOffset = 4;
    private const ushort AllProtocols = 0x0300; // htons(ETH_P_ALL): also what we send is seen.
    private const int LevelSocket = 1;
    private const int OptionAttachFilter = 26;
    private const int LevelPacket = 263; // SOL_PACKET
    private const int OptionStatistics = 6; // PACKET_STATISTICS
    private const int RoomOctets = 4 << 20;

    private readonly Socket _socket;

    /// <param name="interfaceIndex">The link.</param>
    /// <exception cref="SocketException">The kernel does not let us, or the link is gone.</exception>
    public CaptureSocket(int interfaceIndex)
    {
        // Nothing is received before the filter stands and the link is named.
        _socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified) { ReceiveBufferSize = RoomOctets };
        try
        {
            Attach();
            _socket.Bind(new LinkEndpoint(interfaceIndex));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    // What tcpdump -d 'ip and (udp or tcp port 53)' makes, fragments behind the first left out.
    private static ulong[] Filter =>
    [
        Step(0x28, 12), // ldh: EtherType
        Step(0x15, 0x0800, 0, 10), // IPv4, or nothing
        Step(0x28, 20), // ldh: fragment
        Step(0x45, 0x1fff, 8, 0), // behind the first: nothing
        Step(0x30, 23), // ldb: protocol
        Step(0x15, 17, 7, 0), // UDP: all of it
        Step(0x15, 6, 0, 5), // TCP, or nothing
        Step(0xb1, 14), // ldxb: octets of the IP header
        Step(0x48, 14), // ldh: source port
        Step(0x15, 53, 3, 0),
        Step(0x48, 16), // ldh: destination port
        Step(0x15, 53, 1, 0),
        Step(0x06, 0), // nothing
        Step(0x06, 0x40000), // all of it
    ];

    /// <summary>Waits for the next frame.</summary>
    /// <returns>Octets of it.</returns>
    /// <exception cref="SocketException">The link is down or gone.</exception>
    public ValueTask<int> Receive(Memory<byte> frame, CancellationToken cancel) =>
        _socket.ReceiveAsync(frame, SocketFlags.None, cancel);

    /// <summary>Frames that there was no room for since it was last asked.</summary>
    public int TakeLost()
    {
        // struct tpacket_stats: packets 0, drops 4; reading it sets both to 0.
        Span<byte> counts = stackalloc byte[2 * sizeof(uint)];
        _socket.GetRawSocketOption(LevelPacket, OptionStatistics, counts);
        return (int)Math.Min(BitConverter.ToUInt32(counts[sizeof(uint)..]), int.MaxValue);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // struct sock_filter: code 2, steps to skip if so 1, if not 1, value 4.
    private static ulong Step(ushort code, uint value, byte then = 0, byte otherwise = 0) =>
        code | (ulong)then << 16 | (ulong)otherwise << 24 | (ulong)value << 32;

    // struct sock_fprog: length 2, six of padding, pointer 8.
    private void Attach()
    {
        var steps = Filter;
        var pinned = GCHandle.Alloc(steps, GCHandleType.Pinned);
        try
        {
            var program = new byte[16];
            BitConverter.TryWriteBytes(program, (ushort)steps.Length);
            BitConverter.TryWriteBytes(program.AsSpan(8), pinned.AddrOfPinnedObject());
            _socket.SetRawSocketOption(LevelSocket, OptionAttachFilter, program);
        }
        finally
        {
            pinned.Free();
        }
    }

    private sealed class LinkEndpoint(int interfaceIndex) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, AddressSize);
            BitConverter.TryWriteBytes(address.Buffer.Span[ProtocolOffset..], AllProtocols);
            BitConverter.TryWriteBytes(address.Buffer.Span[InterfaceIndexOffset..], interfaceIndex);
            return address;
        }
    }
}
