using Microsoft.Extensions.Configuration;
using XenNet.Core.Configuration;

namespace XenNet.Server.Configuration;

/// <summary>The keys of <c>xennet.toml</c> in a section of another program's configuration.</summary>
internal static class HostConfiguration
{
    /// <summary>Reads the section as it is now; read again when a reload is asked for.</summary>
    public static ConfigurationSource SourceOf(IConfigurationSection section) => new(section.Path, () => Read(section));

    private static ConfigurationReading Read(IConfigurationSection section)
    {
        var (configuration, errors) = ConfigurationReader.Read(NodeOf(section, section.Path));
        return new ConfigurationReading(configuration, errors);
    }

    private static ConfigurationNode NodeOf(IConfigurationSection section, string name) =>
        new(name, section.Value, [.. section.GetChildren().Select(child => NodeOf(child, child.Key))]);
}
