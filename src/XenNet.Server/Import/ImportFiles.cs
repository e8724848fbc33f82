using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using XenNet.Core.Import;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Import;

/// <summary>The files and interfaces of this host, for an import.</summary>
public static class ImportFiles
{
    private const string NullDevice = "/dev/null";
    private const int EntriesMost = 4_096;

    /// <summary>
    /// Opens what a line names: a file or a directory, never a device or a pipe, which might not end.
    /// </summary>
    public static ImportSource Open(string path)
    {
        if (path == NullDevice) return new ImportSource(default);
        try
        {
            return FileStamp.Of(path).Kind switch
            {
                FileKind.Absent => new ImportSource(default, Why: $"{path}: there is no such file", IsAbsent: true),
                FileKind.Hidden => new ImportSource(default, Why: $"{path}: a directory on the way to it is closed to us"),
                FileKind.Directory => Directory(path),
                FileKind.File => new ImportSource(ReadFile(path)),
                _ => new ImportSource(default, Why: $"{path}: it is neither a file nor a directory"),
            };
        }
        catch (Exception unreadable) when (
            unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new ImportSource(default, Why: $"{path}: {Sentence(unreadable)}");
        }
    }

    /// <summary>Reads a file, some octets more than it may have at the most: enough for it to be refused.</summary>
    public static ReadOnlyMemory<byte> ReadFile(string path, int octetsMost = ImportReader.FileOctetsMost)
    {
        if (System.IO.Directory.Exists(path)) throw new IOException("it is a directory");
        using var stream = File.OpenRead(path);
        var octets = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; octets.Length <= octetsMost && (count = stream.Read(buffer)) > 0;)
            octets.Write(buffer, 0, count);
        return octets.GetBuffer().AsMemory(0, (int)octets.Length);
    }

    /// <summary>Why it could not be read.</summary>
    public static string Sentence(Exception unreadable) => unreadable switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file; name one that is there",
        UnauthorizedAccessException => "it may not be read; name a file that this user may read",
        _ => $"it cannot be read: {unreadable.Message}",
    };

    /// <summary>The IPv4 addresses of this host's interfaces.</summary>
    public static ImmutableArray<HostInterface> Interfaces()
    {
        var found = ImmutableArray.CreateBuilder<HostInterface>();
        foreach (var link in NetworkInterface.GetAllNetworkInterfaces())
        {
            foreach (var address in link.GetIPProperties().UnicastAddresses)
            {
                if (address.Address.AddressFamily == AddressFamily.InterNetwork
                    && Ipv4Address.TryParse(address.Address.ToString(), out var ipv4) && !ipv4.IsLoopback)
                {
                    found.Add(new HostInterface(link.Name, ipv4, address.PrefixLength));
                }
            }
        }

        return found.DrainToImmutable();
    }

    private static ImportSource Directory(string path)
    {
        var names = System.IO.Directory.EnumerateFileSystemEntries(path).Take(EntriesMost + 1)
            .Select(name => Path.GetFileName(name)).ToList();
        if (names.Count > EntriesMost)
            return new ImportSource(default, Why: $"{path}: it has more than {EntriesMost} entries");
        names.Sort(StringComparer.Ordinal);
        return new ImportSource(default, [.. names]);
    }
}
