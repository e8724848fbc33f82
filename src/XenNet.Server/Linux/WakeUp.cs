using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenNet.Server.Linux;

/// <summary>eventfd(2): ends another thread's wait in poll or epoll.</summary>
internal sealed partial class WakeUp : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    internal WakeUp()
    {
        var descriptor = Open(0, CloseOnExec | NonBlocking);
        Handle = descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"eventfd: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Readable while set.</summary>
    internal SafeFileHandle Handle { get; }

    /// <summary>Sets it. Its counter has 64 bits and takes one more in any case.</summary>
    internal void Set() => _ = Write(Handle, 1);

    /// <summary>Makes it as it was before it was set.</summary>
    internal void Reset() => _ = Read(Handle, out _);

    public void Dispose() => Handle.Dispose();

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int Open(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd_write")]
    private static partial int Write(SafeHandle handle, ulong value);

    [LibraryImport("libc", EntryPoint = "eventfd_read")]
    private static partial int Read(SafeHandle handle, out ulong value);
}
