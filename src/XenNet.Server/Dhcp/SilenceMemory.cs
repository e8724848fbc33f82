namespace XenNet.Server.Dhcp;

/// <summary>
/// Remembers which silences, and what else is worth a line, were logged for which link, so that each is said once. Holds at most
/// <see cref="LinksMost"/> links; full, it starts anew, but not more often than once in <see cref="RenewalLeast"/>:
/// guests can make it say at most that many links' silences in that time. For one thread.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class SilenceMemory(TimeProvider time)
{
    /// <summary>Links remembered at once.</summary>
    public const int LinksMost = 1024;

    /// <summary>The kind of a line about a clone; lower ones are silences by their number.</summary>
    public const int Clone = 31;

    /// <summary>The kind of a line about an address that somebody else has.</summary>
    public const int Contest = 30;

    /// <summary>Between two fresh starts.</summary>
    public static readonly TimeSpan RenewalLeast = TimeSpan.FromHours(1);

    private readonly Dictionary<int, uint> _said = [];
    private long? _renewedAt;

    /// <summary>True once for each link and kind, 0 to 31; false also while there is no room for another link.</summary>
    public bool IsFirst(int interfaceIndex, int kind)
    {
        var known = _said.TryGetValue(interfaceIndex, out var said);
        if (!known && _said.Count == LinksMost && !TryRenew())
        {
            return false;
        }

        var bit = 1u << kind;
        _said[interfaceIndex] = said | bit;
        return (said & bit) == 0;
    }

    private bool TryRenew()
    {
        if (_renewedAt is { } then && time.GetElapsedTime(then) < RenewalLeast)
        {
            return false;
        }

        _renewedAt = time.GetTimestamp();
        _said.Clear();
        return true;
    }
}
