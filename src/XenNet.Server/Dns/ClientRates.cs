using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// How often each client may ask: so many queries a second, and those of one second at once. Of fixed size, without
/// locks and without a timer; each machine has a place of its own, others share some by chance.
/// </summary>
internal sealed class ClientRates
{
    private const int PlacesOfOthers = 8192;

    private readonly AddressScheme _scheme;
    private long[] _machines = [];
    private RateMeter _meter;
    private readonly long[] _others = new long[PlacesOfOthers];
    private readonly ClientHash _hash = ClientHash.Create();

    /// <summary>Places that are all full.</summary>
    /// <param name="scheme">Within its prefix a whole /24, that is one machine, is one client.</param>
    /// <param name="perSecond">Queries; 0: all are taken.</param>
    public ClientRates(AddressScheme scheme, int perSecond)
    {
        _scheme = scheme;
        Limit(perSecond);
    }

    /// <summary>Another rate from now on.</summary>
    /// <param name="perSecond">Queries; 0: all are taken.</param>
    public void Limit(int perSecond)
    {
        if (perSecond != 0 && _machines.Length == 0)
            Volatile.Write(ref _machines, new long[_scheme.Most.Value + 1]);

        // One word: a reader has the old rate or the new one.
        _meter = new RateMeter(perSecond);
    }

    /// <summary>Takes a query of the client; false when it asks too often.</summary>
    /// <param name="client">Its address.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool TryTake(Ipv4Address client, long now)
    {
        var meter = _meter;
        return meter.IsOff || meter.TryTake(ref Place(client), now);
    }

    private ref long Place(Ipv4Address client)
    {
        if (_scheme.Prefix.Contains(client))
            return ref Volatile.Read(ref _machines)[(client.Value - _scheme.Prefix.Network.Value) >> 8];

        return ref _others[_hash.Place(client.Value, PlacesOfOthers)];
    }
}
