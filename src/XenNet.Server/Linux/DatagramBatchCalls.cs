using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// The libc calls and structures behind <see cref="DatagramBatch"/>, as in socket(7), ip(7), recvmmsg(2).
/// </summary>
internal static unsafe partial class DatagramBatchCalls
{
    internal const int AddressFamilyInet = 2;
    internal const int LevelIp = 0;
    internal const int LevelSocket = 1;
    internal const int LevelUdp = 17;
    internal const int OptionReuseAddress = 2;      // SO_REUSEADDR
    internal const int OptionReusePort = 15;        // SO_REUSEPORT
    internal const int OptionSendBuffer = 7;        // SO_SNDBUF
    internal const int OptionReceiveBuffer = 8;     // SO_RCVBUF
    internal const int OptionSendBufferForce = 32;  // SO_SNDBUFFORCE: past wmem_max, with CAP_NET_ADMIN
    internal const int OptionReceiveBufferForce = 33;
    internal const int OptionPacketInformation = 8; // IP_PKTINFO
    internal const int OptionPacketOptions = 9;     // IP_PKTOPTIONS: the same of a TCP connection
    internal const int OptionMtuDiscover = 10;      // IP_MTU_DISCOVER
    internal const int MtuDiscoverOmit = 5;         // IP_PMTUDISC_OMIT: no DF, and no forged "too big" is believed
    internal const int OptionSegment = 103;         // UDP_SEGMENT: octets of each datagram of a train

    internal const int FlagTruncated = 0x20;        // MSG_TRUNC
    internal const int FlagControlTruncated = 0x8;  // MSG_CTRUNC
    internal const int FlagDontWait = 0x40;         // MSG_DONTWAIT
    internal const int FlagWaitForOne = 0x10000;    // MSG_WAITFORONE
    internal const int FlagNoSignal = 0x4000;       // MSG_NOSIGNAL

    internal const int ErrorInterrupted = 4;        // EINTR
    internal const int ErrorInputOutput = 5;        // EIO
    internal const int ErrorAgain = 11;             // EAGAIN
    internal const int ErrorInvalid = 22;           // EINVAL
    internal const int ErrorMessageSize = 90;       // EMSGSIZE
    internal const int ErrorNotSupported = 95;      // EOPNOTSUPP

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    internal static partial int ReceiveMany(
        SafeSocketHandle socket, BatchedMessage* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    internal static partial int SendMany(SafeSocketHandle socket, BatchedMessage* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint Send(SafeSocketHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "if_indextoname", SetLastError = true)]
    internal static partial byte* InterfaceName(uint index, byte* name);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        internal byte* Base;
        internal nuint Length;
    }

    /// <summary>
    /// struct msghdr. The C library's narrower fields (musl) leave zero octets where these are wider.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        internal InternetAddress* Name;
        internal uint NameLength;
        internal IoVector* Vectors;
        internal nuint VectorCount;
        internal void* Control;           // PacketControl or TrainControl
        internal nuint ControlLength;
        internal int Flags;
    }

    /// <summary>struct mmsghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BatchedMessage
    {
        internal MessageHeader Header;
        internal uint Length;
    }

    /// <summary>struct sockaddr_in; port and address in network order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InternetAddress
    {
        internal ushort Family;
        internal ushort Port;
        internal uint Address;
        internal ulong Zero;
    }

    /// <summary>
    /// struct cmsghdr with struct in_pktinfo, padded to CMSG_SPACE: 32 octets, of which CMSG_LEN counts 28.
    /// </summary>
    [StructLayout(LayoutKind.Sequential, Size = 32)]
    internal struct PacketControl
    {
        internal const int Octets = 28;

        internal nuint Length;
        internal int Level;
        internal int Type;
        internal int InterfaceIndex;
        internal uint Local;      // ipi_spec_dst: the address of ours that the sender asked
        internal uint Addressed;  // ipi_addr: what stood in the IP header, a broadcast for instance
    }

    /// <summary><see cref="PacketControl"/> and behind it struct cmsghdr with the octets of each datagram.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 56)]
    internal struct TrainControl
    {
        internal const int Octets = 18;

        internal PacketControl Path;
        internal nuint Length;
        internal int Level;
        internal int Type;
        internal ushort DatagramOctets;
    }
}
