using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using XenNet.Core.Configuration;

namespace XenNet.Core.Import;

/// <summary>The settings that lines come to, as the text of a configuration file, each line with its origin.</summary>
internal sealed class ImportedConfiguration
{
    private readonly Dictionary<string, (string Value, ImportPlace Place)> _settings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(string Value, ImportPlace Place)>> _lists = new(StringComparer.Ordinal);
    private readonly HashSet<(string Path, string Value)> _entries = [];
    private readonly List<ImportedTable> _tables = [];

    /// <summary>True when there is nothing to configure.</summary>
    public bool IsEmpty => _settings.Count + _lists.Count + _tables.Count == 0;

    /// <summary>Sets a key; a later line counts.</summary>
    public void Set(string path, string text, ImportPlace at) => _settings[path] = (Quoted(text), at);

    /// <summary>Sets a key to a number.</summary>
    public void Set(string path, long number, ImportPlace at) =>
        _settings[path] = (number.ToString(CultureInfo.InvariantCulture), at);

    /// <summary>Sets a key to true or false.</summary>
    public void Set(string path, bool flag, ImportPlace at) => _settings[path] = (flag ? "true" : "false", at);

    /// <summary>Adds an entry to a list; false when it is there already.</summary>
    public bool Add(string path, string entry, ImportPlace at)
    {
        if (!_entries.Add((path, entry))) return false;
        if (!_lists.TryGetValue(path, out var list)) _lists[path] = list = [];
        list.Add((entry, at));
        return true;
    }

    /// <summary>The entries of a list.</summary>
    public IReadOnlyList<string> Entries(string path) =>
        _lists.TryGetValue(path, out var list) ? [.. list.Select(entry => entry.Value)] : [];

    /// <summary>Has other entries for those of a list.</summary>
    public void Map(string path, Func<string, string> entry)
    {
        if (_lists.TryGetValue(path, out var list))
            _lists[path] = [.. list.Select(each => (entry(each.Value), each.Place))];
    }

    /// <summary>The text that a key is set to, as TOML writes it; null when it is not.</summary>
    public string? Setting(string path) => _settings.TryGetValue(path, out var setting) ? setting.Value : null;

    /// <summary>Begins one of the tables that may come several times.</summary>
    public ImportedTable Append(string table, ImportPlace at)
    {
        var appended = new ImportedTable(table, at);
        _tables.Add(appended);
        return appended;
    }

    /// <summary>Takes a table back.</summary>
    public void Remove(ImportedTable table) => _tables.Remove(table);

    /// <summary>
    /// The file; and for each of its lines where it is from, null for those that only hold it together.
    /// </summary>
    public (string Text, ImmutableArray<ImportPlace?> Places) Print()
    {
        var text = new StringBuilder();
        var places = ImmutableArray.CreateBuilder<ImportPlace?>();
        void Line(string line, ImportPlace? at)
        {
            text.Append(line).Append('\n');
            places.Add(at);
        }

        foreach (var table in ConfigurationKeys.Tables)
        {
            if (ConfigurationKeys.IsRepeated(table))
            {
                foreach (var appended in _tables.Where(appended => appended.Name == table))
                {
                    if (places.Count > 0) Line("", null);
                    Line($"[[{table}]]", appended.Place);
                    foreach (var (key, value) in appended.Keys) Line($"{key} = {value}", appended.Place);
                }

                continue;
            }

            PrintTable(table, Line, places);
        }

        return (text.ToString(), places.ToImmutable());
    }

    private void PrintTable(
        string table, Action<string, ImportPlace?> line, ImmutableArray<ImportPlace?>.Builder places)
    {
        var isBegun = false;
        foreach (var key in ConfigurationKeys.All.Where(key => ConfigurationKeys.TableOf(key.Path) == table))
        {
            var hasList = _lists.TryGetValue(key.Path, out var entries);
            var isSet = _settings.TryGetValue(key.Path, out var setting);
            if (!hasList && !isSet) continue;
            if (!isBegun && places.Count > 0) line("", null);
            if (!isBegun && table != "") line($"[{table}]", null);
            isBegun = true;
            var name = ConfigurationKeys.LeafOf(key.Path);
            if (!hasList)
            {
                line($"{name} = {setting.Value}", setting.Place);
                continue;
            }

            line($"{name} = [", entries![0].Place);
            foreach (var (value, place) in entries) line($"  {Quoted(value)},", place);
            line("]", entries[^1].Place);
        }
    }

    /// <summary>A text as TOML writes it.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var character in text)
        {
            if (character is '"' or '\\') quoted.Append('\\').Append(character);
            else if (char.IsControl(character))
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else quoted.Append(character);
        }

        return quoted.Append('"').ToString();
    }
}

/// <summary>One of several tables of a name.</summary>
internal sealed class ImportedTable(string name, ImportPlace place)
{
    private readonly List<(string Key, string Value)> _keys = [];

    public string Name { get; } = name;

    public ImportPlace Place { get; } = place;

    public IReadOnlyList<(string Key, string Value)> Keys => _keys;

    public ImportedTable With(string key, string text) => Put(key, ImportedConfiguration.Quoted(text));

    public ImportedTable With(string key, long number) => Put(key, number.ToString(CultureInfo.InvariantCulture));

    public ImportedTable With(string key, bool flag) => Put(key, flag ? "true" : "false");

    public ImportedTable With(string key, IEnumerable<string> entries) =>
        Put(key, $"[{string.Join(", ", entries.Select(ImportedConfiguration.Quoted))}]");

    private ImportedTable Put(string key, string value)
    {
        _keys.Add((key, value));
        return this;
    }
}
