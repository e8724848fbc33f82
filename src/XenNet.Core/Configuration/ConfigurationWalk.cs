using System.Globalization;
using Tomlyn.Syntax;
using XenNet.Core.Dhcp.Pools;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Dns.Local;

namespace XenNet.Core.Configuration;

/// <summary>Walks a parsed file from top to bottom and hands each value to its row.</summary>
/// <param name="fileName">For the errors.</param>
/// <param name="end">Where the file ends.</param>
internal sealed class ConfigurationWalk(string fileName, TextPosition end)
{
    private readonly ConfigurationDraft _draft = new(fileName);

    // Where each path was first seen, to refuse the second with the place of the first.
    private readonly Dictionary<string, int> _lineOf = new(StringComparer.Ordinal);

    // Where each [[bridge]] stands.
    private readonly List<ConfigurationPlace> _bridges = [];

    // Where each sound [[dhcp.pool]] stands.
    private readonly List<(int At, ConfigurationPlace Place)> _pools = [];

    // Lines whose TOML is damaged: what the parser made of them is not worth a second error.
    private readonly HashSet<int> _damaged = [];

    public XenNetConfiguration Configuration => _draft.Configuration;

    public IReadOnlyList<ConfigurationError> Errors => _draft.Errors;

    public void Take(DocumentSyntax document)
    {
        TakeDiagnostics(document.Diagnostics);
        TakeAll(document.KeyValues, table: "", scope: "");
        foreach (var table in document.Tables) TakeTable(table);
        CheckBridges();
        CheckRecords();
        CheckPools();
        var rules = new DhcpRulesReader(Configuration, _draft).Read();
        _draft.Put((to, made) => to with { Dhcp = to.Dhcp with { Rules = made } }, rules);
    }

    public void TakeDiagnostics(DiagnosticsBag diagnostics)
    {
        foreach (var diagnostic in diagnostics)
        {
            // Tomlyn 2.10 places some of what it misses at the end of the file at its beginning.
            var isMisplaced = diagnostic.Span.Start.Offset == 0
                && diagnostic.Message.Contains("<eof>", StringComparison.Ordinal);
            var at = isMisplaced ? end : diagnostic.Span.Start;
            if (_damaged.Add(at.Line)) _draft.Refuse(at, $"{ConfigurationText.OneLine(diagnostic.Message, 200).TrimEnd('.')}{Hint(diagnostic.Message)}.");
        }
    }

    // The commonest slip, of which the parser only says that it did not expect what it met.
    private static string Hint(string message) => message.TrimEnd('.').EndsWith(" for a value", StringComparison.Ordinal)
        || message.Contains("Unexpected token `.`", StringComparison.Ordinal) ? "; texts and addresses stand in quotes" : "";

    private void TakeTable(TableSyntaxBase table)
    {
        if (table.Name is not { } name || _damaged.Contains(name.Span.Start.Line)) return;
        var path = ConfigurationText.Path(name);
        var isArray = table is TableArraySyntax;
        if (isArray && path == ConfigurationKeys.BridgeTable) TakeBridge(table, name);
        else if (isArray && path == ConfigurationKeys.ForwardTable) TakeForward(table, name);
        else if (isArray && path == ConfigurationKeys.TagTable) TakeTag(table, name);
        else if (isArray && path == ConfigurationKeys.OptionTable) TakeOption(table, name);
        else if (isArray && path == ConfigurationKeys.PoolTable) TakePool(table, name);
        else if (isArray && path == BootTargetKeys.TargetTable) TakeTarget(table, name);
        else if (isArray && path == BootTargetKeys.MenuTable) TakeMenu(table, name);
        else if (ConfigurationKeys.IsRepeated(path)) _draft.Refuse(name, $"[{path}] must be written [[{path}]].");
        else if (!ConfigurationKeys.Tables.Contains(path)) _draft.Refuse(name, UnknownTable(path));
        else if (isArray) _draft.Refuse(name, $"[[{path}]] must be written [{path}].");
        else if (IsFirst(name, $"[{path}]", $"[{path}]")) TakeAll(table.Items, path, scope: "");
    }

