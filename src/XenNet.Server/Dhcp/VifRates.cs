using System.Runtime.InteropServices;

namespace XenNet.Server.Dhcp;

/// <summary>
/// How often each vif is answered, so that one that floods does not cost the others their answers. Holds the vifs that
/// sent in the last second or two, and so never more than there are. For one thread.
/// </summary>
/// <param name="perSecond">Answers; 0: all are given.</param>
internal sealed class VifRates(int perSecond)
{
    /// <summary>Vifs that are held without looking which are idle.</summary>
    public const int IdleMost = 1024;

    private readonly RateMeter _meter = new(perSecond);
    private readonly Dictionary<(int Vif, int Port), long> _places = [];
    private long _sweptAt;

    /// <summary>How many vifs are held.</summary>
    public int Count => _places.Count;

    /// <summary>Takes an answer; false when the vif asks too often.</summary>
    /// <param name="interfaceIndex">The vif's.</param>
    /// <param name="port">Of a bridge with a pool; 0 for a vif.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool TryTake(int interfaceIndex, int port, long now)
    {
        if (_meter.IsOff)
        {
            return true;
        }

        if (_places.Count >= IdleMost && now - _sweptAt >= 1000)
        {
            Sweep(now);
        }

        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, (interfaceIndex, port), out _);
        return _meter.TryTake(ref place, now);
    }

    private void Sweep(long now)
    {
        _sweptAt = now;
        foreach (var (vif, place) in _places)
        {
            if (RateMeter.IsIdle(place, now))
            {
                _places.Remove(vif);
            }
        }
    }
}
