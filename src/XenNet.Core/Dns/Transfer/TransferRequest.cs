using System.Buffers.Binary;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Transfer;

/// <summary>A question of type AXFR or IXFR, copied out of its packet.</summary>
/// <param name="Id">ID.</param>
/// <param name="Flags">As sent.</param>
/// <param name="Name">QNAME, uncompressed, letters as asked.</param>
/// <param name="Type">AXFR or IXFR.</param>
/// <param name="HasEdns">True when there was an OPT: then there is one in each reply.</param>
/// <param name="KnownSerial">What the secondary has (IXFR); null when it has nothing.</param>
internal sealed record TransferRequest(
    ushort Id, DnsFlags Flags, byte[] Name, DnsType Type, bool HasEdns, uint? KnownSerial)
{
    // The five numbers at the end of an SOA's RDATA; the serial is the first. Before them stand two names.
    private const int NumbersOctets = 5 * sizeof(uint);

    /// <summary>Reads a query; null when it asks for no transfer.</summary>
    public static TransferRequest? Read(ReadOnlySpan<byte> packet)
    {
        if (DnsQuery.Read(packet, out var asked) != DnsRefusal.None
            || asked.Question is not { Class: DnsClass.Internet, Type: DnsType.Axfr or DnsType.Ixfr })
        {
            return null;
        }

        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        var length = asked.Question.Name.CopyTo(name);
        return new TransferRequest(
            asked.Header.Id, asked.Header.Flags, name[..length].ToArray(), asked.Question.Type, asked.Edns.IsPresent,
            asked.Question.Type == DnsType.Ixfr ? ReadSerial(packet) : null);
    }

    // RFC 1995 §3: the authority section of an IXFR query holds the SOA of the secondary's version.
    private static uint? ReadSerial(ReadOnlySpan<byte> packet)
    {
        var walk = new DnsWalk(packet);
        while (walk.TryNextRecord(out var record))
        {
            if (record is { Section: DnsSection.Authority, Type: DnsType.Soa } && record.Data.Length > NumbersOctets)
                return BinaryPrimitives.ReadUInt32BigEndian(record.Data[^NumbersOctets..]);
        }

        return null;
    }
}
