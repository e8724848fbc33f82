using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>read(2) and write(2) on whatever has a descriptor: a socket and a character device alike.</summary>
internal static partial class RawFile
{
    /// <summary>Reads what there is, at least one octet, within the time.</summary>
    /// <returns>0 or an errno: ETIMEDOUT when nothing came; no octet and 0 is the end.</returns>
    internal static int Read(SafeHandle handle, Span<byte> buffer, TimeSpan wait, out int octets)
    {
        octets = 0;
        while (Polling.IsReadable(handle, wait))
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

        return Errno.TimedOut;
    }

    /// <summary>Writes some of the octets, at least one, within the time; a socket must not block by itself.</summary>
    internal static int Write(SafeHandle handle, ReadOnlySpan<byte> octets, TimeSpan wait, out int written)
    {
        written = 0;
        while (Polling.IsWritable(handle, wait))
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

        return Errno.TimedOut;
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadSome(SafeHandle handle, Span<byte> octets, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteSome(SafeHandle handle, ReadOnlySpan<byte> octets, nuint count);
}
