using System.Collections.Immutable;
using XenNet.Core.Configuration;
using XenNet.Server.Linux;

namespace XenNet.Server.Files;

/// <summary>
/// Files that are followed, as they were last read: those named, and those in the directories named. One that is gone is
/// forgotten; one that cannot be read any more keeps what it said last.
/// </summary>
/// <param name="paths">Files and directories, in the order in which they count.</param>
internal sealed class FollowedFiles(ImmutableArray<string> paths)
{
    /// <summary>Files at the most; of a directory with more the rest is left out.</summary>
    public const int FilesMost = 1024;

    /// <summary>Octets of all of them at the most.</summary>
    public const long OctetsMost = 64L << 20;

    private readonly Dictionary<string, FollowedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Listing> _listings = new(StringComparer.Ordinal);

    /// <summary>
    /// How the files stand now, without reading one: equal to the last when nothing has changed. A directory is only listed
    /// when it has changed itself.
    /// </summary>
    public ImmutableArray<(string Path, FileStamp Stamp)> Look()
    {
        var seen = ImmutableArray.CreateBuilder<(string, FileStamp)>();
        foreach (var path in paths)
        {
            var stamp = FileStamp.Of(path);
            var isDirectory = stamp.Kind == FileKind.Directory
                || (stamp.Kind == FileKind.Hidden && _listings.ContainsKey(path));
            if (!isDirectory)
            {
                seen.Add((path, stamp));
                continue;
            }

            foreach (var file in List(path, stamp))
            {
                var within = FileStamp.Of(file);
                if (within.Kind is FileKind.File or FileKind.Hidden && seen.Count < FilesMost)
                    seen.Add((file, within));
            }
        }

        return seen.DrainToImmutable();
    }

    /// <summary>Reads what has changed since, and hands over all files.</summary>
    /// <param name="seen">What <see cref="Look"/> gave.</param>
    /// <param name="take">Gets each file's path and octets.</param>
    /// <param name="warnings">Gets what is wrong, a line each.</param>
    public void Read(
        ImmutableArray<(string Path, FileStamp Stamp)> seen, Action<string, byte[]> take, List<string> warnings)
    {
        warnings.AddRange(_listings.Where(listing => !listing.Value.IsWhole).Select(listing =>
            $"{listing.Key}: the directory cannot be read: what it held last is kept"));
        var octets = 0L;
        foreach (var (path, stamp) in seen)
        {
            if (stamp.Kind == FileKind.Absent)
            {
                _files.Remove(path);
                warnings.Add($"{path}: there is no such file or directory yet; it is looked for");
                continue;
            }

            if (!_files.TryGetValue(path, out var file) || file.Stamp != stamp)
                _files[path] = file = ReadFile(stamp, path, file);

            if (file.Trouble is { } trouble)
                warnings.Add($"{path}: {trouble}");

            octets += file.Octets.Length;
            if (octets > OctetsMost)
                warnings.Add($"{path}: the files come to more than 64 MiB: nothing in it counts");
            else
                take(path, file.Octets);
        }

        var present = seen.Select(one => one.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _files.Keys.Where(path => !present.Contains(path)).ToList())
            _files.Remove(gone);
    }

    private static FollowedFile ReadFile(FileStamp stamp, string path, FollowedFile? known)
    {
        if (stamp.Kind == FileKind.Hidden)
            return Unreadable(stamp, known);

        if (stamp.Kind != FileKind.File)
            return new FollowedFile(stamp, [], "it is neither a file nor a directory");

        try
        {
            // One octet more than is taken is enough for it to be refused.
            using var file = File.OpenRead(path);
            var octets = new byte[Math.Min(file.Length + 1, TextFile.OctetsMost + 1)];
            var length = file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            return new FollowedFile(stamp, octets[..length], Trouble: null);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return Unreadable(stamp, known);
        }
    }

    private static FollowedFile Unreadable(FileStamp stamp, FollowedFile? known)
    {
        var octets = known?.Octets ?? [];
        return new FollowedFile(
            stamp, octets, $"it cannot be read: {(octets is [] ? "nothing in it counts" : "what it said last is kept")}");
    }

    // In the order of their names; what editors and package managers leave behind is passed over.
    private ImmutableArray<string> List(string directory, FileStamp stamp)
    {
        if (_listings.TryGetValue(directory, out var known) && known.Stamp == stamp)
            return known.Files;

        Listing listing;
        try
        {
            listing = new Listing(stamp,
            [
                .. Directory.EnumerateFiles(directory).Where(IsMeant).Order(StringComparer.Ordinal).Take(FilesMost),
            ], IsWhole: true);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            listing = new Listing(stamp, known?.Files ?? [], IsWhole: false);
        }

        _listings[directory] = listing;
        return listing.Files;
    }

    private static bool IsMeant(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        return !name.StartsWith(".") && !name.EndsWith("~") && !(name.StartsWith("#") && name.EndsWith("#"))
            && !name.EndsWith(".dpkg-new") && !name.EndsWith(".dpkg-tmp");
    }

    // What it said last, and what is wrong with the file itself.
    private sealed record FollowedFile(FileStamp Stamp, byte[] Octets, string? Trouble);

    private sealed record Listing(FileStamp Stamp, ImmutableArray<string> Files, bool IsWhole);
}
