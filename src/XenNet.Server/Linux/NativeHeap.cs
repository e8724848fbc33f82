using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>The heap of native libraries, SQLite's above all.</summary>
internal static partial class NativeHeap
{
    /// <summary>Gives back what is free in it: after many rows were read that is some megabytes which malloc keeps for more.</summary>
    public static void Trim()
    {
        try
        {
            _ = Trim(pad: 0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc keeps so much.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
