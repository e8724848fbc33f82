using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>The SOA of our zones (RFC 1035 §3.3.13), the same wherever it stands.</summary>
internal static class ZoneAuthority
{
    // NOTIFY tells secondaries of every change; these are for the day on which it does not get through.
    private const uint RefreshSeconds = 3600;
    private const uint RetrySeconds = 600;
    private const uint ExpireSeconds = 1209600;

    /// <summary>Writes RDATA of the SOA record that the writer has begun.</summary>
    /// <param name="writer">Between the begin and the end of a record.</param>
    /// <param name="zone">The zone in force.</param>
    /// <param name="serial">The registry's revision.</param>
    public static void WriteData(scoped ref DnsMessageWriter writer, ZoneOctets zone, uint serial)
    {
        writer.WriteName(zone.Server);
        writer.WriteName(zone.Mailbox);
        writer.WriteUInt32(serial);
        writer.WriteUInt32(RefreshSeconds);
        writer.WriteUInt32(RetrySeconds);
        writer.WriteUInt32(ExpireSeconds);
        writer.WriteUInt32(zone.NegativeTtl);
    }
}
