using System.Collections.Frozen;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Pools;

/// <summary>What becomes of a lease by a message. It must be durable before the reply is sent.</summary>
/// <param name="Granted">A lease that begins or goes on; null when none does.</param>
/// <param name="Ended">A lease that is over; null when none is.</param>
public readonly record struct PoolChange(PoolLease? Granted, PoolLease? Ended)
{
    /// <summary>True when there is nothing to make durable.</summary>
    public bool IsEmpty => Granted is null && Ended is null;
}

/// <summary>
/// Decides what a DHCP message of a guest that no hook announced gets (RFC 2131 section 4.3, for addresses of a pool). A
/// client is its hardware address. For one thread; times are seconds since 1970.
/// </summary>
public sealed class PoolResponder
{
    private readonly DhcpPoolSettings _pool;
    private DhcpReplies _replies;
    private FrozenDictionary<MacAddress, PoolHost> _hosts;

    /// <param name="pool">The addresses.</param>
    /// <param name="settings">What every client is told.</param>
    /// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
    public PoolResponder(DhcpPoolSettings pool, DhcpSettings settings)
    {
        _pool = pool;
        _replies = RepliesBy(settings);
        Table = new PoolTable(pool);
        _hosts = pool.Hosts.ToFrozenDictionary(
            host => host.Key, host => new PoolHost(host.Value) { Tags = pool.Tags });
    }

    private PoolResponder(PoolResponder original) =>
        (_pool, _replies, _hosts, Table) =
        (original._pool, original._replies, original._hosts, original.Table.Copy());

    /// <summary>The same with a table of its own: what is decided by it leaves no trace.</summary>
    public PoolResponder Copy() => new(this);

    /// <summary>Who has which address.</summary>
    public PoolTable Table { get; }

    /// <summary>The network that its addresses are of.</summary>
    public Ipv4Prefix Network => _pool.Network;

    /// <summary>What the pool is to a client that names that address, or none.</summary>
    internal PoolClaim ClaimOn(MacAddress mac, Ipv4Address named, long now)
    {
        var known = Table.Find(mac);
        return _hosts.TryGetValue(mac, out var host) && !host.Address.IsNone ? PoolClaim.Host
            : known?.Until > now ? PoolClaim.Leased
            : !Table.HasRoom(now) ? PoolClaim.None
            : known is not null || Network.Contains(named) ? PoolClaim.Named
            : PoolClaim.HasRoom;
    }

    /// <summary>Tells clients other things from the next message on; from any thread.</summary>
    /// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
    public void Serve(DhcpSettings settings) => Volatile.Write(ref _replies, RepliesBy(settings));

    /// <summary>
    /// Has other hosts from the next message on. A lease that somebody else has of an address of theirs is over: at its next
    /// message that client is told so.
    /// </summary>
    public void Serve(FrozenDictionary<MacAddress, PoolHost> hosts, long now)
    {
        _hosts = _pool.Tags.IsEmpty
            ? hosts
            : hosts.ToFrozenDictionary(
                host => host.Key, host => host.Value with { Tags = [.. _pool.Tags, .. host.Value.Tags] });
        Table.Keep(hosts.Values.Select(host => host.Address).Where(address => !address.IsNone), now);
    }

    /// <summary>Decides on one message.</summary>
    /// <param name="packet">The payload of the UDP datagram.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="portOf">Finds the port that a hardware address is on; asked only about a client that is new.</param>
    /// <param name="now">The time.</param>
    /// <param name="reply">Takes the reply: <see cref="DhcpReplyWriter.LengthLeast"/> octets or more.</param>
    /// <param name="change">What must be durable before the reply is sent.</param>
    /// <param name="witness">Told why; null on the packets' path.</param>
    public DhcpOutcome Decide(
        ReadOnlySpan<byte> packet, in DhcpArrival arrival, Func<MacAddress, int> portOf, long now, Span<byte> reply,
        out PoolChange change, DhcpWitness? witness = null)
    {
        change = default;
        var refusal = DhcpRequest.Parse(packet, out var request);
        if (refusal != DhcpRefusal.None)
        {
            return DhcpOutcome.Damaged(refusal);
        }

        var mac = request.Header.HardwareAddress;
        // BOOTP has no end of a lease, and what is relayed is of another link.
        var host = _hosts.GetValueOrDefault(mac);
        var silence = !request.Header.RelayAddress.IsNone ? DhcpSilence.Relayed
            : request.IsBootp ? DhcpSilence.TypeNotServed
            : host is { IsIgnored: true } ? DhcpSilence.Ignored
            : DhcpSilence.None;
        if (silence != DhcpSilence.None)
        {
            return DhcpOutcome.Silent(silence, request.Type, mac);
        }

        silence = request.Type == DhcpMessageType.Inform
            ? FindInformed(request, arrival, out var lease)
            : FindLease(request, arrival, host, portOf, now, out lease);
        if (silence != DhcpSilence.None)
        {
            return DhcpOutcome.Silent(silence, request.Type, mac);
        }

        var isOwn = host is { Address.IsNone: false };
        if (_pool.ArpProbe && request.Type == DhcpMessageType.Discover && !isOwn && !Table.IsProved(lease))
        {
            return DhcpOutcome.Silent(DhcpSilence.Probing, request.Type, mac) with { Probe = lease.Address };
        }

        var link = new GuestLink(lease.Address, _pool.Dom0, _pool.Network.Mask, Mtu: null)
        {
            LeaseSeconds = host?.LeaseSeconds,
        };
        var outcome = _replies.Answer(
            request, arrival,
            new DhcpClient(null, null, link, arrival.InterfaceIndex) { Tags = host?.Tags ?? _pool.Tags }, reply, witness) with
        { Port = lease.Port };
        if (outcome.Silence is DhcpSilence.Declined or DhcpSilence.Released && Named(request) != lease.Address)
        {
            return DhcpOutcome.Silent(DhcpSilence.ForeignAddress, request.Type, mac);
        }

        // The address of a host is its own for good: there is nothing to keep.
        change = isOwn ? default : ChangeBy(outcome, mac, host?.LeaseSeconds ?? _pool.LeaseSeconds, now);
        return outcome;
    }

