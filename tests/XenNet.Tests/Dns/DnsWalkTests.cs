using XenNet.Tests.Packets;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

public sealed class DnsWalkTests
{
    private const string Question = "026365 0774657374626564 00 0001 0001 ";

    [Fact]
    public void Records_come_with_their_section_and_their_places()
    {
        var packet = Reply(
            1, 1, 1,
            "c00c 0005 0001 0000003c 0002 c00f  c00f 0002 0001 00000001 0005 026e73c00f  00 0029 04d0 00008000 0000");
        var walk = new DnsWalk(packet);

        Assert.True(walk.TryNextRecord(out var answer));
        Assert.Equal((DnsSection.Answer, DnsType.Cname, 60u), (answer.Section, answer.Type, answer.Ttl));
        Assert.Equal((34, 40), (answer.TtlOffset, answer.DataOffset));
        Assert.True(walk.TryNextRecord(out var authority));
        Assert.Equal(DnsRefusal.None, authority.ReadDataName(out var server));
        Assert.Equal("testbed NS ns.testbed", $"{authority.Name.ToString()} NS {server.ToString()}");
        Assert.True(walk.TryNextRecord(out var additional));
        Assert.Equal((DnsSection.Additional, DnsType.Opt), (additional.Section, additional.Type));
        Assert.False(walk.TryNextRecord(out _));
        Assert.Equal((DnsRefusal.None, 0), (walk.Refusal, walk.Remaining));
    }

    [Theory]
    [InlineData("0002 c00f", DnsRefusal.None)]
    [InlineData("0003 c00f00", DnsRefusal.RecordDataMismatch)]
    [InlineData("0001 c0", DnsRefusal.PointerCut)]
    [InlineData("0000", DnsRefusal.NameCut)]
    [InlineData("0003 026e73", DnsRefusal.NameCut)]
    [InlineData("0002 c028", DnsRefusal.NamePointsForward)]
    public void A_name_in_RDATA_must_end_where_RDATA_ends(string data, DnsRefusal refusal)
    {
        // What follows would complete each of the names that are cut: RDLENGTH is the fence.
        var walk = new DnsWalk(Reply(1, 0, 0, $"c00c 0002 0001 0000003c {data} 0c 00"));

        Assert.True(walk.TryNextRecord(out var record));
        Assert.Equal(refusal, record.ReadDataName(out _));
    }

    [Fact]
    public void A_damaged_walk_stays_damaged()
    {
        var walk = new DnsWalk(Reply(65535, 65535, 65535, "c00c 0001 0001 0000003c 0004 0a000101"));

        Assert.True(walk.TryNextRecord(out _));
        Assert.False(walk.TryNextRecord(out _));
        Assert.False(walk.TryNextRecord(out _));
        Assert.Equal(DnsRefusal.RecordMissing, walk.Refusal);
    }

    private static byte[] Reply(ushort answers, ushort authorities, ushort additionals, string records) =>
        PacketFile.Parse($"1234 8180 0001 {answers:x4} {authorities:x4} {additionals:x4} {Question} {records}").Octets;
}
