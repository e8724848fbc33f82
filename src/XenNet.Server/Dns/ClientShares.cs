using XenNet.Core.Addressing;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// Counts what each client has at a time, against a limit of its own and one for all. Lock-free and of fixed size:
/// clients fall into places by a hash that nobody outside knows; two in one place share a limit.
/// </summary>
/// <param name="scheme">Tells clients apart: see <see cref="Key"/>.</param>
/// <param name="most">For all together.</param>
/// <param name="mostPerClient">For one client.</param>
internal sealed class ClientShares(AddressScheme scheme, int most, int mostPerClient)
{
    private const int Places = 8192;

    private readonly int[] _held = new int[Places];
    private readonly uint _seed = NewSeed();
    private int _all;

    /// <summary>How many are held by all.</summary>
    public int Count => Volatile.Read(ref _all);

    /// <summary>Takes one for the client; false when it, or all together, have as many as they may.</summary>
    public bool TryTake(Ipv4Address client)
    {
        ref var held = ref _held[Place(client)];
        if (Interlocked.Increment(ref held) > mostPerClient)
        {
            Interlocked.Decrement(ref held);
            return false;
        }

        if (Interlocked.Increment(ref _all) > most)
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

    /// <summary>Tells clients apart: within the scheme's prefix a whole /24, that is one machine, is one.</summary>
    public static uint Key(AddressScheme scheme, Ipv4Address client) =>
        scheme.Prefix.Contains(client) ? client.Value & ~255u : client.Value;

    private int Place(Ipv4Address client)
    {
        var key = Key(scheme, client);

        // The finaliser of MurmurHash3: every bit of the key moves every bit of the place.
        key ^= _seed;
        key = (key ^ key >> 16) * 0x85ebca6b;
        key = (key ^ key >> 13) * 0xc2b2ae35;
        return (int)((key ^ key >> 16) & (Places - 1));
    }

    private static uint NewSeed()
    {
        Span<byte> octets = stackalloc byte[sizeof(uint)];
        KernelRandom.Fill(octets);
        return BitConverter.ToUInt32(octets);
    }
}
