using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// How many descriptors the process may have (getrlimit(2)). It starts with 1,024 on most systems, for the sake of programs
/// that use select; with a socket for each outstanding query that is too few. A compiled program has to raise it itself.
/// </summary>
internal static partial class DescriptorLimit
{
    private const int Descriptors = 7; // RLIMIT_NOFILE

    /// <summary>Raises the limit as far as the process may.</summary>
    /// <returns>The limit from now on.</returns>
    internal static ulong Raise()
    {
        if (Get(Descriptors, out var limit) != 0)
            return 0;

        var wanted = limit with { Current = limit.Most };
        return wanted == limit || Set(Descriptors, wanted) != 0 ? limit.Current : wanted.Current;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, in Limit limit);

    /// <summary>struct rlimit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private record struct Limit(ulong Current, ulong Most);
}
