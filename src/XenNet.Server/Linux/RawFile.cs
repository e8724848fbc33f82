using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// read(2) and write(2) on whatever has a descriptor, a socket and a character device alike, once it does not block: most
/// often there is something or room for it, and then nothing is asked before.
/// </summary>
internal static partial class RawFile
{
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int AccessMode = 3;
    private const int ReadWriteNonBlocking = 0x802;

    /// <summary>From now on what is open for reading and writing does not block.</summary>
    /// <returns>0 or an errno.</returns>
    internal static int EndBlocking(SafeHandle handle) =>
        Control(handle, SetFlags, ReadWriteNonBlocking) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>True when it is open, for writing or for both.</summary>
    internal static bool IsWritable(SafeHandle handle) => Control(handle, GetFlags, 0) is var flags and >= 0 && (flags & AccessMode) != 0;

    /// <summary>Reads what there is, at least one octet, within the time.</summary>
    /// <returns>0 or an errno: ETIMEDOUT when nothing came; no octet and 0 is the end.</returns>
    internal static int Read(SafeHandle handle, Span<byte> buffer, TimeSpan wait, out int octets)
    {
        octets = 0;
        do
        {
            var count = ReadSome(handle, buffer, (nuint)buffer.Length);
            if (count >= 0)
            {
                octets = (int)count;
                return 0;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error is not (Errno.Interrupted or Errno.Again))
            {
                return error;
            }
        }
        while (Polling.IsReadable(handle, wait));

        return Errno.TimedOut;
    }

    /// <summary>Writes some of the octets, at least one, within the time.</summary>
    internal static int Write(SafeHandle handle, ReadOnlySpan<byte> octets, TimeSpan wait, out int written)
    {
        written = 0;
        do
        {
            var count = WriteSome(handle, octets, (nuint)octets.Length);
            if (count >= 0)
            {
                written = (int)count;
                return 0;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error is not (Errno.Interrupted or Errno.Again))
            {
                return error;
            }
        }
        while (Polling.IsWritable(handle, wait));

        return Errno.TimedOut;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeHandle handle, int command, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadSome(SafeHandle handle, Span<byte> octets, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteSome(SafeHandle handle, ReadOnlySpan<byte> octets, nuint count);
}
