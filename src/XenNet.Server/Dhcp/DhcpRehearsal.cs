using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>The pools of a link as they are now, for what would be decided.</summary>
/// <param name="Link">A copy.</param>
/// <param name="PortOf">The port that a hardware address is on.</param>
/// <param name="Now">The time of its leases.</param>
internal sealed record PoolRehearsal(LinkPools Link, Func<MacAddress, int> PortOf, long Now);

/// <summary>Decides on messages by what serves, and nothing comes of it.</summary>
/// <param name="responder">What serves guests that the hook announced.</param>
/// <param name="pool">What serves the link when it has a pool; null when it has none.</param>
/// <param name="arrival">How messages come.</param>
internal sealed class DhcpRehearsal(DhcpResponder responder, PoolRehearsal? pool, DhcpArrival arrival)
{
    /// <summary>How messages come.</summary>
    public DhcpArrival Arrival => arrival;

    /// <summary>True when the addresses of a pool are given.</summary>
    public bool IsOfPool => pool is not null;

    /// <summary>Decides on one message.</summary>
    /// <param name="packet">The payload of the UDP datagram.</param>
    /// <param name="reply">Takes the reply.</param>
    /// <param name="witness">Told why.</param>
    public DhcpOutcome Decide(ReadOnlySpan<byte> packet, Span<byte> reply, DhcpWitness witness) => pool is null
        ? responder.Decide(packet, arrival, reply, witness)
        : pool.Link.Decide(packet, arrival, pool.PortOf, pool.Now, reply, out _, witness);
}
