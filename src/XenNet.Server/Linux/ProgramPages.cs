using System.Globalization;
using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>The pages of the program's own file, of which a start touches three times what serving does.</summary>
internal static partial class ProgramPages
{
    private const int DontNeed = 4; // MADV_DONTNEED

    /// <summary>
    /// Takes the pages that only a start needed out of our memory. They stay in the page cache, so that the hook, which is the
    /// same file, starts as fast as before, and one that is needed again costs a minor fault. Without /proc nothing happens.
    /// </summary>
    public static void Release()
    {
        try
        {
            var range = default((nint Start, nint End));
            foreach (var line in File.ReadLines("/proc/self/smaps"))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (!words[0].EndsWith(':'))
                {
                    range = IsOfFile(words) ? RangeOf(words[0]) : default;
                }
                else if (words[0] == "Anonymous:" && words[1] == "0" && range != default)
                {
                    // Nothing in there was ever written, as the loader writes what it makes read-only afterwards: it is all in
                    // the file. What the kernel refuses stays.
                    _ = Advise(range.Start, range.End - range.Start, DontNeed);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is about some megabytes.
        }
    }

    // "00400000-00403000 r--p 00000000 fe:00 123 /usr/bin/xennet": private, not writable, of a file.
    private static bool IsOfFile(string[] words) =>
        words.Length > 5 && (words[1] is "r--p" or "r-xp") && words[5].StartsWith('/');

    private static (nint Start, nint End) RangeOf(string range)
    {
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        return nint.TryParse(range.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var start)
            && nint.TryParse(range.AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var end)
                ? (start, end)
                : default;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
