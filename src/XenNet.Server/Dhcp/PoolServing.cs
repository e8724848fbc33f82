using System.Collections.Frozen;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>
/// The pools by their links: what their clients get, and that a lease is durable before its client is told. The thread that
/// receives and the one that probes take turns.
/// </summary>
internal sealed class PoolServing : IDisposable
{
    private readonly Dictionary<string, (LinkPools Link, Func<MacAddress, int> PortOf)> _pools =
        new(StringComparer.Ordinal);

    private readonly Lock _deciding = new();
    private readonly Func<int, string> _nameOf;
    private readonly LeaseClock _clock;
    private readonly LeaseWriter _writer;

    /// <param name="pools">The pools; one at the least.</param>
    /// <param name="settings">What every client is told.</param>
    /// <param name="store">Where leases are kept; disposed of with this.</param>
    /// <param name="nameOf">The name of a link by its index; empty for one that is gone.</param>
    /// <param name="portOf">The port of a bridge that a hardware address is on; the kernel's table by default.</param>
    /// <exception cref="Registry.RegistryStoreException">The leases cannot be read.</exception>
    public PoolServing(
        IReadOnlyList<DhcpPoolSettings> pools, DhcpSettings settings, LeaseStore store, Func<int, string> nameOf,
        Func<string, MacAddress, int>? portOf = null)
    {
        (_nameOf, _clock) = (nameOf, store.Clock);
        portOf ??= BridgePorts.Find;
        foreach (var ofLink in pools.GroupBy(pool => pool.Interface, StringComparer.Ordinal))
        {
            var link = new LinkPools(ofLink, settings);
            foreach (var lease in store.Load(ofLink.Key))
            {
                link.Restore(lease);
            }

            _pools.Add(ofLink.Key, (link, mac => portOf(ofLink.Key, mac)));
        }

        _writer = new LeaseWriter(store);
        Probes = pools.Any(pool => pool.ArpProbe);
    }

    /// <summary>True when some of them probe an address before they offer it.</summary>
    public bool Probes { get; }

    /// <summary>True when the link has a pool.</summary>
    public bool Serves(int interfaceIndex) => _pools.ContainsKey(_nameOf(interfaceIndex));

    /// <summary>Tells clients other things from the next message on.</summary>
    public void Serve(DhcpSettings settings)
    {
        lock (_deciding)
        {
            foreach (var (link, _) in _pools.Values)
            {
                link.Serve(settings);
            }
        }
    }

    /// <summary>Has other hosts from the next message on.</summary>
    /// <param name="hosts">The hosts of each pool, by its network.</param>
    public void Serve(FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>> hosts)
    {
        lock (_deciding)
        {
            foreach (var (link, _) in _pools.Values)
            {
                link.Serve(hosts, _clock.Now);
            }
        }
    }

    /// <summary>Decides on a message that came on a link with a pool.</summary>
    /// <param name="packet">The payload of the UDP datagram.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="reply">Takes the reply.</param>
    /// <param name="change">What must be durable before the reply is sent.</param>
    public DhcpOutcome Decide(ReadOnlySpan<byte> packet, in DhcpArrival arrival, Span<byte> reply, out PoolChange change)
    {
        change = default;
        lock (_deciding)
        {
            return _pools.TryGetValue(_nameOf(arrival.InterfaceIndex), out var pool)
                ? pool.Link.Decide(packet, arrival, pool.PortOf, _clock.Now, reply, out change)
                : DhcpOutcome.Silent(DhcpSilence.NotAVif);
        }
    }

    /// <summary>Decides as the link's pool does, on a copy of its leases: what is decided leaves no trace.</summary>
    /// <returns>Null when the link has no pool.</returns>
    public PoolRehearsal? Rehearse(int interfaceIndex)
    {
        lock (_deciding)
        {
            return _pools.TryGetValue(_nameOf(interfaceIndex), out var pool)
                ? new PoolRehearsal(pool.Link.Copy(), pool.PortOf, _clock.Now)
                : null;
        }
    }

    /// <summary>The address that was offered to a client has been probed.</summary>
    /// <param name="interfaceIndex">The pool's link.</param>
    /// <param name="client">The client.</param>
    /// <param name="address">The address.</param>
    /// <param name="owner">Who answered for it; none when nobody did.</param>
    public void Conclude(int interfaceIndex, MacAddress client, Ipv4Address address, MacAddress owner)
    {
        lock (_deciding)
        {
            if (!_pools.TryGetValue(_nameOf(interfaceIndex), out var pool) || pool.Link.TableOf(address) is not { } table)
            {
                return;
            }

            if (owner == MacAddress.None)
            {
                table.Prove(client);
            }
            else
            {
                table.Contest(client, pool.PortOf(owner), _clock.Now);
            }
        }
    }

    /// <summary>Makes a change durable and then calls back, on another thread.</summary>
    /// <returns>False when too many wait already: the client asks again.</returns>
    public bool TryWrite(int interfaceIndex, PoolChange change, Action<string?> done) =>
        _writer.TryWrite(_nameOf(interfaceIndex), change, done);

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
