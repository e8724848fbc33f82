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
    private readonly RateMeter _meter;
    private readonly long[] _machines;
    private readonly long[] _others = new long[PlacesOfOthers];
    private readonly ClientHash _hash = ClientHash.Create();

    /// <summary>Places that are all full.</summary>
    /// <param name="scheme">Within its prefix a whole /24, that is one machine, is one client.</param>
    /// <param name="perSecond">Queries; 0: all are taken.</param>
    public ClientRates(AddressScheme scheme, int perSecond)
    {
        _scheme = scheme;
        _meter = new RateMeter(perSecond);
        _machines = perSecond == 0 ? [] : new long[scheme.Most.Value + 1];
    }

    /// <summary>Takes a query of the client; false when it asks too often.</summary>
    /// <param name="client">Its address.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool TryTake(Ipv4Address client, long now) => _meter.IsOff || _meter.TryTake(ref Place(client), now);

    private ref long Place(Ipv4Address client)
    {
        if (_scheme.Prefix.Contains(client))
            return ref _machines[(client.Value - _scheme.Prefix.Network.Value) >> 8];

        return ref _others[_hash.Place(client.Value, PlacesOfOthers)];
    }
}
