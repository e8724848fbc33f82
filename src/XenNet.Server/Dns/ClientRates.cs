using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// How often each client may ask: so many queries a second, and those of one second at once. Of fixed size, without
/// locks and without a timer; each machine has a place of its own, others share some by chance.
/// </summary>
/// <remarks>
/// GCRA, the leaky bucket as a meter (ITU-T I.371): a place holds the time at which all queries taken so far would have
/// been due at the even rate. One that runs more than a second ahead of the clock takes no more.
/// </remarks>
internal sealed class ClientRates
{
    private const int PlacesOfOthers = 8192;

    // Times are milliseconds with so many bits behind the point: at 1,000,000 a second an interval has still 1,048 units.
    private const int FractionBits = 20;
    private const long Burst = 1000L << FractionBits;

    private readonly AddressScheme _scheme;
    private readonly long _interval;
    private readonly long[] _machines;
    private readonly long[] _others = new long[PlacesOfOthers];
    private readonly ClientHash _hash = ClientHash.Create();

    /// <summary>Places that are all full.</summary>
    /// <param name="scheme">Within its prefix a whole /24, that is one machine, is one client.</param>
    /// <param name="perSecond">Queries; 0: all are taken.</param>
    public ClientRates(AddressScheme scheme, int perSecond)
    {
        _scheme = scheme;
        _interval = perSecond == 0 ? 0 : Burst / perSecond;
        _machines = perSecond == 0 ? [] : new long[scheme.Most.Value + 1];
    }

    /// <summary>Takes a query of the client; false when it asks too often.</summary>
    /// <param name="client">Its address.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool TryTake(Ipv4Address client, long now)
    {
        if (_interval == 0)
            return true;

        ref var place = ref Place(client);
        var clock = now << FractionBits;
        while (true)
        {
            var held = Volatile.Read(ref place);
            var due = Math.Max(held, clock) + _interval;
            if (due - clock > Burst)
                return false;

            // Only queries of one client on two threads in the same moment meet here.
            if (Interlocked.CompareExchange(ref place, due, held) == held)
                return true;
        }
    }

    private ref long Place(Ipv4Address client)
    {
        if (_scheme.Prefix.Contains(client))
            return ref _machines[(client.Value - _scheme.Prefix.Network.Value) >> 8];

        return ref _others[_hash.Place(client.Value, PlacesOfOthers)];
    }
}
