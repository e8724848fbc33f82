namespace XenNet.Tests.Fuzzing;

/// <summary>Makes packets that are nearly sound out of sound and damaged ones: bits, lengths, pointers, parts of others.</summary>
internal sealed class PacketMutator(Random random, IReadOnlyList<byte[]> corpus, int octetsMost)
{
    /// <summary>The packet made last.</summary>
    public byte[] Packet { get; } = new byte[octetsMost];

    /// <summary>Makes another one and returns its octets.</summary>
    public Span<byte> Next()
    {
        var source = corpus[random.Next(corpus.Count)];
        source.CopyTo(Packet, 0);
        var length = source.Length;
        for (var change = random.Next(4); change > 0; change--)
        {
            var at = random.Next(length);
            switch (random.Next(8))
            {
                case 0: Packet[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: Packet[at] = (byte)random.Next(256); break;
                case 2: Packet[at] = (byte)(0xc0 | random.Next(2)); break;
                case 3: length = 1 + random.Next(length); break;
                case 4: Packet[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xff; break;
                case 5: length = Splice(length, at); break;
                case 6: Packet[random.Next(Math.Min(length, 12))] = (byte)random.Next(4); break;
                default: length = Insert(length, at); break;
            }
        }

        return Packet.AsSpan(0, length);
    }

    private int Splice(int length, int at)
    {
        var other = corpus[random.Next(corpus.Count)];
        var from = random.Next(other.Length);
        var taken = Math.Min(random.Next(other.Length - from + 1), Packet.Length - at);
        other.AsSpan(from, taken).CopyTo(Packet.AsSpan(at));
        return Math.Max(length, at + taken);
    }

    private int Insert(int length, int at)
    {
        var count = Math.Min(random.Next(1, 24), Packet.Length - length);
        Packet.AsSpan(at, length - at).CopyTo(Packet.AsSpan(at + count));
        random.NextBytes(Packet.AsSpan(at, count));
        return length + count;
    }
}
