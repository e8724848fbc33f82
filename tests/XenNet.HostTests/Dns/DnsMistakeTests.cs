using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using XenNet.Core.Dns.Forwarding;
using XenNet.HostTests.Dhcp;
using XenNet.Server.Dns;

namespace XenNet.HostTests.Dns;

/// <summary>A mistake of ours that a client has found and triggers at will.</summary>
public sealed class DnsMistakeTests
{
    private const int Queries = 200;

    private static readonly string Probe = $"{new string('0', 16)}.xennet-loop.test";

    [Fact]
    public async Task A_flood_of_queries_that_make_us_throw_is_one_line_of_each_kind_and_others_are_answered()
    {
        using var meter = new Meter("xennet-dns-mistakes-test");
        var logger = new RememberingLogger<DnsServer>();
        var view = DnsOnLoopback.View10();
        var responder = Responders.Of(view);
        var options = new DnsServerOptions { Port = DnsOnLoopback.FreePort(), ResolverFile = "/nonexistent" };
        await using var server = new DnsServer(options, view, responder, logger, meter);
        await server.StartAsync();
        using var asker = new DnsAsker(new IPEndPoint(IPAddress.Loopback, options.Port));

        // The one thing in the responder's way that can be made to throw without a mistake of ours.
        responder.LoopProbeSeen = _ => throw new InvalidOperationException("A mistake.");
        var query = DnsAsker.Query(Probe, type: (ushort)LoopProbe.Type);
        using var udp = new UdpClient();
        udp.Connect(IPAddress.Loopback, options.Port);
        for (var i = 0; i < Queries; i++)
        {
            await udp.SendAsync(query);
            using var connection = await asker.ConnectAsync();
            await DnsAsker.SendAsync(connection, query);
            Assert.Null(await DnsAsker.ReceiveAsync(connection));
        }

        Assert.Equal("10.0.1.1", DnsForwardingTests.AddressOf(await asker.AskAsync("ce.testbed")));
        Assert.Equal("10.0.1.1", DnsForwardingTests.AddressOf(await asker.AskOverTcpAsync("ce.testbed")));
        Assert.Equal(
            ["TcpConnection", "UdpQuery"],
            logger.Warnings.Where(line => line.StartsWith("A mistake of ours", StringComparison.Ordinal))
                .Select(line => line.Split(' ', ';')[6]).Order());
        Assert.Equal(Queries, Counted(meter, "TcpConnection"));
        Assert.InRange(Counted(meter, "UdpQuery"), 1, Queries);
    }

    private static long Counted(Meter meter, string what)
    {
        var counted = -1L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, told) =>
        {
            if (instrument.Meter == meter && instrument.Name == "xennet.dns.mistakes")
                told.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (Equals(tags[0].Value, what))
                counted = value;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return counted;
    }
}
