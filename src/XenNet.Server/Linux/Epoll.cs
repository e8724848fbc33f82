using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenNet.Server.Linux;

/// <summary>
/// epoll(7), level-triggered: which of many descriptors can be read, or failed. A descriptor leaves by being closed. One
/// thread waits.
/// </summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int ControlAdd = 1;
    private const uint Readable = 0x1;

    // struct epoll_event is packed on x86-64 alone (the kernel's EPOLL_PACKED).
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventOctets = DataAt + sizeof(ulong);

    private readonly SafeFileHandle _handle;
    private readonly byte[] _events;

    /// <summary>Takes that many events at a time.</summary>
    /// <exception cref="IOException">The process has too many descriptors.</exception>
    internal Epoll(int eventsMost)
    {
        _events = GC.AllocateArray<byte>(eventsMost * EventOctets, pinned: true);
        var descriptor = Create(CloseOnExec);
        _handle = descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"epoll_create1: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Watches a descriptor; <paramref name="data"/> comes back with its events.</summary>
    /// <returns>False when the kernel has no memory for one more.</returns>
    internal bool TryAdd(int descriptor, ulong data)
    {
        var octets = stackalloc byte[16];
        *(uint*)octets = Readable;
        *(ulong*)(octets + DataAt) = data;
        return Control(_handle, ControlAdd, descriptor, octets) == 0;
    }

    /// <summary>Waits for events, so many milliseconds at the most; -1: without end.</summary>
    /// <returns>How many there are for <see cref="Data"/>; 0 as well when a signal ended the wait.</returns>
    internal int Wait(int milliseconds)
    {
        fixed (byte* events = _events)
        {
            return Math.Max(0, WaitFor(_handle, events, _events.Length / EventOctets, milliseconds));
        }
    }

    /// <summary>What was given for the descriptor of event <paramref name="index"/>.</summary>
    internal ulong Data(int index) =>
        MemoryMarshal.Read<ulong>(_events.AsSpan(index * EventOctets + DataAt));

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeHandle handle, int operation, int descriptor, byte* @event);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int WaitFor(SafeHandle handle, byte* events, int eventsMost, int milliseconds);
}
