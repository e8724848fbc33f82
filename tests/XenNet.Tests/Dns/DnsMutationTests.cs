using XenNet.Core.Dns;
using XenNet.Tests.Fuzzing;
using XenNet.Tests.Packets;
using XenNet.Wire.Dns;
using Xunit.Abstractions;

namespace XenNet.Tests.Dns;

[Trait("Category", "Fuzz")]
public sealed class DnsMutationTests(ITestOutputHelper output)
{
    private const int Packets = 1_000_000;
    private const int Seed = 20260514;

    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2, 127).With("db", 2).With("last", 65535);

    [Fact]
    public void A_million_mutated_packets_never_throw_and_every_reply_is_sound()
    {
        var run = new FuzzRun(output, Seed, Packets);
        var mutator = new PacketMutator(run.Random, Corpus(), octetsMost: 2048);
        var reply = new byte[DnsResponder.ReplyOctetsMax];
        var outcomes = new int[3];
        var refusals = new HashSet<DnsRefusal>();
        var byTcp = DnsFixture.FromDom0 with { Transport = DnsTransport.Tcp };

        foreach (var round in run.Rounds())
        {
            var packet = mutator.Next();
            var arrival = (round & 1) == 0 ? DnsFixture.FromGuest : byTcp;
            var outcome = _dns.Responder.Respond(packet, reply, arrival, _dns.Now);
            outcomes[(int)outcome.Kind]++;
            refusals.Add(outcome.Refusal);
            if (outcome.Kind == DnsOutcomeKind.Answered)
                AssertSound(packet, reply.AsSpan(0, outcome.Length), arrival.Transport, $"round {round}, seed {run.Seed}");
        }

        output.WriteLine($"dropped {outcomes[0]}, answered {outcomes[1]}, forwarded {outcomes[2]}");
        output.WriteLine($"{refusals.Count} reasons");

        // A mutator that only made rubbish would test little: each way out and nearly each reason must have been met.
        Assert.All(outcomes, count => Assert.True(count > outcomes.Sum() / 100));
        Assert.True(refusals.Count >= Enum.GetValues<DnsRefusal>().Length - 2);
    }

    // Sound queries are as many as damaged ones, or hardly a packet would get past the first checks.
    private static List<byte[]> Corpus()
    {
        byte[][] sound =
        [
            .. PacketFile.LoadAll("dns/accepted").Select(packet => packet.Octets),
            DnsFixture.Query("eth126.ce.testbed", DnsType.A, edns: 4096),
            DnsFixture.Query("127.1.0.10.in-addr.arpa", DnsType.Ptr),
            DnsFixture.Query("www.example.org", DnsType.A),
            DnsFixture.Query("1.0.168.192.in-addr.arpa", DnsType.Ptr, edns: 1232),
            DnsFixture.Query("com", DnsType.Ds, edns: 1232),
            DnsFixture.Query("version.bind", DnsType.Txt, @class: DnsClass.Chaos),
        ];
        var damaged = PacketFile.LoadAll("dns/refused")
            .Select(packet => packet.Octets)
            .Where(octets => octets.Length > 0)
            .ToList();
        return [.. damaged, .. Enumerable.Repeat(sound, damaged.Count / sound.Length).SelectMany(packets => packets)];
    }

    internal static void AssertSound(
        ReadOnlySpan<byte> query, ReadOnlySpan<byte> reply, DnsTransport transport, string when)
    {
        var walk = new DnsWalk(reply);
        var most = transport == DnsTransport.Udp ? DnsEdns.PayloadOctetsMost : DnsResponder.ReplyOctetsMax;
        var opts = 0;
        while (walk.TryNextRecord(out var record))
            opts += record.Type == DnsType.Opt ? 1 : 0;

        var sound = walk is { Refusal: DnsRefusal.None, Remaining: 0 }
            && walk.Header.Flags.IsReply
            && query[..2].SequenceEqual(reply[..2])
            && opts <= 1
            && reply.Length <= most;
        if (!sound)
        {
            Assert.Fail($"{when}, {walk.Refusal}: "
                + $"{Convert.ToHexString(query)} was answered by {Convert.ToHexString(reply)}.");
        }
    }
}
