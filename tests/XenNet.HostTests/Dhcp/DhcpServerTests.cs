using System.Net;
using System.Net.Sockets;
using XenNet.Core.Dhcp;
using XenNet.Server.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.HostTests.Dhcp;

/// <summary>The server among sockets: what it does when the world is in the way, and when it stops.</summary>
public sealed class DhcpServerTests
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private static readonly byte[] Discover = RawClient.Message([], 53, 1, 1);

    [Fact]
    public async Task It_stops_while_it_waits_and_another_can_start_at_once()
    {
        using var vif = new GuestVif();

        await vif.Server.StopAsync(CancellationToken.None).WaitAsync(StopWithin);

        using var counters = new DhcpCounters();
        using var next = vif.Another(counters);
        await vif.Dom0.Run(() => next.StartAsync(CancellationToken.None));
        using var client = new RawClient(vif.Machine);
        client.Send(Discover);
        Assert.Equal(2, client.Receive()[0]);
        await next.StopAsync(CancellationToken.None).WaitAsync(StopWithin);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var vif = new GuestVif();
        await vif.Server.StopAsync(CancellationToken.None).WaitAsync(StopWithin);
        using var holder = vif.Dom0.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Any, 67));
            return socket;
        });
        using var counters = new DhcpCounters();
        using var next = vif.Another(counters);

        var refusal = Assert.Throws<DhcpUnavailableException>(
            () => vif.Dom0.Run(() => { _ = next.StartAsync(CancellationToken.None); }));

        Assert.True(refusal.PortTaken);
        Assert.Contains("udp port 67", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reply_that_the_kernel_does_not_take_is_counted_and_the_next_is_sent()
    {
        using var vif = new GuestVif();
        vif.Machine.Ip("addr", "add", "10.0.1.1/24", "dev", "eth0");
        vif.Dom0.Ip("route", "del", "10.0.1.1");
        using var client = new RawClient(vif.Machine);

        // RENEWING is answered by IP, and there is no route: ENETUNREACH. DISCOVER is answered by frame.
        client.Send(RawClient.Message([10, 0, 1, 1], 53, 1, 3));
        client.Send(Discover);

        Assert.Equal(2, client.Receive()[0]);
        Assert.Equal(1, vif.Counters.Unsent);
        Assert.Equal(0, vif.Counters.Of(DhcpMessageType.Ack));
    }

    [Fact]
    public void A_flood_of_damage_is_counted_and_said_once()
    {
        const int Many = 20_000;
        using var vif = new GuestVif();
        using var client = new RawClient(vif.Machine);
        var cut = Discover[..^1];

        for (var i = 0; i < Many; i++)
        {
            client.Send(cut);
        }

        // What is too fast for the server is dropped by the kernel, a good message behind the flood as well as any.
        Assert.Equal(2, client.Ask(Discover)[0]);
        Assert.InRange(vif.Counters.Of(DhcpRefusal.EndMissing), 1, Many);
        Assert.Contains("EndMissing", Assert.Single(vif.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flood_of_sound_messages_is_answered_at_its_rate_and_said_once()
    {
        const int Many = 5_000;
        const int Rate = 50;
        using var vif = new GuestVif();
        using var client = new RawClient(vif.Machine);

        var started = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < Many; i++)
        {
            client.Send(Discover);
        }

        Assert.Equal(2, client.Ask(Discover)[0]);
        // Those of a second at once, and then at the even rate for as long as it took.
        Assert.InRange(
            vif.Counters.Of(DhcpMessageType.Offer), Rate, Rate * (2 + (long)started.Elapsed.TotalSeconds));
        Assert.InRange(vif.Counters.Of(DhcpSilence.RateLimited), 1, Many);
        Assert.Contains("RateLimited", Assert.Single(vif.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_longer_than_the_room_is_cut_and_harmless()
    {
        using var vif = new GuestVif();
        using var client = new RawClient(vif.Machine);

        client.Send([.. Discover[..^1], .. new byte[60_000], 255]);
        client.Send(Discover);

        Assert.Equal(2, client.Receive()[0]);
        Assert.Equal(1, vif.Counters.Of(DhcpRefusal.EndMissing));
    }

    [Fact]
    public void A_link_that_is_no_vif_gets_silence_and_no_line()
    {
        using var vif = new GuestVif();
        using var sender = vif.Dom0.Run(
            () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        using var client = new RawClient(vif.Machine);

        sender.SendTo(Discover, new IPEndPoint(IPAddress.Loopback, 67));
        client.Send(Discover);

        Assert.Equal(2, client.Receive()[0]);
        Assert.Equal(1, vif.Counters.Of(DhcpSilence.NotAVif));
        Assert.Empty(vif.Log.Warnings);
    }

    [Fact]
    public void A_flood_of_messages_that_make_us_throw_is_one_line_and_others_are_answered()
    {
        const int Many = 200;
        using var vif = new GuestVif();
        using var sender = vif.Dom0.Run(
            () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        using var client = new RawClient(vif.Machine);
        vif.IsVif = _ => throw new InvalidOperationException("A mistake.");

        for (var i = 0; i < Many; i++)
        {
            sender.SendTo(Discover, new IPEndPoint(IPAddress.Loopback, 67));
        }

        client.Send(Discover);

        Assert.Equal(2, client.Receive()[0]);
        Assert.InRange(vif.Counters.Of(DhcpSilence.Mistake), 1, Many);
        Assert.StartsWith("A mistake of ours", Assert.Single(vif.Log.Warnings), StringComparison.Ordinal);
    }
}
