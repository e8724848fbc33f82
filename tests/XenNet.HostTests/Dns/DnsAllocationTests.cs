using System.Net;
using System.Net.Sockets;

namespace XenNet.HostTests.Dns;

/// <summary>Alone, because it counts what the whole process allocates.</summary>
[CollectionDefinition(nameof(AllocationAlone), DisableParallelization = true)]
public sealed class AllocationAlone;

[Collection(nameof(AllocationAlone))]
public sealed class DnsAllocationTests
{
    private const int InFlight = 50;

    [Fact]
    public async Task A_query_over_udp_allocates_nothing()
    {
        await using var dns = await DnsOnLoopback.StartAsync(change: o => o with { Threads = 1 });
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.ReceiveTimeout = 10_000;
        socket.Connect(new IPEndPoint(IPAddress.Loopback, dns.Port));
        var query = DnsAsker.Query("ce.testbed");
        var reply = new byte[4096];
        const int Queries = 10_000;

        // The first thousand warm up the jitted code.
        Ask(socket, query, reply, 1000);
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            // The test runner allocates a little beside us now and then; what a query costs is in every round.
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Ask(socket, query, reply, Queries);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.True(least < Queries, $"{least} octets for {Queries} queries in the best of five rounds.");
    }

    private static void Ask(Socket socket, byte[] query, byte[] reply, int times)
    {
        // Many at a time: the shorter a round, the less of what others in this process allocate falls into it.
        for (var i = 0; i < times; i += InFlight)
        {
            for (var sent = 0; sent < InFlight; sent++)
                socket.Send(query);

            for (var received = 0; received < InFlight; received++)
                socket.Receive(reply);
        }
    }
}
