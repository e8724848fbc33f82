using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>poll(2): waits for descriptors of any kind, with an end.</summary>
internal static partial class Polling
{
    private const short Readable = 0x1;
    private const short Writable = 0x4;

    /// <summary>True when reading will not wait: there is something, or its end. False when the time is over.</summary>
    internal static bool IsReadable(SafeHandle handle, TimeSpan wait) => Wait(handle, Readable, wait);

    /// <summary>True when writing will not wait.</summary>
    internal static bool IsWritable(SafeHandle handle, TimeSpan wait) => Wait(handle, Writable, wait);

    /// <summary>Waits without an end for one of several; a bit for each that is readable, from the lowest.</summary>
    internal static uint WaitForAny(ReadOnlySpan<SafeHandle> handles)
    {
        Span<Entry> entries = stackalloc Entry[8];
        entries = entries[..handles.Length];
        for (var index = 0; index < handles.Length; index++)
        {
            // The caller holds the handles open: it is the thread that closes them.
            entries[index] = new Entry { Descriptor = (int)handles[index].DangerousGetHandle(), Events = Readable };
        }

        uint readable = 0;
        if (Poll(entries, (nuint)entries.Length, timeout: -1) > 0)
        {
            for (var index = 0; index < entries.Length; index++)
            {
                readable |= entries[index].Returned != 0 ? 1u << index : 0;
            }
        }

        return readable;
    }

    private static bool Wait(SafeHandle handle, short events, TimeSpan wait)
    {
        var deadline = Environment.TickCount64 + (long)Math.Ceiling(wait.TotalMilliseconds);
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            Span<Entry> entry = [new Entry { Descriptor = (int)handle.DangerousGetHandle(), Events = events }];
            while (true)
            {
                var left = Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);
                var ready = Poll(entry, 1, (int)left);
                if (ready != 0 && !(ready < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted))
                {
                    return true;
                }

                if (ready == 0 && left == 0)
                {
                    return false;
                }
            }
        }
        finally
        {
            if (held)
            {
                handle.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Span<Entry> entries, nuint count, int timeout);

    /// <summary>struct pollfd: descriptor 0..3, events 4..5, returned 6..7.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Entry
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }
}
