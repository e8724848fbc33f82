using System.Collections.Immutable;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Pools;

/// <summary>What is said of one client of a pool.</summary>
/// <param name="Address">Its address for good; none for one of the range, as anybody's.</param>
public sealed record PoolHost(Ipv4Address Address)
{
    /// <summary>Seconds of its lease; null for those of the pool.</summary>
    public uint? LeaseSeconds { get; init; }

    /// <summary>True when it is not answered.</summary>
    public bool IsIgnored { get; init; }

    /// <summary>Tags that it has; those that no rule knows mean nothing.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];
}
