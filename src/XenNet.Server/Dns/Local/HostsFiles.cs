using System.Collections.Immutable;
using XenNet.Core.Dns.Local;
using XenNet.Server.Linux;

namespace XenNet.Server.Dns.Local;

/// <summary>
/// The files behind <c>dns.hosts-files</c> as they were last read: those named, and those in the directories named. One
/// that is gone is forgotten; one that cannot be read any more keeps what it said last.
/// </summary>
/// <param name="paths">Files and directories, in the order in which they count.</param>
internal sealed class HostsFiles(ImmutableArray<string> paths)
{
    /// <summary>Files at the most; of a directory with more the rest is left out.</summary>
    public const int FilesMost = 1024;

    /// <summary>Octets of all of them at the most.</summary>
    public const long OctetsMost = 64L << 20;

    private readonly Dictionary<string, HostsFile> _files = new(StringComparer.Ordinal);
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
            if (stamp.Kind != FileKind.Directory)
            {
                seen.Add((path, stamp));
                continue;
            }

            foreach (var file in List(path, stamp))
            {
                var within = FileStamp.Of(file);
                if (within.Kind == FileKind.File && seen.Count < FilesMost)
                    seen.Add((file, within));
            }
        }

        return seen.DrainToImmutable();
    }

    /// <summary>Reads what has changed since, and makes all files' names into records.</summary>
    /// <param name="seen">What <see cref="Look"/> gave.</param>
    /// <param name="to">Gets the records.</param>
    /// <param name="warnings">Gets what is wrong, a line each.</param>
    public void Read(
        ImmutableArray<(string Path, FileStamp Stamp)> seen, LocalDataBuilder to, List<string> warnings)
    {
        var reader = new HostsReader(to, warnings);
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
                _files[path] = file = ReadFile(path, stamp, file, warnings);

            octets += file.Octets.Length;
            if (octets > OctetsMost)
                warnings.Add($"{path}: the hosts files come to more than 64 MiB: none of its names are served");
            else
                reader.Read(path, file.Octets);
        }

        var present = seen.Select(one => one.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _files.Keys.Where(path => !present.Contains(path)).ToList())
            _files.Remove(gone);
    }

    private static HostsFile ReadFile(string path, FileStamp stamp, HostsFile? known, List<string> warnings)
    {
        if (stamp.Kind != FileKind.File)
        {
            warnings.Add($"{path}: it is neither a file nor a directory");
            return new HostsFile(stamp, []);
        }

        try
        {
            // One octet more than is taken is enough for it to be refused.
            using var file = File.OpenRead(path);
            var octets = new byte[Math.Min(file.Length + 1, HostsReader.FileOctetsMost + 1)];
            var length = file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            return new HostsFile(stamp, octets[..length]);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            var kept = known is null ? "none of its names are served" : "what it said last is kept";
            warnings.Add($"{path}: it cannot be read: {kept}");
            return new HostsFile(stamp, known?.Octets ?? []);
        }
    }

    // In the order of their names; what editors and package managers leave behind is passed over.
    private ImmutableArray<string> List(string directory, FileStamp stamp)
    {
        if (_listings.TryGetValue(directory, out var known) && known.Stamp == stamp)
            return known.Files;

        ImmutableArray<string> files;
        try
        {
            files =
            [
                .. Directory.EnumerateFiles(directory).Where(IsMeant).Order(StringComparer.Ordinal).Take(FilesMost),
            ];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            files = known?.Files ?? [];
        }

        _listings[directory] = new Listing(stamp, files);
        return files;
    }

    private static bool IsMeant(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        return !name.StartsWith(".") && !name.EndsWith("~") && !(name.StartsWith("#") && name.EndsWith("#"))
            && !name.EndsWith(".dpkg-new") && !name.EndsWith(".dpkg-tmp");
    }

    private sealed record HostsFile(FileStamp Stamp, byte[] Octets);

    private sealed record Listing(FileStamp Stamp, ImmutableArray<string> Files);
}
