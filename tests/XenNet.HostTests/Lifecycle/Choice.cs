namespace XenNet.HostTests.Lifecycle;

/// <summary>Chance as events are chosen by it.</summary>
internal static class Choice
{
    /// <summary>One of them; null when there is none.</summary>
    public static T? Pick<T>(this Random random, IEnumerable<T> from)
        where T : class
    {
        var all = from.ToList();
        return all.Count == 0 ? null : all[random.Next(all.Count)];
    }

    /// <summary>True so often of a hundred times.</summary>
    public static bool Chance(this Random random, int ofHundred) => random.Next(100) < ofHundred;
}
