using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// Counts what each client has at a time, against a limit of its own and one for all. Lock-free and of fixed size:
/// clients fall into places by a hash that nobody outside knows; two in one place share a limit.
/// </summary>
/// <param name="scheme">Tells clients apart: see <see cref="ClientHash.Key"/>.</param>
/// <param name="most">For all together, at the start.</param>
/// <param name="mostPerClient">For one client, at the start.</param>
internal sealed class ClientShares(AddressScheme scheme, int most, int mostPerClient)
{
    private const int Places = 8192;

    private readonly int[] _held = new int[Places];
    private readonly ClientHash _hash = ClientHash.Create();
    private volatile int _most = most;
    private volatile int _mostPerClient = mostPerClient;
    private int _all;

    /// <summary>Other limits from now on; who has more keeps them until they are given back.</summary>
    public void Limit(int all, int perClient) => (_most, _mostPerClient) = (all, perClient);

    /// <summary>How many are held by all.</summary>
    public int Count => Volatile.Read(ref _all);

    /// <summary>Takes one for the client; false when it, or all together, have as many as they may.</summary>
    public bool TryTake(Ipv4Address client)
    {
        ref var held = ref _held[Place(client)];
        if (Interlocked.Increment(ref held) > _mostPerClient)
        {
            Interlocked.Decrement(ref held);
            return false;
        }

        if (Interlocked.Increment(ref _all) > _most)
        {
            Interlocked.Decrement(ref _all);
            Interlocked.Decrement(ref held);
            return false;
        }

        return true;
    }

    /// <summary>Gives one back.</summary>
    public void Return(Ipv4Address client)
    {
        Interlocked.Decrement(ref _held[Place(client)]);
        Interlocked.Decrement(ref _all);
    }

    private int Place(Ipv4Address client) => _hash.Place(ClientHash.Key(scheme, client), Places);
}
