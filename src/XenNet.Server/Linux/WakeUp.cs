using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenNet.Server.Linux;

/// <summary>eventfd(2): ends another thread's wait in poll.</summary>
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

    /// <summary>Readable once set.</summary>
    internal SafeFileHandle Handle { get; }

    /// <summary>Sets it, for good.</summary>
    internal void Set()
    {
        // A counter of 64 bits takes one more in any case.
        var one = BitConverter.GetBytes(1UL);
        _ = RawFile.Write(Handle, one, TimeSpan.FromSeconds(1), out _);
    }

    public void Dispose() => Handle.Dispose();

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int Open(uint value, int flags);
}
