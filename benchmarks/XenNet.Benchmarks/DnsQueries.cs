using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Benchmarks;

/// <summary>A full registry and queries to it, as they come over the wire.</summary>
internal static class DnsQueries
{
    /// <summary>Machines vm1 to vm65534.</summary>
    public const int Machines = 65534;

    public static RegistryView FullView()
    {
        var prefix = Ipv4Prefix.Containing(new Ipv4Address(10u << 24), 8);
        var view = new RegistryView(new AddressScheme(prefix), Machines);
        for (var number = 1; number <= Machines; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"vm{number}");
            _ = MachineLabel.Map(name, out var label);
            view.Publish(new Machine(new MachineNumber((ushort)number), label, name), (uint)number);
        }

        return view;
    }

    /// <summary>
    /// 1,024 queries with names that differ, so that tables are not always found in the first-level cache.
    /// </summary>
    public static byte[][] Of(Func<int, string> name, DnsType type)
    {
        var queries = new byte[1024][];
        for (var index = 0; index < queries.Length; index++)
            queries[index] = Query(name(1 + index * 7919 % Machines), type);

        return queries;
    }

    /// <summary>One address, as an upstream's reply to the query would leave it in the cache.</summary>
    public static CachedAnswer AnswerTo(byte[] query)
    {
        _ = DnsQuery.Read(query, out var asked);
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        var key = new byte[UpstreamQuestion.OctetsMost];
        var length = UpstreamQuestion.Write(
            name[..asked.Question.Name.CopyLowerTo(name)], asked.Question.Type, dnssecOk: false, checkingDisabled: false, key);
        var reply = new byte[512];
        var writer = new DnsMessageWriter(reply, 1, new() { IsReply = true });
        writer.CopyQuestion(asked.Question);
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.A, ttl: 3600);
        writer.WriteUInt32(0xc0000201);
        writer.EndRecord();
        return AnswerReader.Read(reply.AsSpan(0, writer.Finish()), UpstreamQuestion.Read(key.AsSpan(0, length)),
            new AnswerPolicy(AllowsPrivateAddresses: false), now: 0, out _)!;
    }

    /// <summary>A query as dnsperf sends it by default, RD set and without EDNS.</summary>
    private static byte[] Query(string name, DnsType type)
    {
        var expanded = new byte[DnsName.OctetsMax];
        _ = DnsNameText.TryParse(name, expanded, out var length);
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer, 1, new() { RecursionDesired = true });
        writer.WriteQuestion(expanded.AsSpan(0, length), type, DnsClass.Internet);
        return buffer[..writer.Finish()];
    }
}