    private void TakeBridge(TableSyntaxBase table, KeySyntax name)
    {
        _draft.Put((to, bridge) => to with { Bridges = to.Bridges.Add(bridge) }, new BridgeConfiguration());
        TakeAll(table.Items, ConfigurationKeys.BridgeTable, Scope(Configuration.Bridges.Length));
        _bridges.Add(_draft.PlaceOf(name));
    }

    private void TakeForward(TableSyntaxBase table, KeySyntax name)
    {
        _draft.Put(
            (to, route) => to with { Dns = to.Dns with { Forwards = to.Dns.Forwards.Add(route) } }, ForwardRoute.None);
        var before = _draft.Errors.Count;
        TakeAll(table.Items, ConfigurationKeys.ForwardTable, Scope(Configuration.Dns.Forwards.Length));
        var route = Configuration.Dns.Forwards[^1];
        if (route.Domains.IsEmpty && route.Subnets.IsEmpty && _draft.Errors.Count == before)
            _draft.Refuse(name, "[[dns.forward]] must have domains or subnets.");
    }

    private void TakeTag(TableSyntaxBase table, KeySyntax name)
    {
        _draft.Put(
            (to, tag) => to with { Dhcp = to.Dhcp with { Tags = to.Dhcp.Tags.Add(tag) } },
            new DhcpTagConfiguration { Place = _draft.PlaceOf(name) });
        TakeAll(table.Items, ConfigurationKeys.TagTable, Scope(Configuration.Dhcp.Tags.Length));
    }

    private void TakePool(TableSyntaxBase table, KeySyntax name)
    {
        _draft.Put((to, pool) => to with { Dhcp = to.Dhcp with { Pools = to.Dhcp.Pools.Add(pool) } }, new DhcpPoolSettings());
        var before = _draft.Errors.Count;
        TakeAll(table.Items, ConfigurationKeys.PoolTable, Scope(Configuration.Dhcp.Pools.Length));
        if (_draft.Errors.Count == before) _pools.Add((Configuration.Dhcp.Pools.Length - 1, _draft.PlaceOf(name)));
    }

    private void TakeTarget(TableSyntaxBase table, KeySyntax name)
    {
        _draft.Put(
            (to, target) => to with { BootTargets = to.BootTargets with { Targets = to.BootTargets.Targets.Add(target) } },
            new BootTargetConfiguration { Place = _draft.PlaceOf(name) });
        TakeAll(table.Items, BootTargetKeys.TargetTable, Scope(Configuration.BootTargets.Targets.Length));
    }

    private void TakeMenu(TableSyntaxBase table, KeySyntax name)
    {
        _draft.Put(
            (to, entry) => to with { BootTargets = to.BootTargets with { Menu = to.BootTargets.Menu.Add(entry) } },
            new BootMenuConfiguration { Place = _draft.PlaceOf(name) });
        TakeAll(table.Items, BootTargetKeys.MenuTable, Scope(Configuration.BootTargets.Menu.Length));
    }

    private void CheckPools()
    {
        foreach (var (at, place) in _pools)
        {
            if (PoolCheck.Find(Configuration, at) is { } wrong) _draft.Refuse(place, wrong);
        }
    }

    private void TakeOption(TableSyntaxBase table, KeySyntax name)
    {
        _draft.Put(
            (to, option) => to with { Dhcp = to.Dhcp with { Options = to.Dhcp.Options.Add(option) } },
            new DhcpOptionConfiguration { Place = _draft.PlaceOf(name) });
        TakeAll(table.Items, ConfigurationKeys.OptionTable, Scope(Configuration.Dhcp.Options.Length));
    }

    // What they are compared with may stand behind them.
    private void CheckBridges()
    {
        for (var at = 0; at < _bridges.Count; at++)
        {
            if (BridgeCheck.Find(Configuration, at) is { } wrong) _draft.Refuse(_bridges[at], wrong);
        }
    }

    // Their names are relative to the zone, which may stand behind them.
    private void CheckRecords()
    {
        var zone = new ZoneOctets(new ZoneSettings(Configuration.Zone.Name)).Name;
        foreach (var record in Configuration.Dns.Records)
        {
            if (RecordLine.TryParse(record.Text, zone, out var wrong) is null)
            {
                var shown = ConfigurationText.OneLine(record.Text);
                _draft.Refuse(record.Place, $"the record \"{shown}\" {ConfigurationText.OneLine(wrong, 200)}.");
            }
        }
    }

