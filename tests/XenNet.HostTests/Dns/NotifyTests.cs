using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

public sealed class NotifyTests
{
    [Fact]
    public async Task A_secondary_that_is_silent_is_told_of_a_new_serial_at_once_and_not_after_its_time()
    {
        using var secondary = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        secondary.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var at = new Ipv4Endpoint(Ipv4Address.Loopback, (ushort)((IPEndPoint)secondary.LocalEndPoint!).Port);
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { Secondaries = [at] });

        // The third time it is given four seconds. A time of ours is told of two zones.
        for (var notice = 0; notice < 6; notice++)
            Assert.Equal(1u, await SerialAsync(secondary));

        var watch = Stopwatch.StartNew();
        dns.View.Publish(dns.View.Find("ce"u8)!, 2);

        Assert.Equal(2u, await SerialAsync(secondary));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    private static async Task<uint> SerialAsync(Socket secondary)
    {
        using var patience = new CancellationTokenSource(DnsAsker.Patience);
        var message = new byte[512];
        var length = await secondary.ReceiveAsync(message, patience.Token);
        var walk = new DnsWalk(message.AsSpan(0, length));
        Assert.True(walk.TryNextQuestion(out _));
        Assert.True(walk.TryNextRecord(out var soa));
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(soa.Data[^20..]);
    }
}
