using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Tests.Fuzzing;
using XenNet.Tests.Packets;
using XenNet.Wire;
using XenNet.Wire.Dhcp;
using Xunit.Abstractions;

namespace XenNet.Tests.Dhcp;

[Trait("Category", "Fuzz")]
public sealed class PoolMutationTests(ITestOutputHelper output)
{
    private const int Packets = 300_000;
    private const int Seed = 20261124;

    private static readonly DhcpPoolSettings Pool = new()
    {
        Interface = "br-lab",
        Dom0 = DhcpScene.AddressOf("192.168.7.1"),
        Network = DhcpScene.Prefix("192.168.7.0/24"),
        First = DhcpScene.AddressOf("192.168.7.50"),
        Last = DhcpScene.AddressOf("192.168.7.69"),
    };

    [Fact]
    public void Mutated_packets_of_hostile_clients_never_give_one_address_to_two()
    {
        var run = new FuzzRun(output, Seed, Packets);
        var corpus = PacketFile.LoadAll("dhcp/accepted").Select(file => file.Octets).ToList();
        var mutator = new PacketMutator(run.Random, corpus, octetsMost: 1500);
        var pool = new PoolResponder(Pool, new DhcpSettings { Zone = "testbed" });
        var reply = new byte[DhcpResponder.ReplyRoom];
        var holders = new Dictionary<Ipv4Address, PoolLease>();
        var now = 1_800_000_000L;
        var granted = 0;

        foreach (var round in run.Rounds())
        {
            var packet = mutator.Next();
            if (packet.Length > 250)
            {
                // Few clients with few wishes, or hardly two would meet.
                packet[33] = (byte)run.Random.Next(40);
                new[] { (byte)192, (byte)168, (byte)7, (byte)run.Random.Next(45, 75) }.CopyTo(packet[12..]);
            }

            now += run.Random.Next(200);
            var port = run.Random.Next(3);
            var outcome = pool.Decide(packet, DhcpScene.Broadcast(40), _ => port, now, reply, out var change);

            if (change.Granted is { } lease)
            {
                granted++;
                Assert.True(lease.Address.Value >= Pool.First.Value && lease.Address.Value <= Pool.Last.Value);
                Assert.True(
                    !holders.TryGetValue(lease.Address, out var other) || other.Mac == lease.Mac || other.Until <= now,
                    $"round {round}, seed {run.Seed}: {lease.Address} has {other.Mac} until {other.Until}, now {now}");
                Assert.True(outcome.IsReply && outcome.Answer == DhcpMessageType.Ack);
                holders[lease.Address] = lease;
            }

            if (change.Ended is { } ended)
            {
                holders.Remove(ended.Address);
            }
        }

        output.WriteLine($"{granted} leases");
        Assert.True(granted > 1000);
    }
}
