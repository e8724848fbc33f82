using XenNet.Core.Dhcp;
using XenNet.Tests.Packets;
using XenNet.Wire;
using XenNet.Wire.Dhcp;
using Xunit.Abstractions;

namespace XenNet.Tests.Dhcp;

/// <summary>A million packets that are nearly right.</summary>
public sealed class DhcpMutationTests(ITestOutputHelper output)
{
    private const int Packets = 1_000_000;
    private const int PacketMost = 1500;

    private static readonly byte[] InterestingOctets =
        [0, 1, 3, 4, 50, 51, 52, 53, 54, 55, 57, 61, 63, 127, 128, 254, 255];

    [Fact]
    public void A_million_mutated_packets_are_answered_rightly_or_not_at_all()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var bases = PacketFile.LoadAll("dhcp/accepted").Concat(PacketFile.LoadAll("dhcp/refused"))
            .Select(file => file.Octets).ToArray();
        var scene = new DhcpScene();
        var packet = new byte[PacketMost];
        var reply = new byte[DhcpResponder.ReplyRoom];
        var answers = 0;

        for (var i = 0; i < Packets; i++)
        {
            var length = Mutate(random, bases, packet);
            var arrival = random.Next(4) == 0 ? DhcpScene.Unicast() : DhcpScene.Broadcast();

            var outcome = scene.Responder.Decide(packet.AsSpan(0, length), arrival, reply);

            if (outcome.IsReply)
            {
                answers++;
                if (!IsSafe(outcome, packet, reply))
                {
                    Assert.Fail($"seed {seed}, packet {i}: {Convert.ToHexString(packet.AsSpan(0, length))}");
                }
            }
        }

        output.WriteLine($"{answers} of {Packets} answered");
        Assert.InRange(answers, 1, Packets - 1);
    }

    [Fact]
    public void A_hundred_thousand_replies_are_well_formed()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var bases = PacketFile.LoadAll("dhcp/accepted").Select(file => file.Octets).ToArray();
        var scene = new DhcpScene();
        var packet = new byte[PacketMost];
        var reply = new byte[DhcpResponder.ReplyRoom];

        for (var i = 0; i < Packets / 10; i++)
        {
            var length = Mutate(random, bases, packet);
            var outcome = scene.Responder.Decide(packet.AsSpan(0, length), DhcpScene.Broadcast(), reply);
            // Replies to BOOTP have no type, and without a cookie no options.
            if (outcome.IsReply && outcome.Answer != DhcpMessageType.None)
            {
                var read = new ReplyPacket(reply.AsSpan(0, outcome.Length));
                Assert.Equal(outcome.Answer, read.Type);
                Assert.Equal("10.0.1.129", read.Address(DhcpOptionCode.ServerIdentifier));
            }
        }
    }

    // A reply goes to this vif's guest only, from its Dom0 end, within what a datagram holds.
    private static bool IsSafe(in DhcpOutcome outcome, byte[] packet, byte[] reply)
    {
        var guest = DhcpScene.AddressOf("10.0.1.1");
        var yours = Ipv4Address.Read(reply.AsSpan(16));
        return outcome.Length is >= DhcpReplyWriter.LengthLeast and <= DhcpResponder.ReplyRoom
            && (outcome.Delivery.Address == guest || outcome.Delivery.Address == Ipv4Address.Broadcast)
            && outcome.Delivery.Route != DhcpRoute.None
            && outcome.Source == DhcpScene.AddressOf("10.0.1.129")
            && outcome.HardwareAddress == DhcpScene.MacOf(DhcpScene.FirstMac)
            && (yours.IsNone || yours == guest)
            && reply.AsSpan(4, 4).SequenceEqual(packet.AsSpan(4, 4));
    }

    // One to four changes: an octet, a bit, a cut, a stretch removed, repeated or taken from another packet.
    private static int Mutate(Random random, byte[][] bases, byte[] packet)
    {
        var origin = bases[random.Next(bases.Length)];
        origin.CopyTo(packet, 0);
        var length = origin.Length;
        for (var change = random.Next(1, 5); change > 0 && length > 0; change--)
        {
            // Most of the art is in the options: there the change lies two times in three.
            var from = length > 240 && random.Next(3) > 0 ? 240 : 0;
            var at = random.Next(from, length);
            var count = random.Next(1, Math.Min(length - at, 40) + 1);
            switch (random.Next(7))
            {
                case 0:
                    packet[at] = (byte)random.Next(256);
                    break;
                case 1:
                    packet[at] = InterestingOctets[random.Next(InterestingOctets.Length)];
                    break;
                case 2:
                    packet[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    length = at;
                    break;
                case 4:
                    packet.AsSpan(at + count, length - at - count).CopyTo(packet.AsSpan(at));
                    length -= count;
                    break;
                case 5 when length + count <= packet.Length:
                    packet.AsSpan(at, length - at).ToArray().CopyTo(packet, at + count);
                    length += count;
                    break;
                default:
                    var other = bases[random.Next(bases.Length)];
                    var taken = Math.Min(count, Math.Max(0, other.Length - at));
                    other.AsSpan(other.Length - taken, taken).CopyTo(packet.AsSpan(at));
                    break;
            }
        }

        return length;
    }
}
