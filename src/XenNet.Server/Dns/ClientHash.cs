using XenNet.Core.Addressing;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>Gives clients their places in tables of fixed size, by a seed that nobody outside knows.</summary>
internal readonly struct ClientHash
{
    private readonly uint _seed;

    private ClientHash(uint seed) => _seed = seed;

    /// <summary>One with a seed of its own.</summary>
    public static ClientHash Create()
    {
        Span<byte> octets = stackalloc byte[sizeof(uint)];
        KernelRandom.Fill(octets);
        return new ClientHash(BitConverter.ToUInt32(octets));
    }

    /// <summary>Tells clients apart: within the scheme's prefix a whole /24, that is one machine, is one.</summary>
    public static uint Key(AddressScheme scheme, Ipv4Address client) =>
        scheme.Prefix.Contains(client) ? client.Value & ~255u : client.Value;

    /// <summary>The place of a client.</summary>
    /// <param name="key">From <see cref="Key"/>.</param>
    /// <param name="places">How many there are: a power of two.</param>
    public int Place(uint key, int places)
    {
        // The finaliser of MurmurHash3: every bit of the key moves every bit of the place.
        key ^= _seed;
        key = (key ^ key >> 16) * 0x85ebca6b;
        key = (key ^ key >> 13) * 0xc2b2ae35;
        return (int)((key ^ key >> 16) & (uint)(places - 1));
    }
}
