using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Tests.Dns.Caching;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

public sealed class DnsAllocationTests
{
    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2);

    public DnsAllocationTests()
    {
        var builder = new LocalDataBuilder(new ZoneSettings());
        string[] records = ["web A 192.0.2.7", "alias CNAME ce", "*.apps MX 10 web", "static.example.org. A 192.0.2.8"];
        builder.Add([.. records.Select(text => new ConfiguredRecord(text, new ConfigurationPlace("f", 1, 1)))]);
        _dns.Responder.Local = builder.Build();
    }

    [Theory]
    [InlineData("ce.testbed", DnsType.A)]
    [InlineData("eth1.ce.testbed", DnsType.A)]
    [InlineData("no.testbed", DnsType.A)]
    [InlineData("ce.testbed", DnsType.Aaaa)]
    [InlineData("ce", DnsType.A)]
    [InlineData("wpad", DnsType.A)]
    [InlineData("testbed", DnsType.Ns)]
    [InlineData("testbed", DnsType.Soa)]
    [InlineData("2.1.0.10.in-addr.arpa", DnsType.Ptr)]
    [InlineData("0.10.in-addr.arpa", DnsType.Ptr)]
    [InlineData("9.9.9.10.in-addr.arpa", DnsType.Ptr)]
    [InlineData("www.example.org", DnsType.A)]
    [InlineData("www.kept.example", DnsType.A)]
    [InlineData("no.kept.example", DnsType.A)]
    [InlineData("1.1.168.192.in-addr.arpa", DnsType.Ptr)]
    [InlineData("www.example.org", DnsType.Any)]
    [InlineData("testbed", DnsType.Axfr)]
    [InlineData("web.testbed", DnsType.A)]
    [InlineData("alias.testbed", DnsType.A)]
    [InlineData("a.b.apps.testbed", DnsType.Mx)]
    [InlineData("static.example.org", DnsType.A)]
    public void A_query_allocates_nothing(string name, DnsType type)
    {
        _dns.Cache.Store(new UpstreamReply("www.kept.example", DnsType.A).Cname("www.kept.example", 300, "b.kept.example")
            .A("b.kept.example", 300, "192.0.2.1").A("b.kept.example", 300, "192.0.2.2").Read(_dns.Now)!);
        _dns.Cache.Store(new UpstreamReply("no.kept.example", DnsType.A) { Rcode = DnsRcode.NameError }
            .Soa("kept.example", 300, 300).Read(_dns.Now)!);
        var queries = new[] { DnsFixture.Query(name, type), DnsFixture.Query(name, type, edns: 1232) };
        var damaged = queries[1][..^1];
        var reply = new byte[DnsResponder.ReplyOctetsMax];
        RespondToAll();

        // A collection that other tests cause meanwhile adds the rest of this thread's allocation window to the
        // count, so the least of some runs is taken: what a query itself allocated would be in each of them.
        var least = Enumerable.Range(0, 10).Min(_ => Measure());

        Assert.Equal(0, least);

        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < 200; round++)
                RespondToAll();

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void RespondToAll()
        {
            _dns.Responder.Respond(queries[0], reply, DnsFixture.FromGuest, _dns.Now);
            _dns.Responder.Respond(queries[1], reply, DnsFixture.FromGuest, _dns.Now);
            _dns.Responder.Respond(damaged, reply, DnsFixture.FromGuest, _dns.Now);
        }
    }
}
