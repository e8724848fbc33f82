using System.Net.Sockets;
using XenNet.Server.Dns.Tcp;

namespace XenNet.HostTests.Dns.Tcp;

/// <summary>What a client can make us keep: connections, time and octets (RFC 7766 §6.2.2, §6.2.3 and §10).</summary>
public sealed class TcpLimitTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task A_client_that_trickles_is_hung_up_on_when_its_time_is_over()
    {
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { TcpIdleTime = Short });
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();
        var received = DnsAsker.ReceiveAsync(connection);
        using var trickle = new PeriodicTimer(TimeSpan.FromMilliseconds(50));

        // An octet every 50 ms would take 25 s for the whole query; each by itself is well within 300 ms.
        for (var octets = 0; !received.IsCompleted && octets < 200; octets++)
        {
            try
            {
                await connection.SendAsync(new byte[] { (byte)(octets == 0 ? 1 : 0xf4) });
            }
            catch (SocketException)
            {
                break;
            }

            await trickle.WaitForNextTickAsync();
        }

        Assert.Null(await received);
        Assert.Equal(1, dns.Server.Status().TcpEnded[nameof(TcpEnd.QueryTooSlow)]);
    }

    [Fact]
    public async Task A_client_that_asks_no_more_is_hung_up_on()
    {
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { TcpIdleTime = Short });
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();

        await DnsAsker.SendAsync(connection, DnsAsker.Query("ce.testbed"));
        Assert.NotNull(await DnsAsker.ReceiveAsync(connection));

        Assert.Null(await DnsAsker.ReceiveAsync(connection));
        Assert.Equal(1, dns.Server.Status().TcpEnded[nameof(TcpEnd.Idle)]);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_not_read_either_and_then_hung_up_on()
    {
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { TcpIdleTime = Short });
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();
        var queries = Enumerable.Repeat(DnsAsker.Frame(DnsAsker.Query("ce.testbed")), 1000).SelectMany(q => q).ToArray();

        // Ends when the server resets the connection: it stops to read long before, and so this send waits.
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var patience = new CancellationTokenSource(DnsAsker.Patience);
            while (true)
                await connection.SendAsync(queries, patience.Token);
        });

        Assert.Equal(1, dns.Server.Status().TcpEnded[nameof(TcpEnd.NotReading)]);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0 }, nameof(TcpEnd.LengthUnusable))]
    [InlineData(new byte[] { 0x08, 0x01 }, nameof(TcpEnd.LengthUnusable))] // 2,049 octets: no query has so many.
    [InlineData(new byte[] { 0, 3, 1, 2, 3 }, nameof(TcpEnd.NoQuery))]
    public async Task What_is_no_query_ends_a_connection_after_the_answers_to_what_came_before(byte[] sent, string reason)
    {
        await using var dns = await DnsOnLoopback.StartAsync();
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();

        await connection.SendAsync((byte[])[.. DnsAsker.Frame(DnsAsker.Query("ce.testbed")), .. sent]);

        Assert.NotNull(await DnsAsker.ReceiveAsync(connection));
        Assert.Null(await DnsAsker.ReceiveAsync(connection));
        Assert.Equal(1, dns.Server.Status().TcpEnded[reason]);
    }

    [Fact]
    public async Task The_longest_query_is_taken()
    {
        await using var dns = await DnsOnLoopback.StartAsync();
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();

        // Octets after the end: FORMERR, which shows that all of it was read.
        await DnsAsker.SendAsync(connection, [.. DnsAsker.Query("ce.testbed"), .. new byte[2048 - 39]]);

        Assert.NotNull(await DnsAsker.ReceiveAsync(connection));
    }

    [Fact]
    public async Task A_client_that_has_its_share_gives_up_the_connection_that_was_idle_for_longest()
    {
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { TcpConnectionsPerClientMax = 2 });
        using var asker = dns.Asker();
        using var other = await AnsweredAsync(asker, "127.0.0.21");
        using var first = await AnsweredAsync(asker, "127.0.0.22");
        using var second = await AnsweredAsync(asker, "127.0.0.22");

        using var third = await AnsweredAsync(asker, "127.0.0.22");

        Assert.Null(await DnsAsker.ReceiveAsync(first));
        await AssertAnsweredAsync(second);
        await AssertAnsweredAsync(other);
        Assert.Equal(1, dns.Server.Status().TcpEnded[nameof(TcpEnd.Displaced)]);
        Assert.Equal(3, dns.Server.Status().TcpConnections);
    }

    [Fact]
    public async Task With_all_places_taken_the_connection_that_was_idle_for_longest_goes_whosever_it_is()
    {
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { TcpConnectionsMax = 2 });
        using var asker = dns.Asker();
        using var first = await AnsweredAsync(asker, "127.0.0.21");
        using var second = await AnsweredAsync(asker, "127.0.0.22");
        await DnsClockMovesAsync();
        await AssertAnsweredAsync(first);

        using var third = await AnsweredAsync(asker, "127.0.0.23");

        Assert.Null(await DnsAsker.ReceiveAsync(second));
        await AssertAnsweredAsync(first);
    }

    [Fact]
    public async Task A_connection_at_work_never_gives_way_and_then_a_new_one_is_refused()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", ScriptedUpstream.Silence);
        await using var dns = await DnsOnLoopback.StartAsync(
            [upstream.Endpoint], o => o with { TcpConnectionsPerClientMax = 1 });
        using var asker = dns.Asker();
        using var atWork = await asker.ConnectAsync();
        await DnsAsker.SendAsync(atWork, DnsAsker.Query("www.example.org"));
        using var patience = new CancellationTokenSource(DnsAsker.Patience);
        while (upstream.Asked.IsEmpty)
            await Task.Delay(1, patience.Token);

        using var second = await asker.ConnectAsync();

        Assert.Null(await DnsAsker.ReceiveAsync(second));
        Assert.Equal(1, dns.Server.Status().TcpEnded[nameof(TcpEnd.NoRoom)]);
        upstream.Answer(upstream.Asked.First());
        Assert.NotNull(await DnsAsker.ReceiveAsync(atWork));
    }

    /// <summary>dnsmasq served 20 connections and then none; the class of CVE-2017-14495 and of its complaints.</summary>
    [Fact]
    public async Task Exhaustion_of_connections_1000_idle_ones_keep_nobody_waiting()
    {
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with
        {
            TcpConnectionsMax = 1024,
            TcpConnectionsPerClientMax = 64,
            TcpIdleTime = TimeSpan.FromMinutes(5),
        });
        using var asker = dns.Asker();
        var idle = new List<Socket>();
        for (var i = 0; i < 1000; i++)
            idle.Add(await asker.ConnectAsync($"127.0.1.{1 + (i / 50)}"));

        Assert.Equal("10.0.1.1", DnsForwardingTests.AddressOf(await asker.AskAsync("ce.testbed")));
        Assert.Equal("10.0.1.1", DnsForwardingTests.AddressOf(await asker.AskOverTcpAsync("ce.testbed")));

        foreach (var connection in idle)
        {
            await AssertAnsweredAsync(connection);
            connection.Dispose();
        }
    }

    private static async Task<Socket> AnsweredAsync(DnsAsker asker, string source)
    {
        var connection = await asker.ConnectAsync(source);
        await AssertAnsweredAsync(connection);
        await DnsClockMovesAsync();
        return connection;
    }

    private static async Task AssertAnsweredAsync(Socket connection)
    {
        await DnsAsker.SendAsync(connection, DnsAsker.Query("ce.testbed"));
        Assert.NotNull(await DnsAsker.ReceiveAsync(connection));
    }

    // Idle times are told apart by the clock's ticks, some milliseconds each.
    private static async Task DnsClockMovesAsync()
    {
        for (var before = Environment.TickCount64; Environment.TickCount64 < before + 2;)
            await Task.Yield();
    }
}
