using XenNet.Core.Dns;
using XenNet.Tests.Packets;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>Packets kept as files, against a registry with ce (1; interfaces 1 and 2) and db (2).</summary>
public sealed class DnsGoldenPacketTests
{
    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2).With("db", 2);

    [Theory]
    [PacketsIn("dns/accepted")]
    public void Queries_of_real_clients_are_answered(PacketFile packet)
    {
        var reply = _dns.Ask(packet.Octets);

        Assert.Equal(packet.Expect, reply.Summary);
    }

    [Theory]
    [PacketsIn("dns/refused")]
    public void Damaged_packets_are_refused_for_the_stated_reason(PacketFile packet)
    {
        var reply = _dns.Ask(packet.Octets);

        Assert.Equal(packet.Expect, $"refused reason={reply.Outcome.Refusal} reply={Describe(reply)}");
        Assert.True(reply.Octets.Length <= packet.Octets.Length + DnsEdns.BareSize, "An error is no amplifier.");
    }

    [Fact]
    public void There_are_200_damaged_packets_and_no_two_are_alike()
    {
        var packets = PacketFile.LoadAll("dns/refused").ToList();

        Assert.Equal(packets.Count, packets.DistinctBy(packet => Convert.ToHexString(packet.Octets)).Count());
        Assert.True(packets.Count(packet => packet.Expected("reply") is "none" or "FORMERR") >= 200);
        Assert.All(packets, packet => Assert.NotEmpty(packet.Origin));
    }

    [Fact]
    public void Each_reason_that_a_query_can_be_refused_for_has_a_packet()
    {
        var reasons = PacketFile.LoadAll("dns/refused").Select(packet => packet.Expected("reason")!).Distinct();

        // RDATA of a query is not looked into; that one is for those who read replies. The other lies with the asker.
        string[] elsewhere =
            [nameof(DnsRefusal.None), nameof(DnsRefusal.RecordDataMismatch), nameof(DnsRefusal.NotOfOurZones)];
        Assert.Empty(Enum.GetNames<DnsRefusal>().Except(reasons).Except(elsewhere));
    }

    private static string Describe(DnsFixture.DnsReply reply)
    {
        if (reply.Outcome.Kind != DnsOutcomeKind.Answered)
            return reply.Outcome.Kind == DnsOutcomeKind.Dropped ? "none" : "forwarded";

        Assert.Equal(0, reply.Header.Answers + reply.Header.Authorities);
        Assert.Equal(DnsRefusal.None, ReadIfAny(reply, out var extended));
        return ((DnsRcode)(extended << 4 | (int)reply.Flags.Rcode)) switch
        {
            DnsRcode.FormatError => "FORMERR",
            DnsRcode.NotImplemented => "NOTIMP",
            DnsRcode.Refused => "REFUSED",
            DnsRcode.BadVersion => "BADVERS",
            var other => other.ToString(),
        };
    }

    private static DnsRefusal ReadIfAny(DnsFixture.DnsReply reply, out int extendedRcode)
    {
        extendedRcode = 0;
        if (reply.Header.Questions == 0)
            return reply.Octets.Length == DnsHeader.Size ? DnsRefusal.None : DnsRefusal.OctetsAfterEnd;

        var refusal = DnsQuery.Read(reply.Octets, out var read);
        extendedRcode = read.Edns.ExtendedRcode;
        return refusal;
    }
}
