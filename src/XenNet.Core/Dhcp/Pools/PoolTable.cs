using System.Collections;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Pools;

/// <summary>Why a client gets no address of a pool.</summary>
public enum PoolRefusal
{
    /// <summary>It gets one.</summary>
    None,

    /// <summary>Its port has as many leases as it may have.</summary>
    PortFull,

    /// <summary>No address is free.</summary>
    Exhausted,
}

/// <summary>
/// The addresses of one pool and who has them. A client has the address that it had before; a new one that which its
/// hardware address leads to, so that it is the same again after all is forgotten. Of fixed size. For one thread; times
/// are seconds since 1970.
/// </summary>
public sealed class PoolTable
{
    /// <summary>Seconds for which an address is kept for a client that it was offered to.</summary>
    public const int OfferSeconds = 60;

    /// <summary>Seconds for which an address is left alone that a client found to be somebody else's.</summary>
    public const int QuarantineSeconds = 600;

    private const int LeaveAloneSecondsMost = 86_400;

    private readonly DhcpPoolSettings _settings;
    private readonly PoolLease[] _leases;
    private readonly Dictionary<MacAddress, int> _byMac = [];
    private HashSet<Ipv4Address> _kept;

    // Places whose address the client has had acknowledged, or that was probed for it and is nobody else's.
    private readonly BitArray _proved;

    /// <param name="settings">The pool.</param>
    public PoolTable(DhcpPoolSettings settings)
    {
        _settings = settings;
        _kept = [settings.Dom0, .. settings.Hosts.Values];
        _leases = new PoolLease[settings.Count];
        _proved = new BitArray(settings.Count);
    }

    private PoolTable(PoolTable original)
    {
        (_settings, _kept) = (original._settings, original._kept);
        _leases = [.. original._leases];
        _byMac = new Dictionary<MacAddress, int>(original._byMac);
        _proved = new BitArray(original._proved);
    }

    /// <summary>A table that is as this one is now.</summary>
    public PoolTable Copy() => new(this);

    /// <summary>Leases that hold at that time, with what is offered and left alone.</summary>
    public int HeldCount(long now) => _leases.Count(lease => lease.Until > now);

    /// <summary>True for an address that is leased from here, or kept for a host.</summary>
    public bool Has(Ipv4Address address) => TryPlace(address, out _) || _kept.Contains(address);

