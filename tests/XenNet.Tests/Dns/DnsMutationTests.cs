using System.Diagnostics;
using XenNet.Core.Dns;
using XenNet.Tests.Packets;
using XenNet.Wire.Dns;
using Xunit.Abstractions;

namespace XenNet.Tests.Dns;

public sealed class DnsMutationTests(ITestOutputHelper output)
{
    private const int Packets = 1_000_000;
    private const int Seed = 20260514;

    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2, 127).With("db", 2).With("last", 65535);

    [Fact]
    public void A_million_mutated_packets_never_throw_and_every_reply_is_sound()
    {
        output.WriteLine($"seed {Seed}, {Packets} packets");
        var started = Stopwatch.GetTimestamp();
        var random = new Random(Seed);
        var corpus = Corpus();
        var packet = new byte[2048];
        var reply = new byte[DnsResponder.ReplyOctetsMax];
        var outcomes = new int[3];
        var refusals = new HashSet<DnsRefusal>();
        var byTcp = DnsFixture.FromDom0 with { Transport = DnsTransport.Tcp };

        for (var round = 0; round < Packets; round++)
        {
            var length = Mutate(random, corpus, packet);
            var arrival = (round & 1) == 0 ? DnsFixture.FromGuest : byTcp;
            var outcome = _dns.Responder.Respond(packet.AsSpan(0, length), reply, arrival, _dns.Now);
            outcomes[(int)outcome.Kind]++;
            refusals.Add(outcome.Refusal);
            if (outcome.Kind == DnsOutcomeKind.Answered)
                AssertSound(packet.AsSpan(0, length), reply.AsSpan(0, outcome.Length), arrival.Transport, round);
        }

        output.WriteLine($"dropped {outcomes[0]}, answered {outcomes[1]}, forwarded {outcomes[2]}");
        output.WriteLine($"{refusals.Count} reasons");
        output.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds:f1} s");

        // A mutator that only made rubbish would test little: each way out and nearly each reason must have been met.
        Assert.All(outcomes, count => Assert.True(count > Packets / 100));
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

    private static int Mutate(Random random, List<byte[]> corpus, byte[] packet)
    {
        var source = corpus[random.Next(corpus.Count)];
        source.CopyTo(packet, 0);
        var length = source.Length;
        for (var change = random.Next(4); change > 0; change--)
        {
            var at = random.Next(length);
            switch (random.Next(8))
            {
                case 0: packet[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: packet[at] = (byte)random.Next(256); break;
                case 2: packet[at] = (byte)(0xc0 | random.Next(2)); break;
                case 3: length = 1 + random.Next(length); break;
                case 4: packet[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xff; break;
                case 5: length = Splice(random, corpus, packet, length, at); break;
                case 6: packet[random.Next(Math.Min(length, 12))] = (byte)random.Next(4); break;
                default: length = Insert(random, packet, length, at); break;
            }
        }

        return length;
    }

    private static int Splice(Random random, List<byte[]> corpus, byte[] packet, int length, int at)
    {
        var other = corpus[random.Next(corpus.Count)];
        var from = random.Next(other.Length);
        var taken = Math.Min(random.Next(other.Length - from + 1), packet.Length - at);
        other.AsSpan(from, taken).CopyTo(packet.AsSpan(at));
        return Math.Max(length, at + taken);
    }

    private static int Insert(Random random, byte[] packet, int length, int at)
    {
        var count = Math.Min(random.Next(1, 24), packet.Length - length);
        packet.AsSpan(at, length - at).CopyTo(packet.AsSpan(at + count));
        random.NextBytes(packet.AsSpan(at, count));
        return length + count;
    }

    private static void AssertSound(
        ReadOnlySpan<byte> query, ReadOnlySpan<byte> reply, DnsTransport transport, int round)
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
            Assert.Fail($"Round {round}, seed {Seed}, {walk.Refusal}: "
                + $"{Convert.ToHexString(query)} was answered by {Convert.ToHexString(reply)}.");
        }
    }
}
