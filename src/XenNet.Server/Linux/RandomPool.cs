using System.Buffers.Binary;

namespace XenNet.Server.Linux;

/// <summary>Unguessable numbers, fetched from the kernel 256 octets at a time. One thread at a time.</summary>
internal sealed class RandomPool
{
    private readonly byte[] _octets = new byte[256];
    private int _used = 256;

    /// <summary>That many octets, 256 at the most; good until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _octets.Length - _used)
        {
            KernelRandom.Fill(_octets);
            _used = 0;
        }

        _used += count;
        return _octets.AsSpan(_used - count, count);
    }

    /// <summary>16 bits.</summary>
    public ushort NextUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    /// <summary>64 bits.</summary>
    public ulong NextUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>0 to one below <paramref name="count"/>, each as likely as any other.</summary>
    /// <param name="count">1 to 65,536.</param>
    public int NextBelow(int count)
    {
        // What lies above the last whole multiple would make small numbers likelier: it is drawn again.
        var fair = 65536 - 65536 % count;
        int drawn;
        do
        {
            drawn = NextUInt16();
        }
        while (drawn >= fair);

        return drawn % count;
    }
}