    /// <summary>True when an address is free at that time.</summary>
    public bool HasRoom(long now)
    {
        for (var place = 0; place < _leases.Length; place++)
        {
            if (IsFree(place, now))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Puts back a lease from before a restart; one that is not of the pool any more is left out.</summary>
    public void Restore(PoolLease lease)
    {
        if (TryPlace(lease.Address, out var place) && !_kept.Contains(lease.Address))
        {
            Put(place, lease);
            _proved[place] = true;
        }
    }

    /// <summary>
    /// Keeps these addresses, and no others, for hosts from now on; leases of them are over. One that was kept until now is
    /// left alone for the time of a lease, as its host may still use it: a day at the most.
    /// </summary>
    public void Keep(IEnumerable<Ipv4Address> addresses, long now)
    {
        var before = _kept;
        _kept = [_settings.Dom0, .. addresses];
        foreach (var address in before.Except(_kept))
        {
            if (TryPlace(address, out var place))
            {
                LeaveAlone(place, port: 0, now + Math.Min(_settings.LeaseSeconds, LeaveAloneSecondsMost));
            }
        }

        foreach (var address in _kept)
        {
            if (TryPlace(address, out var place))
            {
                Put(place, default);
            }
        }
    }

    /// <summary>True when nothing is left to be found out before the client is offered its address.</summary>
    public bool IsProved(PoolLease lease) => TryPlace(lease.Address, out var place) && _proved[place];

    /// <summary>The address that was offered to the client was probed: nobody answered.</summary>
    public void Prove(MacAddress mac)
    {
        if (_byMac.TryGetValue(mac, out var place))
        {
            _proved[place] = true;
        }
    }

    /// <summary>
    /// Somebody on that port answered for the address that was offered to the client: it is left alone for a while, and counts
    /// as one of that port's. A port that has as many as it may have is not believed: it would use the pool up.
    /// </summary>
    public void Contest(MacAddress mac, int port, long now)
    {
        if (CountOf(port, now) >= _settings.LeasesPerPortMost || Release(mac, now) is null)
        {
            Prove(mac);
            return;
        }

        LeaveAlone(_byMac[mac], port, now + QuarantineSeconds);
    }

    /// <summary>The lease that holds for the client, or that was the last to hold; null when there is none.</summary>
    public PoolLease? Find(MacAddress mac) => _byMac.TryGetValue(mac, out var place) ? _leases[place] : null;

    /// <summary>Finds the client's address, and keeps it for a while.</summary>
    /// <param name="mac">The client.</param>
    /// <param name="requested">What it would like; none for anything.</param>
    /// <param name="port">The port that it is on.</param>
    /// <param name="now">The time.</param>
    /// <param name="lease">The lease, offered or held.</param>
    public PoolRefusal Offer(MacAddress mac, Ipv4Address requested, int port, long now, out PoolLease lease)
    {
        lease = default;
        if (_byMac.TryGetValue(mac, out var place) && _leases[place].Until > now)
        {
            lease = _leases[place];
            return PoolRefusal.None;
        }

        if (CountOf(port, now) >= _settings.LeasesPerPortMost)
        {
            return PoolRefusal.PortFull;
        }

        // RFC 2131 section 4.3.1: the address before, then the one asked for, then another.
        var isKnown = _byMac.TryGetValue(mac, out place);
        if (!isKnown && !(TryPlace(requested, out place) && IsFree(place, now)))
        {
            place = FindFree(mac, now);
        }

        if (place < 0)
        {
            return PoolRefusal.Exhausted;
        }

        lease = new PoolLease(AddressOf(place), mac, port, now + OfferSeconds);
        Put(place, lease);
        return PoolRefusal.None;
    }

    /// <summary>Lets the client have its address from now on for the time of a lease.</summary>
    /// <returns>The lease, to be made durable before the client is told.</returns>
    public PoolLease Grant(MacAddress mac, long now) => Grant(mac, _settings.LeaseSeconds, now);

    /// <summary>Lets the client have its address from now on for that many seconds.</summary>
    /// <returns>The lease, to be made durable before the client is told.</returns>
    public PoolLease Grant(MacAddress mac, uint leaseSeconds, long now)
    {
        var place = _byMac[mac];
        _proved[place] = true;
        var until = leaseSeconds == DhcpSettings.LeaseInfinite ? PoolLease.Forever : now + leaseSeconds;
        return _leases[place] = _leases[place] with { Until = until };
    }

    /// <summary>Ends the client's lease; its address is kept in mind for it.</summary>
    /// <returns>The lease as it was; null when it has none.</returns>
    public PoolLease? Release(MacAddress mac, long now)
    {
        if (!_byMac.TryGetValue(mac, out var place) || _leases[place].Until <= now)
        {
            return null;
        }

        var before = _leases[place];
        _leases[place] = before with { Until = now };
        return before;
    }

    /// <summary>Ends the client's lease and leaves its address alone for a while.</summary>
    /// <returns>The lease as it was; null when it has none.</returns>
    public PoolLease? Decline(MacAddress mac, long now)
    {
        if (Release(mac, now) is not { } before)
        {
            return null;
        }

        LeaveAlone(_byMac[mac], before.Port, now + QuarantineSeconds);
        return before;
    }

    private void LeaveAlone(int place, int port, long until) =>
        Put(place, new PoolLease(AddressOf(place), MacAddress.None, port, until));

    private int CountOf(int port, long now)
    {
        var count = 0;
        foreach (var lease in _leases)
        {
            count += lease.Port == port && lease.Until > now ? 1 : 0;
        }

        return count;
    }

    // From the place that the hardware address leads to: the first that nobody ever had, else the first that is over.
    private int FindFree(MacAddress mac, long now)
    {
        var first = (int)(Hash(mac) % (uint)Math.Max(1, _leases.Length));
        var over = -1;
        for (var step = 0; step < _leases.Length; step++)
        {
            var place = (first + step) % _leases.Length;
            if (_kept.Contains(AddressOf(place)))
            {
                continue;
            }

            if (_leases[place].Until == 0)
            {
                return place;
            }

            over = over < 0 && _leases[place].Until <= now ? place : over;
        }

        return over;
    }

    private bool IsFree(int place, long now) => _leases[place].Until <= now && !_kept.Contains(AddressOf(place));

    private void Put(int place, PoolLease lease)
    {
        if (_leases[place].Mac is var before && before != lease.Mac && _byMac.GetValueOrDefault(before, -1) == place)
        {
            _byMac.Remove(before);
        }

        _leases[place] = lease;
        _proved[place] = false;
        if (lease.Mac != MacAddress.None)
        {
            _byMac[lease.Mac] = place;
        }
    }

    private bool TryPlace(Ipv4Address address, out int place)
    {
        place = (int)(address.Value - _settings.First.Value);
        return place >= 0 && place < _leases.Length && address.Value >= _settings.First.Value;
    }

    private Ipv4Address AddressOf(int place) => new(_settings.First.Value + (uint)place);

    // The finaliser of MurmurHash3. It need not withstand anybody: a guest that wants a certain address may ask for it.
    private static uint Hash(MacAddress mac)
    {
        var key = (uint)mac.ToUInt64() ^ (uint)(mac.ToUInt64() >> 32);
        key = (key ^ key >> 16) * 0x85ebca6b;
        key = (key ^ key >> 13) * 0xc2b2ae35;
        return key ^ key >> 16;
    }
}
