using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// UDP sockets that talk to one address and port: the kernel drops what comes from elsewhere, and tells by ICMP that
/// nobody listens there. They live for one query, so they are plain descriptors: whoever opens one closes it.
/// </summary>
internal static unsafe partial class ConnectedDatagrams
{
    private const int TypeDatagram = 2;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int LevelIp = 0;
    private const int LevelIpv6 = 41;
    private const int LevelSocket = 1;
    private const int OptionBindToDevice = 25;
    private const int OptionMtuDiscover = 10;
    private const int OptionMtuDiscover6 = 23;
    private const int FlagDontWait = 0x40;
    private const int FlagNoSignal = 0x4000;

    /// <summary>Opens a socket that sends without DF and believes no forged "too big"; -1 and an errno otherwise.</summary>
    /// <param name="family">As in <see cref="SocketName.Family"/>.</param>
    /// <param name="device">The interface it is bound to, as octets with a zero at the end; empty: none.</param>
    internal static int Open(ushort family, ReadOnlySpan<byte> device)
    {
        var descriptor = OpenSocket(family, TypeDatagram | NonBlocking | CloseOnExec, 0);
        if (descriptor < 0)
            return -1;

        // A failure of this one leaves a socket that works all the same.
        var omit = DatagramBatchCalls.MtuDiscoverOmit;
        _ = family == SocketName.FamilyInternet
            ? SetOption(descriptor, LevelIp, OptionMtuDiscover, &omit, sizeof(int))
            : SetOption(descriptor, LevelIpv6, OptionMtuDiscover6, &omit, sizeof(int));
        fixed (byte* name = device)
        {
            if (device.IsEmpty
                || SetOption(descriptor, LevelSocket, OptionBindToDevice, name, (uint)device.Length) == 0)
            {
                return descriptor;
            }
        }

        var error = Marshal.GetLastPInvokeError();
        Close(descriptor);
        Marshal.SetLastPInvokeError(error);
        return -1;
    }

    /// <summary>Binds to an address, and to a port in host order; false and an errno otherwise.</summary>
    internal static bool TryBind(int descriptor, SocketName name, ushort port)
    {
        name.Port = BinaryPrimitives.ReverseEndianness(port);
        return BindTo(descriptor, &name, name.Length) == 0;
    }

    /// <summary>Connects; false and an errno when there is no way there. No packet is sent.</summary>
    internal static bool TryConnect(int descriptor, in SocketName name)
    {
        fixed (SocketName* pointer = &name)
        {
            return ConnectTo(descriptor, pointer, name.Length) == 0;
        }
    }

    /// <summary>Sends one datagram, without waiting; false and an errno otherwise.</summary>
    internal static bool TrySend(int descriptor, ReadOnlySpan<byte> datagram)
    {
        fixed (byte* octets = datagram)
        {
            return SendTo(descriptor, octets, (nuint)datagram.Length, FlagDontWait | FlagNoSignal) == datagram.Length;
        }
    }

    /// <summary>Takes one datagram, cut to the buffer, without waiting; -1 and an errno otherwise.</summary>
    internal static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* octets = buffer)
        {
            return (int)ReceiveFrom(descriptor, octets, (nuint)buffer.Length, FlagDontWait);
        }
    }

    /// <summary>Closes; its number may be another socket's at once.</summary>
    internal static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int descriptor, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int BindTo(int descriptor, SocketName* name, uint length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectTo(int descriptor, SocketName* name, uint length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendTo(int descriptor, byte* octets, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveFrom(int descriptor, byte* octets, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
