using XenNet.Core.Dns;
using XenNet.Tests.Dns.Caching;
using XenNet.Tests.Packets;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>
/// The classes of holes that name servers like dnsmasq had, each against our guard. Poisoning, open resolvers and TCP are
/// tested with real sockets in XenNet.HostTests; docs/dns.md has the whole list.
/// </summary>
public sealed class CveClassTests
{
    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2);

    // CVE-2015-3294, CVE-2017-14494, CVE-2026-4891.
    [Fact]
    public void Information_leak_in_replies_what_lay_in_the_buffer_is_in_no_reply()
    {
        _dns.Cache.Store(new UpstreamReply("www.example", DnsType.A).A("www.example", 300, "192.0.2.1").Read(_dns.Now)!);
        var queries = PacketFile.LoadAll("dns/accepted").Concat(PacketFile.LoadAll("dns/refused"))
            .Select(packet => packet.Octets).Append(DnsFixture.Query("www.example", DnsType.A, edns: 512));
        var clean = new byte[DnsResponder.ReplyOctetsMax];
        var dirty = new byte[DnsResponder.ReplyOctetsMax];
        foreach (var query in queries)
        {
            clean.AsSpan().Clear();
            dirty.AsSpan().Fill(0xa5);
            var one = _dns.Responder.Respond(query, clean, DnsFixture.FromGuest, _dns.Now);
            var other = _dns.Responder.Respond(query, dirty, DnsFixture.FromGuest, _dns.Now);

            Assert.Equal(one, other);
            Assert.Equal(clean[..one.Length], dirty[..other.Length]);
        }
    }

    // CVE-2017-14491, CVE-2020-25681 to -25683, CVE-2026-2291: names and records that lead out of the packet.
    [Fact]
    public void Overflow_by_names_and_records_every_cut_of_a_sound_reply_is_refused_and_none_is_read_beyond()
    {
        var reply = new UpstreamReply("www.example", DnsType.A).Cname("www.example", 60, "b.example")
            .A("b.example", 60, "192.0.2.1").Octets();
        var key = new UpstreamReply("www.example", DnsType.A).Key();
        for (var length = 0; length < reply.Length; length++)
        {
            Assert.Null(Core.Dns.Caching.AnswerReader.Read(reply.AsSpan(0, length).ToArray(),
                Core.Dns.Forwarding.UpstreamQuestion.Read(key), new(false), _dns.Now, out _));
        }
    }

    // CVE-2015-8899, CVE-2017-13704, CVE-2017-14496, CVE-2023-49441: sums of EDNS lengths.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(1232)]
    [InlineData(4096)]
    [InlineData(65535)]
    public void Edns_arithmetic_no_size_that_a_client_announces_makes_a_reply_leave_its_bounds(int announced)
    {
        var query = DnsFixture.Query("testbed", DnsType.Soa, edns: 1);
        query[^8] = (byte)(announced >> 8);
        query[^7] = (byte)announced;

        var reply = _dns.Ask(query);

        Assert.InRange(reply.Octets.Length, 12, Math.Clamp(announced, 512, 1232));
        Assert.Equal(DnsRcode.NoError, reply.Flags.Rcode);
    }

    // CVE-2023-28450: replies large enough to be fragmented.
    [Fact]
    public void Fragmentation_no_datagram_is_larger_than_1232_octets()
    {
        var large = new UpstreamReply("www.example", DnsType.A);
        for (var i = 0; i < 250; i++)
            large.A("www.example", 300, $"192.0.2.{i}");

        _dns.Cache.Store(large.Read(_dns.Now)!);

        Assert.InRange(_dns.Ask(DnsFixture.Query("www.example", DnsType.A, edns: 65535)).Octets.Length, 1200, 1232);
    }

    // CVE-2017-14495: memory by the number of records that a header announces.
    [Fact]
    public void Resource_exhaustion_a_header_that_announces_65535_of_each_costs_nothing()
    {
        byte[] query = [.. DnsFixture.Query("ce.testbed", DnsType.A)];
        query.AsSpan(6, 6).Fill(0xff);
        var reply = new byte[DnsResponder.ReplyOctetsMax];
        _dns.Responder.Respond(query, reply, DnsFixture.FromGuest, _dns.Now);

        var least = long.MaxValue;
        for (var round = 0; round < 10; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var outcome = _dns.Responder.Respond(query, reply, DnsFixture.FromGuest, _dns.Now);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(DnsRefusal.RecordMissing, outcome.Refusal);
        }

        Assert.Equal(0, least);
    }

    // Tables that are searched by what guests choose: another key, another order.
    [Fact]
    public void Hash_flooding_the_places_of_names_depend_on_a_key()
    {
        var names = Enumerable.Range(0, 64).Select(i => DnsFixture.Name($"n{i}.example")).ToArray();
        var one = names.Select(name => new SipHash(1, 2).Compute(name) & 63).ToArray();
        var other = names.Select(name => new SipHash(3, 4).Compute(name) & 63).ToArray();

        Assert.NotEqual(one, other);
        Assert.True(one.Distinct().Count() > 24 && other.Distinct().Count() > 24);
    }
}
