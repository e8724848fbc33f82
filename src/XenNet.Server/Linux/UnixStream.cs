using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace XenNet.Server.Linux;

/// <summary>
/// A stream socket that is connected to a path, for <see cref="RawFile"/>. It is from the C library, as the framework's
/// first socket starts a thread for all that wait, and a program as short as the hook would wait for that thread.
/// </summary>
internal static unsafe partial class UnixStream
{
    private const int FamilyUnix = 1;
    private const int TypeStream = 1;
    private const int CloseOnExec = 0x80000;
    private const int LevelSocket = 1;
    private const int OptionSendTimeout = 21;

    // struct sockaddr_un: family 0..1, path 2..109 with a zero at its end.
    private const int NameOctets = 110;

    /// <summary>Connects; the socket does not block from then on.</summary>
    /// <param name="path">Where somebody listens.</param>
    /// <param name="within">The longest to wait for one who has no room for callers.</param>
    /// <param name="handle">Null when it failed.</param>
    /// <returns>0 or an errno.</returns>
    internal static int Connect(string path, TimeSpan within, out SafeFileHandle? handle)
    {
        handle = null;
        Span<byte> name = stackalloc byte[NameOctets];
        name.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(name, FamilyUnix);
        if (!Encoding.UTF8.TryGetBytes(path, name[2..^1], out _))
        {
            return Errno.NameTooLong;
        }

        var descriptor = OpenSocket(FamilyUnix, TypeStream | CloseOnExec, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        var socket = new SafeFileHandle(descriptor, ownsHandle: true);
        var milliseconds = (long)Math.Clamp(within.TotalMilliseconds, 1, int.MaxValue);
        var time = (Seconds: (nint)(milliseconds / 1000), Microseconds: (nint)(milliseconds % 1000 * 1000));
        // It bounds the connecting too.
        if (SetOption(socket, LevelSocket, OptionSendTimeout, &time, (uint)sizeof((nint, nint))) != 0
            || ConnectTo(socket, name, NameOctets) != 0
            || RawFile.EndBlocking(socket) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            socket.Dispose();
            return error;
        }

        handle = socket;
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(SafeHandle socket, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectTo(SafeHandle socket, ReadOnlySpan<byte> name, uint length);
}
