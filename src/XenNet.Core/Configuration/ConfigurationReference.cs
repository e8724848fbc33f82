using System.Text;

namespace XenNet.Core.Configuration;

/// <summary>The table of keys for people: in <c>--help</c> and in the documents.</summary>
public static class ConfigurationReference
{
    /// <summary>A Markdown table: key, default, values, meaning.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder("| Key | Default | Values | Meaning |\n|---|---|---|---|\n");
        foreach (var key in ConfigurationKeys.All)
        {
            var standard = key.Default == "none" ? "none" : $"`{key.Default}`";
            text.Append($"| `{Shown(key)}` | {standard} | {key.Values} | {key.Meaning} |\n");
        }

        return text.ToString();
    }

    /// <summary>Two lines for each key, for a terminal.</summary>
    public static string Text()
    {
        var text = new StringBuilder("Configuration keys:\n");
        foreach (var key in ConfigurationKeys.All)
        {
            text.Append($"  {Shown(key)} = {key.Default}    ({Plain(key.Values)})\n      {Plain(key.Meaning)}\n");
        }

        return text.ToString();
    }

    /// <summary>Every key with its value: those of the file as it has them, the others with their default.</summary>
    public static IEnumerable<(string Path, string Text, bool IsDefault)> InForce(XenNetConfiguration configuration)
    {
        var given = configuration.Given.Select(setting => setting.Path).ToHashSet(StringComparer.Ordinal);
        return configuration.Given.Select(setting => (setting.Path, setting.Text, false)).Concat(
            from key in ConfigurationKeys.All
            where !given.Contains(key.Path) && !ConfigurationKeys.IsRepeated(ConfigurationKeys.TableOf(key.Path))
            select (key.Path, key.Default, true));
    }

    private static string Shown(ConfigurationKey key)
    {
        var table = ConfigurationKeys.TableOf(key.Path);
        var leaf = ConfigurationKeys.LeafOf(key.Path);
        return table == "" ? leaf
            : ConfigurationKeys.IsRepeated(table) ? $"[[{table}]] {leaf}"
            : $"[{table}] {leaf}";
    }

    private static string Plain(string markdown) => markdown.Replace("`", "", StringComparison.Ordinal);
}
