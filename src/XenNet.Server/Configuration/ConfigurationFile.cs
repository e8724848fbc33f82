using XenNet.Core.Configuration;

namespace XenNet.Server.Configuration;

/// <summary>Finds and reads the configuration file.</summary>
public static class ConfigurationFile
{
    /// <summary>Read when no other is named; it need not be there.</summary>
    public const string DefaultPath = "/etc/xennet/xennet.toml";

    /// <summary>Reads <paramref name="path"/>, or when that is null the default file if there is one.</summary>
    public static ConfigurationReading Read(string? path)
    {
        var file = path ?? DefaultPath;
        try
        {
            var (configuration, errors) = ConfigurationReader.Read(Octets(file), file);
            return new ConfigurationReading(configuration, [.. errors.Select(error => error.ToString())]);
        }
        catch (Exception absent) when (path is null && absent is (FileNotFoundException or DirectoryNotFoundException))
        {
            return new ConfigurationReading(new(), []);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return new ConfigurationReading(new(), [$"{file}: {Reason(unreadable)}"]);
        }
    }

    // One octet more than the reader takes is enough for it to refuse, whatever is behind the name.
    private static ReadOnlySpan<byte> Octets(string file)
    {
        using var stream = File.OpenRead(file);
        var octets = new byte[ConfigurationReader.OctetsMost + 1];
        var length = stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
        return octets.AsSpan(0, length);
    }

    private static string Reason(Exception unreadable) => unreadable switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file; name one with --config FILE.",
        UnauthorizedAccessException => "it may not be read; it must be a file that this user may read.",
        _ => $"it cannot be read: {unreadable.Message}",
    };
}
