using System.Collections.Immutable;
using System.Text;
using XenNet.Core.Configuration;

namespace XenNet.Tests.Configuration;

/// <summary>Texts of configuration files, read as <c>f.toml</c>.</summary>
internal static class ReadText
{
    // Stands for an error whose words are the TOML parser's own.
    public const string Anything = "*";

    public static XenNetConfiguration Accept(string toml)
    {
        var (configuration, errors) = ConfigurationReader.Read(toml, "f.toml");
        Assert.Empty(errors);
        return configuration;
    }

    public static ImmutableArray<ConfigurationError> Read(string toml) => ConfigurationReader.Read(toml, "f.toml").Errors;

    public static (XenNetConfiguration Configuration, IReadOnlyList<ConfigurationError> Errors) Octets(string toml) =>
        ConfigurationReader.Read(Encoding.UTF8.GetBytes(toml), "f.toml");

    public static string Single(string toml) => Assert.Single(Read(toml)).ToString()["f.toml:".Length..];

    public static void Refuse(string toml, params string[] expected)
    {
        var errors = Read(toml).Select(error => error.ToString()).ToList();
        var last = expected[^1] == Anything ? 1 : 0;
        Assert.Equal(expected[..^last].Select(error => "f.toml:" + error), errors.Take(expected.Length - last));
        if (last == 0) Assert.Equal(expected.Length, errors.Count);
        else Assert.True(errors.Count >= expected.Length);
    }
}
