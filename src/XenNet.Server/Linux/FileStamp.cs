using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenNet.Server.Linux;

/// <summary>
/// Which file a path leads to and when it was last changed in any way: two that are equal are the same octets. Links are
/// followed.
/// </summary>
/// <param name="Inode">Another one when the file was replaced by renaming.</param>
/// <param name="Octets">Its size.</param>
/// <param name="ChangedSeconds">ctime: nobody can set it back, unlike the time of modification.</param>
/// <param name="ChangedNanoseconds">The rest of it.</param>
/// <param name="Device">Where the inode is.</param>
/// <param name="Kind">Its type, from <c>st_mode</c>.</param>
internal readonly partial record struct FileStamp(
    ulong Inode, ulong Octets, long ChangedSeconds, uint ChangedNanoseconds, ulong Device, FileKind Kind)
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint BasicFields = 0x7ff; // STATX_BASIC_STATS

    // struct statx is the same on every architecture (linux/stat.h): 256 octets.
    private const int Size = 256;
    private const int OwnerAt = 20, ModeAt = 28, InodeAt = 32, SizeAt = 40, ChangedAt = 96, ModifiedAt = 112, DeviceAt = 136;
    private const ushort TypeMask = 0xf000;
    private const int PermissionDenied = 13; // EACCES
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: the descriptor itself

    /// <summary>Who it belongs to.</summary>
    public uint Owner { get; private init; }

    /// <summary>The nine bits of who may do what.</summary>
    public ushort Permissions { get; private init; }

    /// <summary>When its content was changed, as whoever did it says.</summary>
    public long ModifiedSeconds { get; private init; }

    /// <summary>The stamp of a path; of what is not there it is empty, and so but for its kind where we may not look.</summary>
    public static FileStamp Of(string path)
    {
        Span<byte> found = stackalloc byte[Size];
        return Look(CurrentDirectory, path, flags: 0, BasicFields, found) == 0 ? Read(found)
            : Marshal.GetLastPInvokeError() == PermissionDenied ? default(FileStamp) with { Kind = FileKind.Hidden }
            : default;
    }

    /// <summary>The stamp of what is open.</summary>
    public static FileStamp Of(SafeFileHandle file)
    {
        Span<byte> found = stackalloc byte[Size];
        return Look(file, "", EmptyPath, BasicFields, found) == 0 ? Read(found) : default;
    }

    private static FileStamp Read(ReadOnlySpan<byte> found)
    {
        var mode = MemoryMarshal.Read<ushort>(found[ModeAt..]);
        return new FileStamp(
            MemoryMarshal.Read<ulong>(found[InodeAt..]),
            MemoryMarshal.Read<ulong>(found[SizeAt..]),
            MemoryMarshal.Read<long>(found[ChangedAt..]),
            MemoryMarshal.Read<uint>(found[(ChangedAt + sizeof(long))..]),
            MemoryMarshal.Read<ulong>(found[DeviceAt..]),
            (mode & TypeMask) switch { 0x8000 => FileKind.File, 0x4000 => FileKind.Directory, _ => FileKind.Other })
        {
            Owner = MemoryMarshal.Read<uint>(found[OwnerAt..]),
            Permissions = (ushort)(mode & 0x1ff),
            ModifiedSeconds = MemoryMarshal.Read<long>(found[ModifiedAt..]),
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Look(int directory, string path, int flags, uint mask, Span<byte> found);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Look(SafeHandle directory, string path, int flags, uint mask, Span<byte> found);
}

/// <summary>What a path leads to.</summary>
internal enum FileKind : byte
{
    /// <summary>Nothing.</summary>
    Absent,

    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A device, a pipe or a socket: never read.</summary>
    Other,

    /// <summary>Something, or nothing, in a directory that is closed to us.</summary>
    Hidden,
}
