using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>The netlink families that are spoken here.</summary>
internal enum NetlinkFamily
{
    /// <summary>NETLINK_ROUTE: links, addresses, routes, neighbours.</summary>
    Route = 0,

    /// <summary>NETLINK_NETFILTER: nftables.</summary>
    Netfilter = 12,
}

/// <summary>
/// A netlink socket from the C library, as <c>new Socket((AddressFamily)16, …)</c> fails. It belongs to the network
/// namespace of the thread that opened it.
/// </summary>
internal sealed partial class NetlinkSocket : IDisposable
{
    private const int AddressFamilyNetlink = 16;
    private const int SocketRaw = 3;
    private const int CloseOnExec = 0x80000;
    private const int LevelNetlink = 270;
    private const int LevelSocket = 1;
    private const int AddMembership = 1;
    private const int CapAcknowledgement = 10;
    private const int ExtendedAcknowledgement = 11;
    private const int StrictChecking = 12;
    private const int ReceiveBufferForce = 33;
    private const int Truncate = 0x20;
    private const int DontWait = 0x40;

    private readonly SafeSocketHandle _handle;

    private NetlinkSocket(SafeSocketHandle handle) => _handle = handle;

    /// <summary>For polling beside others.</summary>
    internal SafeSocketHandle Handle => _handle;

    /// <summary>Opens and binds one. A kernel without the family: false and its errno.</summary>
    internal static bool TryOpen(NetlinkFamily family, out NetlinkSocket? socket, out int error)
    {
        socket = null;
        var descriptor = Open(AddressFamilyNetlink, SocketRaw | CloseOnExec, (int)family);
        if (descriptor < 0)
        {
            error = Marshal.GetLastPInvokeError();
            return false;
        }

        var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        var address = new NetlinkAddress { Family = AddressFamilyNetlink };
        if (Bind(handle, address, Marshal.SizeOf<NetlinkAddress>()) != 0)
        {
            error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            return false;
        }

        // Refinements; an older kernel that knows one not is as good without.
        Set(handle, LevelNetlink, CapAcknowledgement, 1);
        Set(handle, LevelNetlink, ExtendedAcknowledgement, 1);
        Set(handle, LevelNetlink, StrictChecking, 1);
        socket = new NetlinkSocket(handle);
        error = 0;
        return true;
    }

    /// <summary>Joins a group of notifications.</summary>
    internal bool TryJoin(int group, out int error)
    {
        error = Set(_handle, LevelNetlink, AddMembership, group);
        return error == 0;
    }

    /// <summary>
    /// Asks for a receive buffer beyond the system's limit; without the right to it, the limit stays.
    /// </summary>
    internal void EnlargeReceiveBuffer(int octets) => Set(_handle, LevelSocket, ReceiveBufferForce, octets);

    /// <summary>Sends a datagram to the kernel; 0 or an errno.</summary>
    internal int Send(ReadOnlySpan<byte> datagram)
    {
        while (true)
        {
            var address = new NetlinkAddress { Family = AddressFamilyNetlink };
            var sent = SendTo(_handle, datagram, datagram.Length, 0, address, Marshal.SizeOf<NetlinkAddress>());
            if (sent >= 0)
            {
                return 0;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error != Errno.Interrupted)
            {
                return error;
            }
        }
    }

    /// <summary>
    /// Takes one datagram that is from the kernel. One that is longer than the buffer is EMSGSIZE, and lost.
    /// </summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="wait">
    /// The longest to wait; zero takes only what is there, and then EAGAIN says there was nothing.
    /// </param>
    /// <param name="octets">How many it has.</param>
    /// <returns>0 or an errno; ETIMEDOUT when nothing came, ENOBUFS when the kernel had to throw some away.</returns>
    internal int Receive(Span<byte> buffer, TimeSpan wait, out int octets)
    {
        var deadline = Environment.TickCount64 + (long)wait.TotalMilliseconds;
        while (true)
        {
            octets = 0;
            var address = default(NetlinkAddress);
            var addressOctets = Marshal.SizeOf<NetlinkAddress>();
            var received = (int)ReceiveFrom(
                _handle, buffer, buffer.Length, Truncate | DontWait, ref address, ref addressOctets);
            if (received >= 0)
            {
                // Any process may send to a netlink socket; only port 0 is the kernel.
                if (address.Port != 0)
                {
                    continue;
                }

                octets = Math.Min(received, buffer.Length);
                return received > buffer.Length ? Errno.TooLong : 0;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == Errno.Again && wait > TimeSpan.Zero)
            {
                // Rare: the kernel most often has answered when the request's sending ends.
                var left = deadline - Environment.TickCount64;
                if (left <= 0 || !Polling.IsReadable(_handle, TimeSpan.FromMilliseconds(left)))
                {
                    return Errno.TimedOut;
                }
            }
            else if (error != Errno.Interrupted)
            {
                return error;
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    private static int Set(SafeSocketHandle handle, int level, int option, int value) =>
        SetOption(handle, level, option, value, sizeof(int)) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Open(int family, int kind, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(SafeSocketHandle socket, in NetlinkAddress address, int addressOctets);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(SafeSocketHandle socket, int level, int option, in int value, int octets);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SendTo(SafeSocketHandle socket, ReadOnlySpan<byte> octets, nint count, int flags,
        in NetlinkAddress address, int addressOctets);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint ReceiveFrom(SafeSocketHandle socket, Span<byte> octets, nint count, int flags,
        ref NetlinkAddress address, ref int addressOctets);

    /// <summary>struct sockaddr_nl: family 0..1, padding 2..3, port 4..7, groups 8..11.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NetlinkAddress
    {
        internal ushort Family;
        internal ushort Padding;
        internal uint Port;
        internal uint Groups;
    }
}
