using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// Unguessable octets from getrandom(2). The framework's RandomNumberGenerator would load OpenSSL for them: 3 MB of
/// memory and some milliseconds of every start.
/// </summary>
internal static partial class KernelRandom
{
    /// <summary>Fills all of <paramref name="octets"/>; 256 at the most, which the kernel gives whole (getrandom(2), NOTES).</summary>
    public static void Fill(Span<byte> octets)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(octets.Length, 256, nameof(octets));
        nint given;
        do
        {
            given = GetRandom(octets, octets.Length, flags: 0);
        }
        while (given != octets.Length && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        if (given != octets.Length)
        {
            throw new InvalidOperationException($"getrandom failed: {Errno.Describe(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(Span<byte> octets, nint length, uint flags);
}
