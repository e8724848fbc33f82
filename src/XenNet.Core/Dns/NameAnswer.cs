using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using XenNet.Core.Dns.Local;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>
/// All that an <see cref="IDnsNameSource"/> has at a name; the server takes from it what was asked for. Immutable: one may be
/// given again and again, to any thread.
/// </summary>
public sealed class NameAnswer
{
    /// <summary>Records at the most: many more would not fit into a datagram.</summary>
    public const int RecordsMost = 64;

    /// <summary>Octets of a text in UTF-8 at the most; over 255 it is sent in pieces (RFC 7208 §3.3).</summary>
    public const int TextOctetsMost = 1024;

    private const int TextPieceOctetsMost = 255; // RFC 1035 §3.3: a length octet before each

    private readonly byte[] _records;

    private NameAnswer(DnsRcode rcode) => (Rcode, _records) = (rcode, []);

    /// <summary>A name that is there; without any record it has none of any type.</summary>
    /// <param name="ttlSeconds">How long clients may keep it: 0 to 604,800.</param>
    /// <param name="addresses">A records.</param>
    /// <param name="ipv6Addresses">AAAA records.</param>
    /// <param name="texts">TXT records, one each.</param>
    /// <exception cref="ArgumentException">The time, a text or the number of records is out of bounds.</exception>
    public NameAnswer(
        int ttlSeconds, ImmutableArray<Ipv4Address> addresses = default, ImmutableArray<Ipv6Address> ipv6Addresses = default,
        ImmutableArray<string> texts = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ttlSeconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ttlSeconds, 604_800);
        addresses = addresses.IsDefault ? [] : addresses;
        ipv6Addresses = ipv6Addresses.IsDefault ? [] : ipv6Addresses;
        texts = texts.IsDefault ? [] : texts;
        if (addresses.Length + ipv6Addresses.Length + texts.Length > RecordsMost)
            throw new ArgumentException($"A name may have {RecordsMost} records at the most.");

        var records = new ArrayBufferWriter<byte>();
        Span<byte> octets = stackalloc byte[Ipv6Address.Size];
        foreach (var address in addresses)
        {
            address.Write(octets);
            LocalRecord.Write(records, DnsType.A, (uint)ttlSeconds, octets[..Ipv4Address.Size]);
        }

        foreach (var address in ipv6Addresses)
        {
            address.Write(octets);
            LocalRecord.Write(records, DnsType.Aaaa, (uint)ttlSeconds, octets);
        }

        foreach (var text in texts)
            LocalRecord.Write(records, DnsType.Txt, (uint)ttlSeconds, TextData(text));

        _records = records.WrittenSpan.ToArray();
    }

    /// <summary>The name does not exist (NXDOMAIN), nor does any below it.</summary>
    public static NameAnswer Missing { get; } = new(DnsRcode.NameError);

    /// <summary>The source has failed: SERVFAIL, which clients do not keep.</summary>
    public static NameAnswer Failed { get; } = new(DnsRcode.ServerFailure);

    internal DnsRcode Rcode { get; }

    internal LocalNode Node => new(LocalNodeKind.Full, _records);

    private static byte[] TextData(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        if (octets.Length > TextOctetsMost)
            throw new ArgumentException($"A text may have {TextOctetsMost} octets at the most.", nameof(text));

        return octets.Length == 0
            ? [0]
            : [.. octets.Chunk(TextPieceOctetsMost).SelectMany(piece => piece.Prepend((byte)piece.Length))];
    }
}
