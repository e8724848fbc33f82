using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace XenNet.Server.Linux;

/// <summary>
/// openat2(2): opens what lies below a directory, and nothing that a link in it leads out to. What is no file is never
/// opened, so that no device and no pipe notices.
/// </summary>
internal static partial class RootedFile
{
    private const int OpenAt2 = 437; // The same number on every architecture.
    private const int CurrentDirectory = -100;
    private const ulong PathOnly = 0x200000, CloseOnExec = 0x80000, NonBlocking = 0x800, NoTerminal = 0x100;
    private const ulong Beneath = 0x8, NoMagicLinks = 0x2;
    private const int SequentialAdvice = 2;
    private const int AttemptsMost = 8;

    /// <summary>The user that we are to the file system.</summary>
    internal static uint User { get; } = EffectiveUser();

    /// <summary>Finds a directory to look below; 0 or an errno.</summary>
    /// <param name="path">With a zero at its end.</param>
    /// <param name="root">Where it is; only good to look below it.</param>
    internal static int Find(ReadOnlySpan<byte> path, out SafeFileHandle root)
    {
        using var here = new SafeFileHandle(CurrentDirectory, ownsHandle: false);
        return Open(here, path, PathOnly, resolve: 0, out root);
    }

    /// <summary>True when a directory of that name lies below.</summary>
    /// <param name="root">Where.</param>
    /// <param name="path">Ends in <c>/.</c> and a zero.</param>
    internal static bool HasDirectory(SafeFileHandle root, ReadOnlySpan<byte> path)
    {
        var error = Open(root, path, PathOnly, Beneath | NoMagicLinks, out var found);
        found.Dispose();
        return error == 0;
    }

    /// <summary>Opens a file for reading; 0 or an errno. What is there and no file is not opened, and no error.</summary>
    /// <param name="root">Below which it must lie.</param>
    /// <param name="path">With a zero at its end.</param>
    /// <param name="file">The file; not open when it is none.</param>
    /// <param name="stamp">What it is.</param>
    internal static int OpenBelow(SafeFileHandle root, ReadOnlySpan<byte> path, out SafeFileHandle file, out FileStamp stamp)
    {
        var error = Open(root, path, PathOnly, Beneath | NoMagicLinks, out file);
        stamp = error == 0 ? FileStamp.Of(file) : default;
        if (stamp.Kind != FileKind.File)
            return error;

        using var found = file;
        using var here = new SafeFileHandle(CurrentDirectory, ownsHandle: false);
        Span<byte> itself = stackalloc byte[32];
        Utf8.TryWrite(
            itself, CultureInfo.InvariantCulture, $"/proc/self/fd/{found.DangerousGetHandle()}\0", out var length);
        error = Open(here, itself[..length], NonBlocking | NoTerminal, resolve: 0, out file);
        if (error == 0)
        {
            // A wish: the kernel reads further ahead.
            _ = Advise(file, 0, 0, SequentialAdvice);
        }

        return error;
    }

    // While somebody renames directories the kernel cannot always say whether it is below, and then says "again".
    private static int Open(SafeFileHandle at, ReadOnlySpan<byte> path, ulong flags, ulong resolve, out SafeFileHandle opened)
    {
        var how = new OpenHow { Flags = flags | CloseOnExec, Resolve = resolve };
        var error = 0;
        for (var attempt = 0; attempt < AttemptsMost; attempt++)
        {
            var descriptor = Call(OpenAt2, at, path, how, (nuint)Marshal.SizeOf<OpenHow>());
            if (descriptor >= 0)
            {
                opened = new SafeFileHandle((nint)descriptor, ownsHandle: true);
                return 0;
            }

            error = Marshal.GetLastPInvokeError();
            if (error is not (Errno.Again or Errno.Interrupted))
                break;
        }

        opened = new SafeFileHandle();
        return error;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Call(long number, SafeHandle directory, ReadOnlySpan<byte> path, in OpenHow how, nuint size);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    /// <summary>struct open_how.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
    }
}
