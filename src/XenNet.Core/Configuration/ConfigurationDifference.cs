using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace XenNet.Core.Configuration;

/// <summary>A key whose value is another one after a reload.</summary>
/// <param name="Path">Table and key: <c>zone.ttl</c>, <c>bridge[2].name</c>.</param>
/// <param name="Before">As it was written, or the default.</param>
/// <param name="After">As it is written now, or the default.</param>
public readonly record struct ConfigurationChange(string Path, string Before, string After)
{
    /// <summary>Such as <c>zone.ttl: 60 → 30</c>.</summary>
    public override string ToString() => $"{Path}: {Before} → {After}";
}

/// <summary>What two readings of a configuration differ in.</summary>
public static class ConfigurationDifference
{
    // What guests' addresses, the registry and the sockets under everything hang on.
    private static readonly FrozenSet<string> AtStartOnly = FrozenSet.Create(
        StringComparer.Ordinal,
        "state-dir", "run-dir", "network.prefix", "bridge.name", "bridge.prefix", "dns.port", "tftp.port", "http.port", "dhcp.pool.interface",
        "dhcp.pool.address", "dhcp.pool.range", "dhcp.pool.lease-time", "dhcp.pool.leases-per-port-max", "dhcp.pool.arp-probe",
        "dhcp.pool.tags",
        "xen.xenstore", "api.listen", "api.token-file");

    /// <summary>The keys that differ, in the order of the file, those that are no longer in it last.</summary>
    public static ImmutableArray<ConfigurationChange> Between(XenNetConfiguration before, XenNetConfiguration after)
    {
        var old = before.Given.ToDictionary(given => given.Path, given => given.Text, StringComparer.Ordinal);
        var now = after.Given.ToDictionary(given => given.Path, given => given.Text, StringComparer.Ordinal);
        return
        [
            .. from given in after.Given
               let text = old.GetValueOrDefault(given.Path, DefaultOf(given.Path))
               where text != given.Text
               select new ConfigurationChange(given.Path, text, given.Text),
            .. from given in before.Given
               where !now.ContainsKey(given.Path) && given.Text != DefaultOf(given.Path)
               select new ConfigurationChange(given.Path, given.Text, DefaultOf(given.Path)),
        ];
    }

    /// <summary>Why a change cannot be made while the server runs; null when it can.</summary>
    public static string? RefusalOf(ConfigurationChange change) => AtStartOnly.Contains(RowOf(change.Path))
        ? string.Create(CultureInfo.InvariantCulture,
            $"{change.Path} changes only with a restart: it is {change.Before}, and the file has {change.After}.")
        : null;

    /// <summary>True when the key is in a table or is that key: <c>dns</c> has <c>dns.ttl</c> and <c>dns.forward[1].source</c>.</summary>
    public static bool IsIn(this ConfigurationChange change, string table)
    {
        var row = RowOf(change.Path);
        return row.StartsWith(table, StringComparison.Ordinal) && (row.Length == table.Length || row[table.Length] == '.');
    }

    private static string DefaultOf(string path) => ConfigurationKeys.Find(RowOf(path))!.Default;

    // Only the counts of tables stand in brackets.
    private static string RowOf(string path)
    {
        var open = path.IndexOf('[', StringComparison.Ordinal);
        return open < 0 ? path : path[..open] + path[(path.IndexOf(']', StringComparison.Ordinal) + 1)..];
    }
}
