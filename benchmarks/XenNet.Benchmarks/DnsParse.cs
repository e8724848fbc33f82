using BenchmarkDotNet.Attributes;
using XenNet.Wire.Dns;

namespace XenNet.Benchmarks;

/// <summary>Reading queries: the whole message, and its name in lower case.</summary>
[MemoryDiagnoser]
public class DnsParse
{
    private static readonly string TwentyLabels = string.Join('.', Enumerable.Repeat("abcdefghi", 20));

    private readonly byte[][] _plain = DnsQueries.Of(number => $"vm{number}.testbed", DnsType.A);
    private readonly byte[][] _long = DnsQueries.Of(number => $"{number}.{TwentyLabels}.testbed", DnsType.A);
    private int _next;

    [Benchmark(Baseline = true)]
    public DnsRefusal Query() => DnsQuery.Read(_plain[_next++ & 1023], out _);

    [Benchmark]
    public DnsRefusal QueryOf220Octets() => DnsQuery.Read(_long[_next++ & 1023], out _);

    [Benchmark]
    public int LowerCaseName()
    {
        DnsQuery.Read(_plain[_next++ & 1023], out var query);
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        return query.Question.Name.CopyLowerTo(name);
    }
}
