using XenNet.Core.Dhcp;
using XenNet.Tests.Fuzzing;
using XenNet.Tests.Packets;
using XenNet.Wire;
using XenNet.Wire.Dhcp;
using Xunit.Abstractions;

namespace XenNet.Tests.Dhcp;

/// <summary>Packets that are nearly right, against every setting.</summary>
[Trait("Category", "Fuzz")]
public sealed class DhcpMutationTests(ITestOutputHelper output)
{
    private const int Packets = 1_000_000;
    private const int Seed = 20261123;
    private const int PacketMost = 1500;

    private static readonly byte[] InterestingOctets =
        [0, 1, 3, 4, 50, 51, 52, 53, 54, 55, 57, 61, 63, 127, 128, 254, 255];

    // Each kind of rule and value, so that what a client sends meets all of them.
    private const string Everything = """
        [dhcp]
        overload = true
        rapid-commit = true
        broadcast-when = "ipxe"
        [[dhcp.tag]]
        name = "ipxe"
        user-class = "*iPXE*"
        [[dhcp.tag]]
        name = "ipxe"
        option = 175
        [[dhcp.tag]]
        name = "efi"
        architecture = [7, 9]
        vendor-class = "*a*b*c*"
        [[dhcp.tag]]
        name = "windows"
        host-name = "?*win*"
        when = "not (ipxe or efi)"
        [[dhcp.option]]
        option = "43.1"
        value = ["address:192.0.2.1", "u16:7"]
        [[dhcp.option]]
        option = "125:9.1"
        value = ["address:self", "text:abc"]
        force = true
        [[dhcp.option]]
        option = "domain-search"
        value = ["a.example", "b.example", "b.a.example"]
        force = true
        [[dhcp.option]]
        option = "wpad"
        value = "http://wpad.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        force = true
        [[dhcp.option]]
        option = "lease-time"
        value = "1h"
        when = "windows"
        """;

    private const string Booting = """
        [dhcp]
        overload = true
        [boot]
        default = "d"
        [[boot.target]]
        name = "d"
        file = "a/rather/long/name/that/does/not/fit/into/the/field/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        bios = "x.0"
        ipxe = "http://self/x"
        server-name = "files.example"
        [[dhcp.tag]]
        name = "raw"
        architecture = 0
        [[boot.menu]]
        text = "Disk"
        target = "local"
        when = "raw"
        [[boot.menu]]
        text = "Other"
        target = "d"
        when = "raw"
        """;

    [Theory]
    [InlineData("")]
    [InlineData(Everything)]
    public void A_million_mutated_packets_are_answered_rightly_or_not_at_all(string toml)
    {
        var run = new FuzzRun(output, Seed, Packets);
        var bases = PacketFile.LoadAll("dhcp/accepted").Concat(PacketFile.LoadAll("dhcp/refused"))
            .Select(file => file.Octets).ToArray();
        var scene = RuleScene.Of(toml);
        var packet = new byte[PacketMost];
        var reply = new byte[DhcpResponder.ReplyRoom];
        var answers = 0;
        var refusals = new HashSet<DhcpRefusal>();

        foreach (var round in run.Rounds())
        {
            var length = Mutate(run.Random, bases, packet);
            var arrival = run.Random.Next(4) == 0 ? DhcpScene.Unicast() : DhcpScene.Broadcast();

            var outcome = scene.Responder.Decide(packet.AsSpan(0, length), arrival, reply);

            refusals.Add(outcome.Refusal);
            if (outcome.IsReply)
            {
                answers++;
                if (!IsSafe(outcome, packet, reply))
                {
                    Assert.Fail($"seed {run.Seed}, round {round}: {Convert.ToHexString(packet.AsSpan(0, length))}");
                }
            }
        }

        // A mutator that only made rubbish would test little.
        output.WriteLine($"{answers} answered, {refusals.Count} reasons");
        Assert.True(answers > Packets / 100);
        Assert.True(refusals.Count >= Enum.GetValues<DhcpRefusal>().Length - 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Everything)]
    [InlineData(Booting)]
    public void A_hundred_thousand_replies_are_well_formed(string toml)
    {
        var run = new FuzzRun(output, Seed, Packets / 10);
        var bases = PacketFile.LoadAll("dhcp/accepted").Concat(PacketFile.LoadAll("dhcp/boot"))
            .Select(file => file.Octets).ToArray();
        var scene = RuleScene.Of(toml);
        var packet = new byte[PacketMost];
        var reply = new byte[DhcpResponder.ReplyRoom];

        foreach (var _ in run.Rounds())
        {
            var length = Mutate(run.Random, bases, packet);
            reply.AsSpan().Fill(0xa5);
            var outcome = scene.Responder.Decide(packet.AsSpan(0, length), DhcpScene.Broadcast(), reply);

            // Replies to BOOTP have no type, and without a cookie no options.
            if (outcome.IsReply && outcome.Answer != DhcpMessageType.None)
            {
                var read = new ReplyPacket(reply.AsSpan(0, outcome.Length));
                Assert.Equal(outcome.Answer, read.Type);
                Assert.Equal(outcome.Source.ToString(), read.Address(DhcpOptionCode.ServerIdentifier));
            }

            outcome = scene.Responder.DecideChoice(packet.AsSpan(0, length), DhcpScene.Unicast(), reply);
            if (outcome.IsReply)
            {
                Assert.Equal("PXEClient", new ReplyPacket(reply.AsSpan(0, outcome.Length)).Text(DhcpOptionCode.VendorClass));
            }
        }
    }

    // A reply goes to the guest of this vif only, or by its other vif, from the Dom0 end there, within what a datagram holds.
    private static bool IsSafe(in DhcpOutcome outcome, byte[] packet, byte[] reply)
    {
        var isFirst = outcome.Client!.InterfaceIndex == DhcpScene.First;
        var guest = DhcpScene.AddressOf(isFirst ? "10.0.1.1" : "10.0.1.2");
        var yours = Ipv4Address.Read(reply.AsSpan(16));
        return outcome.Length is >= DhcpReplyWriter.LengthLeast and <= DhcpResponder.ReplyRoom
            && (outcome.Delivery.Address == guest || outcome.Delivery.Address == Ipv4Address.Broadcast)
            && outcome.Delivery.Route != DhcpRoute.None
            && outcome.Source == DhcpScene.AddressOf(isFirst ? "10.0.1.129" : "10.0.1.130")
            && outcome.HardwareAddress == DhcpScene.MacOf(isFirst ? DhcpScene.FirstMac : DhcpScene.SecondMac)
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
