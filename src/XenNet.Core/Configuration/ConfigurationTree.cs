using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace XenNet.Core.Configuration;

/// <summary>
/// Writes a tree of texts as the file that would say the same, so that one reader knows what is right, and tells errors by the
/// place in the tree.
/// </summary>
internal sealed class ConfigurationTree
{
    private readonly StringBuilder _file = new();

    // What each line of the file was in the tree.
    private readonly List<string> _places = [];

    /// <summary>Reads a tree against the table of keys.</summary>
    public static (XenNetConfiguration Configuration, ImmutableArray<string> Errors) Read(ConfigurationNode root)
    {
        var tree = new ConfigurationTree();
        tree.WriteTable(root, path: "", root.Name);
        var (configuration, errors) = ConfigurationReader.Read(tree._file.ToString(), root.Name);
        return (configuration, [.. errors.Select(error => $"{tree._places[error.Line - 1]}: {error.Sentence}")]);
    }

    private void WriteTable(ConfigurationNode table, string path, string place)
    {
        var children = table.Children.Select(child => (
            Node: child, Path: path == "" ? NameOf(child) : $"{path}.{NameOf(child)}", Place: $"{place}:{child.Name}"));
        foreach (var (key, keyPath, keyPlace) in children.Where(child => !IsTable(child.Node, child.Path)))
        {
            if (ValueOf(key, ConfigurationKeys.Find(keyPath)?.Form ?? ConfigurationForm.Text) is { } value)
                WriteLine($"{NameOf(key)} = {value}", keyPlace);
        }

        foreach (var (inner, innerPath, innerPlace) in children.Where(child => IsTable(child.Node, child.Path)))
        {
            if (!IsList(inner))
            {
                WriteLine($"[{innerPath}]", innerPlace);
                WriteTable(inner, innerPath, innerPlace);
                continue;
            }

            foreach (var one in inner.Children)
            {
                WriteLine($"[[{innerPath}]]", $"{innerPlace}:{one.Name}");
                WriteTable(one, innerPath, $"{innerPlace}:{one.Name}");
            }
        }
    }

    private void WriteLine(string line, string place)
    {
        _file.Append(line).Append('\n');
        _places.Add(place);
    }

    private static bool IsTable(ConfigurationNode node, string path) => !node.Children.IsEmpty
        && (ConfigurationKeys.Tables.Contains(path) || ConfigurationKeys.IsRepeated(path) || !IsList(node));

    private static bool IsList(ConfigurationNode node) => node.Children.All(child => child.Name.All(char.IsAsciiDigit));

    // Such configurations do not know one case from the other.
    private static string NameOf(ConfigurationNode node)
    {
        var name = node.Name.ToLowerInvariant();
        return name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_') ? name : Quoted(name);
    }

    // Null where there is nothing: then the default holds.
    private static string? ValueOf(ConfigurationNode node, ConfigurationForm form) => node switch
    {
        { Children.IsEmpty: false } => $"[{string.Join(", ", node.Children.Select(entry => Quoted(entry.Value ?? "")))}]",
        { Value: null } => null,
        { Value: "" } when form == ConfigurationForm.List => "[]",
        { Value: { } one } when form == ConfigurationForm.List => $"[{Quoted(one)}]",
        { Value: { } flag } when form == ConfigurationForm.Bare && bool.TryParse(flag, out var isSo) => isSo ? "true" : "false",
        { Value: { } number } when form == ConfigurationForm.Bare
            && long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) =>
            value.ToString(CultureInfo.InvariantCulture),
        { Value: { } text } => Quoted(text),
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            if (char.IsControl(character)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else if (character is '"' or '\\') quoted.Append('\\').Append(character);
            else quoted.Append(character);
        }

        return quoted.Append('"').ToString();
    }
}
