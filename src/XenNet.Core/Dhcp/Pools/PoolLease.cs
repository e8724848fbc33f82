using XenNet.Wire;

namespace XenNet.Core.Dhcp.Pools;

/// <summary>An address that is leased.</summary>
/// <param name="Address">The address.</param>
/// <param name="Mac">The client.</param>
/// <param name="Port">The port that it was on.</param>
/// <param name="Until">When the lease ends: seconds since 1970, so that it holds across restarts.</param>
public readonly record struct PoolLease(Ipv4Address Address, MacAddress Mac, int Port, long Until)
{
    /// <summary>A lease that does not end.</summary>
    public const long Forever = long.MaxValue;
}
