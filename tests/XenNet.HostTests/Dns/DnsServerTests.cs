using System.Net;
using System.Net.Sockets;
using XenNet.Server.Dns;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

public sealed class DnsServerTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2")]
    public async Task A_reply_leaves_from_the_address_that_was_asked(string address)
    {
        await using var dns = await DnsOnLoopback.StartAsync();
        using var asker = dns.Asker(address);

        // The asker's socket is connected: nothing from another address would reach it.
        var reply = await asker.AskAsync("dom0.testbed");

        Assert.Equal(address, DnsForwardingTests.AddressOf(reply));
        Assert.Equal("10.0.1.1", DnsForwardingTests.AddressOf(await asker.AskAsync("ce.testbed")));
    }

    [Fact]
    public async Task Tcp_listeners_come_and_go()
    {
        await using var dns = await DnsOnLoopback.StartAsync();
        var end = new Ipv4Address(0x7f000009);
        using var asker = dns.Asker("127.0.0.9");
        await Assert.ThrowsAsync<SocketException>(() => asker.ConnectAsync());

        dns.Server.AddTcpListener(end);
        dns.Server.AddTcpListener(end);
        var reply = await asker.AskOverTcpAsync("dom0.testbed");
        await dns.Server.RemoveTcpListenerAsync(end);
        await dns.Server.RemoveTcpListenerAsync(end);

        Assert.Equal("127.0.0.9", DnsForwardingTests.AddressOf(reply));
        await Assert.ThrowsAsync<SocketException>(() => asker.ConnectAsync());
    }

    [Fact]
    public async Task A_listed_address_is_served_on_its_own_port_over_both()
    {
        var extra = new Ipv4Endpoint(new Ipv4Address(0x7f000005), DnsOnLoopback.FreePort());
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { Interfaces = [], Addresses = [extra] });
        using var listed = new DnsAsker(new IPEndPoint(extra.Address.ToIPAddress(), extra.Port));
        using var unlisted = dns.Asker();

        Assert.Equal("127.0.0.5", DnsForwardingTests.AddressOf(await listed.AskAsync("dom0.testbed")));
        Assert.Equal("127.0.0.5", DnsForwardingTests.AddressOf(await listed.AskOverTcpAsync("dom0.testbed")));
        Assert.True(await unlisted.IsSilentAsync(DnsAsker.Query("ce.testbed"), TimeSpan.FromMilliseconds(200)));
        Assert.Equal(1, dns.Server.Status().Dropped["InterfaceNotServed"]);
    }

    [Theory]
    [InlineData("0.0.0.0", false)]  // Everything, alone: the bind fails.
    [InlineData("0.0.0.0", true)]   // Everything, shareable: the bind succeeds and must not be believed.
    [InlineData("127.0.0.1", false)]
    public async Task A_udp_port_that_is_taken_names_its_holder(string address, bool shareable)
    {
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        holder.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, shareable);
        holder.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        var port = (ushort)((IPEndPoint)holder.LocalEndPoint!).Port;

        var taken = await Assert.ThrowsAsync<PortTakenException>(
            () => DnsOnLoopback.StartAsync(change: o => o with { Port = port }));

        Assert.Equal(port, taken.Port);
        Assert.EndsWith($"(pid {Environment.ProcessId})", taken.Holder, StringComparison.Ordinal);
        Assert.Contains($"UDP port {port}", taken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tcp_port_that_is_taken_names_its_holder_and_leaves_nothing_open()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = (ushort)((IPEndPoint)holder.LocalEndpoint).Port;

        var taken = await Assert.ThrowsAsync<PortTakenException>(
            () => DnsOnLoopback.StartAsync(change: o => o with { Port = port }));

        Assert.EndsWith($"(pid {Environment.ProcessId})", taken.Holder, StringComparison.Ordinal);
        using var alone = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        alone.Bind(new IPEndPoint(IPAddress.Any, port));
    }

    [Fact]
    public async Task A_shareable_socket_on_one_address_is_lived_beside()
    {
        using var resolved = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        resolved.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        resolved.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.53"), 0));
        var port = (ushort)((IPEndPoint)resolved.LocalEndPoint!).Port;

        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { Port = port });
        using var asker = dns.Asker();

        Assert.Equal("10.0.1.1", DnsForwardingTests.AddressOf(await asker.AskAsync("ce.testbed")));
    }

    [Fact]
    public async Task Stopping_ends_threads_and_frees_ports()
    {
        var dns = await DnsOnLoopback.StartAsync();
        using var asker = dns.Asker();
        await asker.AskAsync("ce.testbed");
        using var idle = await asker.ConnectAsync();

        await dns.Server.StopAsync();
        await dns.Server.StopAsync();

        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Any, dns.Port));
        using var tcp = new TcpListener(IPAddress.Any, dns.Port);
        tcp.Start();
        Assert.Null(await DnsAsker.ReceiveAsync(idle));
        Assert.All(dns.Server.ThreadsAlive, Assert.False);
    }

    [Fact]
    public async Task While_one_thread_is_stopped_no_query_is_lost()
    {
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { Threads = 2 });
        const int Askers = 32;
        const int QueriesEach = 200;
        var answered = 0;

        var asking = Enumerable.Range(0, Askers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < QueriesEach; i++)
            {
                // A new port each time, so that the kernel deals them out to both threads.
                using var asker = dns.Asker();
                await asker.AskAsync("ce.testbed");
                if (Interlocked.Increment(ref answered) == Askers * QueriesEach / 3)
                    dns.Server.StopThread(0);
            }
        })).ToArray();
        await Task.WhenAll(asking);

        Assert.Equal(Askers * QueriesEach, answered);
        Assert.Equal([false, true], dns.Server.ThreadsAlive);
    }

    [Fact]
    public async Task Damaged_datagrams_are_counted_by_their_reason_and_leave_the_next_query_unharmed()
    {
        await using var dns = await DnsOnLoopback.StartAsync();
        using var asker = dns.Asker();
        var reply = DnsAsker.Query("ce.testbed");
        reply[2] |= 0x80;

        await asker.IsSilentAsync([1, 2, 3], TimeSpan.FromMilliseconds(50));
        await asker.IsSilentAsync([], TimeSpan.FromMilliseconds(50));
        await asker.IsSilentAsync(new byte[DnsUdpThread.QueryOctetsMost + 1], TimeSpan.FromMilliseconds(50));
        await asker.IsSilentAsync(reply, TimeSpan.FromMilliseconds(50));

        Assert.Equal("10.0.1.1", DnsForwardingTests.AddressOf(await asker.AskAsync("ce.testbed")));
        var dropped = dns.Server.Status().Dropped;
        Assert.Equal(1, dropped["HeaderCut"]);
        Assert.Equal(2, dropped["DatagramCut"]);
        Assert.Equal(1, dropped["NotAQuery"]);
        Assert.Equal(1, dns.Server.Status().Queries["Answered"]);
    }

    [Fact]
    public async Task Without_upstreams_outside_names_get_servfail_at_once_and_status_shows_none()
    {
        await using var dns = await DnsOnLoopback.StartAsync(
            upstreams: [], o => o with { ResolverFile = "/nonexistent/directory/resolv.conf" });
        using var asker = dns.Asker();

        var reply = await asker.AskAsync("www.example.org");

        Assert.Equal(DnsRcode.ServerFailure, new DnsWalk(reply).Header.Flags.Rcode);
        Assert.Empty(dns.Server.Status().Upstreams);
        Assert.Equal("/nonexistent/directory/resolv.conf", dns.Server.Status().ResolverFile);
    }
}
