using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Tests.Fuzzing;
using XenNet.Wire.Dns;
using Xunit.Abstractions;

namespace XenNet.Tests.Dns.Caching;

/// <summary>Replies of upstreams that are nearly sound, from the reader through the cache to the client.</summary>
[Trait("Category", "Fuzz")]
public sealed class AnswerMutationTests(ITestOutputHelper output)
{
    private const int Seed = 20261122;
    private const int Replies = 100_000;
    private const string Name = "www.example";

    private readonly DnsFixture _dns = new();

    [Fact]
    public void Mutated_replies_never_throw_and_what_is_kept_of_them_makes_sound_replies_of_the_chain_alone()
    {
        var run = new FuzzRun(output, Seed, Replies);
        var mutator = new PacketMutator(run.Random, Corpus(), octetsMost: 4096);
        var key = new UpstreamReply(Name, DnsType.A, dnssecOk: true).Key();
        byte[][] queries =
        [
            DnsFixture.Query(Name, DnsType.A, edns: 1232, dnssecOk: true),
            DnsFixture.Query("wWw.exAmple", DnsType.A, edns: 512, dnssecOk: true),
        ];
        var buffer = new byte[DnsResponder.ReplyOctetsMax];
        var faults = new int[Enum.GetValues<AnswerFault>().Length];
        foreach (var round in run.Rounds())
        {
            var when = $"round {round}, seed {run.Seed}";
            var reply = mutator.Next();
            var answer = AnswerReader.Read(reply, UpstreamQuestion.Read(key),
                new AnswerPolicy(AllowsPrivateAddresses: false), _dns.Now, out var fault);
            faults[(int)fault]++;
            if (answer is null)
                continue;

            Assert.True(answer.Key.SequenceEqual(key), when);
            Assert.True(answer.Head.TtlSeconds <= 86_400, when);
            _dns.Cache.Store(answer);
            foreach (var query in queries)
            {
                var length = _dns.Responder.Complete(
                    query, buffer, DnsFixture.FromGuest, Resolution.Of(answer), _dns.Now + 5000);
                DnsMutationTests.AssertSound(query, buffer.AsSpan(0, length), DnsTransport.Udp, when);
                AssertOnlyChain(buffer.AsSpan(0, length), when);
            }
        }

        output.WriteLine(string.Join(", ", faults.Select((count, fault) => $"{(AnswerFault)fault} {count}")));
        Assert.All(faults, count => Assert.True(count > faults.Sum() / 1000));
    }

    // Owners are the name asked for, targets of aliases before, or above those (DNAME); no address is private.
    private static void AssertOnlyChain(ReadOnlySpan<byte> reply, string when)
    {
        var chain = new List<string> { Name };
        var walk = new DnsWalk(reply);
        while (walk.TryNextRecord(out var record) && record.Section == DnsSection.Answer)
        {
            var owner = record.Name.ToString().ToLowerInvariant();
            Assert.True(chain.Exists(name => name == owner || name.EndsWith("." + owner, StringComparison.Ordinal) || owner == "."),
                $"{when}: {owner} is not of the chain");
            Assert.False(PrivateAddresses.IsIn(record.Type, record.Data), when);
            if (record.Type == DnsType.Cname && record.ReadDataName(out var target) == DnsRefusal.None)
                chain.Add(target.ToString().ToLowerInvariant());
        }
    }

    private static List<byte[]> Corpus()
    {
        byte[] signature = [0, 1, .. new byte[16], .. DnsFixture.Name("example"), 1, 2, 3];
        UpstreamReply[] replies =
        [
            New().A(Name, 300, "192.0.2.1"),
            New().A(Name, 300, "192.0.2.1").A(Name, 300, "10.0.0.1"),
            New().Cname(Name, 60, "b.example").Cname("b.example", 60, "c.example").A("c.example", 60, "192.0.2.2"),
            New().Cname(Name, 60, "b.example").Cname("b.example", 60, Name),
            New().With(DnsSection.Answer, "example", (DnsType)39, 60, DnsFixture.Name("test")).Cname(Name, 60, "www.test")
                .A("www.test", 60, "192.0.2.3"),
            New().A(Name, 300, "192.0.2.1").With(DnsSection.Answer, Name, (DnsType)46, 300, signature)
                .With(DnsSection.Authority, "example", (DnsType)47, 60, [.. DnsFixture.Name("a.example"), 0, 1, 64]),
            New(DnsRcode.NameError).Soa("example", 900, 120),
            New().Soa("example", 900, 120),
            New().A("evil.example", 60, "192.0.2.66").With(DnsSection.Answer, Name, DnsType.Mx, 60, [0, 1, .. DnsFixture.Name("m.example")]),
        ];
        return [.. replies.Select(reply => reply.Octets())];
    }

    private static UpstreamReply New(DnsRcode rcode = DnsRcode.NoError) =>
        new(Name, DnsType.A, dnssecOk: true) { Rcode = rcode };
}
