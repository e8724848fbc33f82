using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenNet.Server.Linux;

/// <summary>Makes what was made, renamed or removed in a directory so after a power cut too.</summary>
internal static partial class DirectorySync
{
    // O_DIRECTORY | O_CLOEXEC.
    private const int Flags = 0x10000 | 0x80000;
    private const int FlagsOnArm = 0x4000 | 0x80000;

    /// <summary>fsync(2) of the directory.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void Sync(string directory)
    {
        var flags = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? FlagsOnArm : Flags;
        using var handle = Open(directory, flags);
        if (handle.IsInvalid || FlushToDisk(handle) != 0)
        {
            throw new IOException($"{directory}: {Errno.Describe(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushToDisk(SafeFileHandle handle);
}
