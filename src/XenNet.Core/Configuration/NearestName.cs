namespace XenNet.Core.Configuration;

/// <summary>Finds the name that someone who mistyped one most likely meant.</summary>
public static class NearestName
{
    /// <summary>Longer texts are no slip of the fingers, and the distance costs length times length.</summary>
    private const int LengthMost = 64;

    /// <summary>The known path nearest to <paramref name="path"/>, or null when none is near.</summary>
    public static string? Of(string path, IEnumerable<string> known)
    {
        if (path.Length > LengthMost) return null;
        var (nearest, least) = ((string?)null, Math.Max(2, path.Length / 4) + 1);
        foreach (var name in known)
        {
            // The right key in the wrong table is the commonest slip of all.
            var distance = ConfigurationKeys.LeafOf(name) == ConfigurationKeys.LeafOf(path) ? 1 : Distance(path, name);
            if (distance < least) (nearest, least) = (name, distance);
        }

        return nearest;
    }

    /// <summary>Insertions, deletions and replacements that lead from one text to the other (Levenshtein).</summary>
    public static int Distance(string from, string to)
    {
        var above = Enumerable.Range(0, to.Length + 1).ToArray();
        var row = new int[to.Length + 1];
        for (var i = 1; i <= from.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above[j], row[j - 1]) + 1);
            }

            (above, row) = (row, above);
        }

        return above[to.Length];
    }
}
