using BenchmarkDotNet.Attributes;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Benchmarks;

/// <summary>From query to reply over 65,534 machines. The kernel's part of a query is 4,000 to 6,000 ns.</summary>
[MemoryDiagnoser]
public class DnsRespond
{
    private static readonly DnsArrival Arrival =
        new(DnsTransport.Udp, new Ipv4Address(0x0a000181), new Ipv4Address(0x0a000101), FromLoopback: false);

    private readonly DnsResponder _responder = new(
        DnsQueries.FullView(), new ZoneSettings(), new DnsCache(10_000, 8 << 20, new SipHash(1, 2)), new SipHash(3, 4));
    private readonly byte[] _reply = new byte[DnsEdns.PayloadOctetsMost];
    private readonly byte[][] _hit = DnsQueries.Of(number => $"vm{number}.testbed", DnsType.A);
    private readonly byte[][] _interface = DnsQueries.Of(number => $"vif0.vm{number}.testbed", DnsType.A);
    private readonly byte[][] _missing = DnsQueries.Of(number => $"no{number}.testbed", DnsType.A);
    private readonly byte[][] _noData = DnsQueries.Of(number => $"vm{number}.testbed", DnsType.Aaaa);
    private readonly byte[][] _reverse =
        DnsQueries.Of(number => $"1.{number & 255}.{number >> 8}.10.in-addr.arpa", DnsType.Ptr);

    private readonly byte[][] _foreign = DnsQueries.Of(number => $"www{number}.example.org", DnsType.A);
    private readonly byte[][] _kept = DnsQueries.Of(number => $"kept{number}.example.org", DnsType.A);
    private int _next;

    /// <summary>Fills the cache with answers to what <see cref="CacheHit"/> asks.</summary>
    [GlobalSetup]
    public void Fill()
    {
        foreach (var query in _kept)
            _responder.Cache.Store(DnsQueries.AnswerTo(query));
    }

    [Benchmark(Baseline = true)]
    public int Hit() => Respond(_hit);

    [Benchmark]
    public int HitOfInterface() => Respond(_interface);

    [Benchmark]
    public int Missing() => Respond(_missing);

    [Benchmark]
    public int NoData() => Respond(_noData);

    [Benchmark]
    public int Reverse() => Respond(_reverse);

    [Benchmark]
    public int CacheHit() => Respond(_kept);

    [Benchmark]
    public int Foreign() => Respond(_foreign);

    private int Respond(byte[][] queries) => _responder.Respond(queries[_next++ & 1023], _reply, Arrival, now: 0).Length;
}
