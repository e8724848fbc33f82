namespace XenNet.Server.Configuration;

/// <summary>Where a configuration comes from, to be read again.</summary>
/// <param name="File">The file, which may be absent.</param>
/// <param name="Read">Reads it as it is now.</param>
public sealed record ConfigurationSource(string File, Func<ConfigurationReading> Read)
{
    /// <summary>A file, or the default one.</summary>
    /// <param name="path">As <see cref="ConfigurationFile.Read"/> takes it.</param>
    public static ConfigurationSource Of(string? path)
    {
        // The daemon leaves the directory that it was started in.
        var file = path is null ? null : Path.GetFullPath(path);
        return new(file ?? ConfigurationFile.DefaultPath, () => ConfigurationFile.Read(file));
    }
}
