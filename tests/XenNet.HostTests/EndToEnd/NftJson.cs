using System.Text.Json;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Our tables as <c>nft -j</c> tells them.</summary>
internal static class NftJson
{
    /// <summary>The elements of a set, in order; parts of one are joined by a blank.</summary>
    internal static string[] Elements(NetworkNamespace where, string set) =>
        [.. Objects(where, "set").Where(one => one.GetProperty("name").GetString() == set)
            .SelectMany(one => one.TryGetProperty("elem", out var elements) ? elements.EnumerateArray() : default)
            .Select(Words).Order(StringComparer.Ordinal)];

    /// <summary>From which vif which machine's addresses may come, of guests whose MAC is known; in order.</summary>
    internal static string[] Sources(NetworkNamespace where) =>
        [.. Elements(where, "guests").Select(element => element[..element.LastIndexOf(' ')])];

    /// <summary>What the rule with that comment has counted.</summary>
    internal static int Packets(NetworkNamespace where, string comment) =>
        Objects(where, "rule").Single(rule => rule.TryGetProperty("comment",
            out var said) && said.GetString() == comment)
            .GetProperty("expr").EnumerateArray()
            .Single(part => part.TryGetProperty("counter", out _)).GetProperty("counter")
                .GetProperty("packets").GetInt32();

    private static IEnumerable<JsonElement> Objects(NetworkNamespace where, string kind) =>
        JsonDocument.Parse(where.Exec("nft", "-j", "list", "ruleset")).RootElement
            .GetProperty("nftables").EnumerateArray()
            .Where(one => one.TryGetProperty(kind, out _)).Select(one => one.GetProperty(kind));

    private static string Words(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? element.GetString()!
        : string.Join(' ', element.GetProperty("concat").EnumerateArray().Select(part => part.GetString()));
}