    // RFC 2131 table 5: what is given back is in ciaddr, what is declined in option 50. It may be an address from before.
    private static Ipv4Address Named(scoped in DhcpRequest request) =>
        request.Type == DhcpMessageType.Release ? request.Header.ClientAddress : request.RequestedAddress;

    private DhcpReplies RepliesBy(DhcpSettings settings) => new(settings with { LeaseSeconds = _pool.LeaseSeconds });

    // RFC 2131 section 4.3.5: who asks for settings has its address from elsewhere, and needs no lease. The answer goes to its
    // hardware address, so it is led nowhere.
    private DhcpSilence FindInformed(scoped in DhcpRequest request, in DhcpArrival arrival, out PoolLease lease)
    {
        var held = request.Header.ClientAddress.IsNone ? arrival.Source : request.Header.ClientAddress;
        lease = new PoolLease(held, request.Header.HardwareAddress, default, PoolLease.Forever);
        return held.IsNone ? DhcpSilence.AddressMissing
            : !Network.Contains(held) || held == _pool.Dom0 ? DhcpSilence.ForeignAddress
            : DhcpSilence.None;
    }

    private DhcpSilence FindLease(
        scoped in DhcpRequest request, in DhcpArrival arrival, PoolHost? host, Func<MacAddress, int> portOf, long now, out PoolLease lease)
    {
        var mac = request.Header.HardwareAddress;
        if (host is { Address: { IsNone: false } own })
        {
            lease = new PoolLease(own, mac, default, PoolLease.Forever);
            return DhcpSilence.None;
        }

        if (Table.Find(mac) is { } known && known.Until > now)
        {
            lease = known;
            return DhcpSilence.None;
        }

        lease = default;
        if (request.Type is not (DhcpMessageType.Discover or DhcpMessageType.Request))
        {
            return DhcpSilence.NoBinding;
        }

        var wanted = request.RequestedAddress.IsNone ? request.Header.ClientAddress : request.RequestedAddress;
        // RFC 2131 section 4.3.2: another server of the same network may know a client that we do not.
        if (request is { Type: DhcpMessageType.Request, ServerIdentifier: null }
            && arrival.Destination == Ipv4Address.Broadcast && Network.Contains(wanted) && !Table.Has(wanted))
        {
            return DhcpSilence.OtherServer;
        }

        // Also at a REQUEST: a client that comes back gets what it had when it is still free, and a NAK otherwise.
        return Table.Offer(mac, wanted, portOf(mac), now, out lease) switch
        {
            PoolRefusal.PortFull => DhcpSilence.PortFull,
            PoolRefusal.Exhausted => DhcpSilence.PoolExhausted,
            _ => DhcpSilence.None,
        };
    }

    private PoolChange ChangeBy(in DhcpOutcome outcome, MacAddress mac, uint leaseSeconds, long now) => outcome switch
    {
        { Silence: DhcpSilence.Declined } => new PoolChange(null, Table.Decline(mac, now)),
        { Silence: DhcpSilence.Released } => new PoolChange(null, Table.Release(mac, now)),
        { Answer: DhcpMessageType.Ack, Request: not DhcpMessageType.Inform } =>
            new PoolChange(Table.Grant(mac, leaseSeconds, now), null),
        _ => default,
    };
}
