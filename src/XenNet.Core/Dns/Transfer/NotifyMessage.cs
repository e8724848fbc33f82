using XenNet.Core.Addressing;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Transfer;

/// <summary>NOTIFY (RFC 1996): tells a secondary that a zone has another serial.</summary>
public static class NotifyMessage
{
    /// <summary>Octets of a message at the most: a question and an SOA, whose names are all shortened.</summary>
    public const int OctetsMost = 512;

    /// <summary>The zones that there is something to tell about: uncompressed lower-case names.</summary>
    public static IReadOnlyList<byte[]> Zones(GuestNetworks networks, ZoneSettings zone)
    {
        var octets = new ZoneOctets(zone);
        byte[][] ofNames = [octets.Name, .. octets.Views.Select(view => view.Name)];
        return zone.ReverseIsWide ? [.. ofNames, .. networks.Schemes.SelectMany(ReverseZone.Apexes)] : ofNames;
    }

    /// <summary>Writes the message.</summary>
    /// <param name="apex">One of <see cref="Zones"/>.</param>
    /// <param name="zone">The zone in force.</param>
    /// <param name="serial">The registry's revision; a hint, by which a secondary that has it already saves a query.</param>
    /// <param name="id">ID.</param>
    /// <param name="message"><see cref="OctetsMost"/> octets are enough.</param>
    /// <returns>Octets written.</returns>
    public static int Write(ReadOnlySpan<byte> apex, ZoneSettings zone, uint serial, ushort id, Span<byte> message)
    {
        var octets = new ZoneOctets(zone);
        octets = octets.Find(apex) ?? octets;
        var writer = new DnsMessageWriter(
            message, id, new DnsFlags { Opcode = DnsOpcode.Notify, Authoritative = true });
        writer.WriteQuestion(apex, DnsType.Soa, DnsClass.Internet);
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Soa, octets.Ttl);
        ZoneAuthority.WriteData(ref writer, octets, serial);
        writer.EndRecord();
        return writer.Finish();
    }

    /// <summary>True for the secondary's reply to a message, whatever its RCODE: it has heard.</summary>
    /// <param name="reply">What came from the secondary's address and port.</param>
    /// <param name="apex">Of the zone that it was told about.</param>
    /// <param name="id">ID of the message.</param>
    public static bool IsReply(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> apex, ushort id)
    {
        var walk = new DnsWalk(reply);
        if (walk.Header.Id != id || walk.Header.Flags is not { IsReply: true, Opcode: DnsOpcode.Notify })
            return false;

        // RFC 1996 §4.7 has the question copied; some copy no more than the header.
        return walk.TryNextQuestion(out var question)
            ? question.Type == DnsType.Soa && question.Name.Matches(apex)
            : walk.Header.Questions == 0;
    }
}