    // What is given twice is looked for within each of the tables that may come several times.
    private static string Scope(int count) => string.Create(CultureInfo.InvariantCulture, $"{count}:");

    private void TakeAll(SyntaxList<KeyValueSyntax> items, string table, string scope)
    {
        foreach (var item in items) TakeItem(item, table, scope);
    }

    private void TakeItem(KeyValueSyntax item, string table, string scope)
    {
        if (item.Key is not { } key || item.Value is not { } value || IsDamaged(key, value)) return;
        var path = table == "" ? ConfigurationText.Path(key) : $"{table}.{ConfigurationText.Path(key)}";
        if (!ConfigurationKeys.IsRepeated(table) && RepeatedTableOf(path) is { } repeated)
        {
            _draft.Refuse(key, $"{repeated} must be written as a table of its own, [[{repeated}]].");
        }
        else if (ConfigurationKeys.Find(path) is { } row)
        {
            if (!IsFirst(key, scope + path, path)) return;
            row.Take(value, _draft);
            _draft.Put((to, given) => to with { Given = to.Given.Add(given) }, new GivenSetting(
                scope == "" ? path : $"{table}[{scope[..^1]}].{ConfigurationKeys.LeafOf(path)}", ConfigurationText.Written(value),
                _draft.PlaceOf(key)));
        }
        else if (!ConfigurationKeys.Tables.Contains(path))
        {
            _draft.Refuse(key, UnknownKey(path));
        }
        else if (value is not InlineTableSyntax inline)
        {
            _draft.Refuse(value, $"{path} must be a table, not {ConfigurationText.Excerpt(value)}.");
        }
        else if (IsFirst(key, $"[{path}]", $"[{path}]"))
        {
            foreach (var within in inline.Items)
            {
                if (within.KeyValue is { } pair) TakeItem(pair, path, scope);
            }
        }
    }

    private static string? RepeatedTableOf(string path) =>
        ConfigurationKeys.IsRepeated(path) ? path
        : ConfigurationKeys.IsRepeated(ConfigurationKeys.TableOf(path)) ? ConfigurationKeys.TableOf(path)
        : null;

    private bool IsDamaged(KeySyntax key, ValueSyntax value)
    {
        for (var line = key.Span.Start.Line; line <= value.Span.End.Line; line++)
        {
            if (_damaged.Contains(line)) return true;
        }

        return false;
    }

    private bool IsFirst(KeySyntax key, string scopedPath, string shown)
    {
        var line = key.Span.Start.Line + 1;
        if (_lineOf.TryAdd(scopedPath, line)) return true;
        _draft.Refuse(key, string.Create(
            CultureInfo.InvariantCulture, $"{shown} is given twice; line {_lineOf[scopedPath]} has it already."));
        return false;
    }

    private static string UnknownKey(string path)
    {
        if (NearestName.Of(path, ConfigurationKeys.All.Select(key => key.Path)) is { } nearest)
            return $"{ConfigurationText.OneLine(path)} is not a key; the nearest is {nearest}.";
        var table = ConfigurationKeys.TableOf(path);
        var (place, siblings) = ConfigurationKeys.Tables.Contains(table) && table != ""
            ? ($"[{table}] has", ConfigurationKeys.All.Where(key => ConfigurationKeys.TableOf(key.Path) == table))
            : ("the top has", ConfigurationKeys.All.Where(key => ConfigurationKeys.TableOf(key.Path) == ""));
        var names = string.Join(", ", siblings.Select(key => ConfigurationKeys.LeafOf(key.Path)));
        return $"{ConfigurationText.OneLine(path)} is not a key; {place} {names}.";
    }

    private static string UnknownTable(string path)
    {
        var known = ConfigurationKeys.Tables.Where(table => table != "").ToList();
        return NearestName.Of(path, known) is { } nearest
            ? $"[{ConfigurationText.OneLine(path)}] is not a table; the nearest is [{nearest}]."
            : $"[{ConfigurationText.OneLine(path)}] is not a table; there are {string.Join(", ", known)}.";
    }
}
