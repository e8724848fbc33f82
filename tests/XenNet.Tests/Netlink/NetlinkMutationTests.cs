using XenNet.Tests.Packets;
using XenNet.Wire.Netlink;
using Xunit.Abstractions;

namespace XenNet.Tests.Netlink;

/// <summary>Whatever stands in a datagram, every reader ends and none throws.</summary>
public sealed class NetlinkMutationTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("netlink/replies")]
    [InlineData("nft/replies")]
    [InlineData("nft/requests")]
    public void Changed_packets_are_read_or_refused(string folder)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        foreach (var file in PacketFile.LoadAll(folder))
        {
            for (var round = 0; round < 5000; round++)
            {
                var packet = file.Octets[..random.Next(file.Octets.Length + 1)];
                for (var changes = random.Next(1, 9); changes > 0 && packet.Length > 0; changes--)
                {
                    packet[random.Next(packet.Length)] = random.Next(4) == 0 ? (byte)random.Next(9) : (byte)random.Next(256);
                }

                ReadAll(packet);
            }
        }
    }

    [Fact]
    public void Noise_is_read_or_refused()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var packet = new byte[64];
        for (var round = 0; round < 200_000; round++)
        {
            random.NextBytes(packet);
            ReadBody(default, packet.AsSpan(0, random.Next(packet.Length + 1)));
        }
    }

    [Fact]
    public void Each_cut_of_each_packet_is_read_or_refused()
    {
        foreach (var folder in new[] { "netlink/replies", "nft/replies", "nft/requests" })
        {
            foreach (var file in PacketFile.LoadAll(folder))
            {
                for (var length = 0; length <= file.Octets.Length; length++)
                {
                    ReadAll(file.Octets.AsSpan(0, length));
                }
            }
        }
    }

    private static void ReadAll(ReadOnlySpan<byte> datagram)
    {
        var messages = new NetlinkMessages(datagram);
        var count = 0;
        while (messages.MoveNext())
        {
            Assert.True(++count <= datagram.Length / NetlinkHeader.Size);
            ReadBody(messages.Header, messages.Body);
        }
    }

    private static void ReadBody(NetlinkHeader header, ReadOnlySpan<byte> body)
    {
        NetlinkError.TryRead(header with { Modes = (NetlinkModes)0x200 }, body, out _);
        NetlinkError.TryRead(header with { Modes = (NetlinkModes)0x300 }, body, out _);
        NetlinkError.TryReadDone(header with { Modes = (NetlinkModes)0x200 }, body, out _);
        LinkMessage.TryRead(body, out _);
        AddressMessage.TryRead(body, out _);
        RouteMessage.TryRead(body, out _);
        NetconfMessage.TryRead(body, out _);
        NftTableName.TryRead(body, out _);
        NftChain.TryRead(body, out _);
        NftRule.TryRead(body, out _);
        NftElements.TryRead(body, []);
    }
}
