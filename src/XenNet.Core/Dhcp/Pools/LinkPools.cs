using System.Collections.Frozen;
using System.Collections.Immutable;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Pools;

/// <summary>
/// The pools of one link, of several subnets on one wire. A client is answered from the pool that has an address for it, else
/// from that which it asks for, else from the first with room. For one thread; times are seconds since 1970.
/// </summary>
public sealed class LinkPools
{
    private readonly ImmutableArray<PoolResponder> _pools;

    /// <param name="pools">Those of the link, in the order of the file.</param>
    /// <param name="settings">What every client is told.</param>
    /// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
    public LinkPools(IEnumerable<DhcpPoolSettings> pools, DhcpSettings settings) =>
        _pools = [.. pools.Select(pool => new PoolResponder(pool, settings))];

    private LinkPools(LinkPools original) => _pools = [.. original._pools.Select(pool => pool.Copy())];

    /// <summary>The same with tables of its own: what is decided by it leaves no trace.</summary>
    public LinkPools Copy() => new(this);

    /// <summary>Puts back a lease from before a restart; one that is of no pool any more is left out.</summary>
    public void Restore(PoolLease lease) => TableOf(lease.Address)?.Restore(lease);

    /// <summary>Tells clients other things from the next message on.</summary>
    /// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
    public void Serve(DhcpSettings settings)
    {
        foreach (var pool in _pools)
            pool.Serve(settings);
    }

    /// <summary>Has other hosts from the next message on.</summary>
    /// <param name="hosts">The hosts of each pool, by its network.</param>
    /// <param name="now">The time.</param>
    public void Serve(FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>> hosts, long now)
    {
        foreach (var pool in _pools)
        {
            if (hosts.TryGetValue(pool.Network, out var of))
                pool.Serve(of, now);
        }
    }

    /// <summary>Who has which address of the pool that this one is of; null when it is of none.</summary>
    public PoolTable? TableOf(Ipv4Address address) =>
        _pools.FirstOrDefault(pool => pool.Network.Contains(address))?.Table;

    /// <summary>Decides on one message, as <see cref="PoolResponder.Decide"/>.</summary>
    public DhcpOutcome Decide(
        ReadOnlySpan<byte> packet, in DhcpArrival arrival, Func<MacAddress, int> portOf, long now, Span<byte> reply,
        out PoolChange change, DhcpWitness? witness = null) =>
        Choose(packet, now).Decide(packet, arrival, portOf, now, reply, out change, witness);

    private PoolResponder Choose(ReadOnlySpan<byte> packet, long now)
    {
        var best = _pools[0];
        if (_pools.Length == 1 || DhcpRequest.Parse(packet, out var request) != DhcpRefusal.None)
            return best;

        var mac = request.Header.HardwareAddress;
        var named = request.RequestedAddress.IsNone ? request.Header.ClientAddress : request.RequestedAddress;
        var claim = best.ClaimOn(mac, named, now);
        foreach (var pool in _pools.AsSpan()[1..])
        {
            var other = pool.ClaimOn(mac, named, now);
            if (other > claim)
                (best, claim) = (pool, other);
        }

        return best;
    }
}

/// <summary>What a pool is to a client, the least first.</summary>
internal enum PoolClaim
{
    /// <summary>It has no address left.</summary>
    None,

    /// <summary>It has some address for it.</summary>
    HasRoom,

    /// <summary>It has room, and the client had an address of it or asks for one.</summary>
    Named,

    /// <summary>The client has a lease of it.</summary>
    Leased,

    /// <summary>The client has an address of it for good.</summary>
    Host,
}
