using XenNet.Core.Dhcp;

namespace XenNet.Server.Dhcp;

/// <summary>
/// Remembers which silences were logged for which link, so that each is said once. Holds at most
/// <see cref="LinksMost"/> links; full, it starts anew, but not more often than once in <see cref="RenewalLeast"/>:
/// guests can make it say at most that many links' silences in that time. For one thread.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class SilenceMemory(TimeProvider time)
{
    /// <summary>Links remembered at once.</summary>
    public const int LinksMost = 1024;

    /// <summary>Between two fresh starts.</summary>
    public static readonly TimeSpan RenewalLeast = TimeSpan.FromHours(1);

    private readonly Dictionary<int, uint> _said = [];
    private long? _renewedAt;

    /// <summary>True once for each link and silence; false also while there is no room for another link.</summary>
    public bool IsFirst(int interfaceIndex, DhcpSilence silence)
    {
        var known = _said.TryGetValue(interfaceIndex, out var said);
        if (!known && _said.Count == LinksMost && !TryRenew())
        {
            return false;
        }

        var bit = 1u << (int)silence;
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
