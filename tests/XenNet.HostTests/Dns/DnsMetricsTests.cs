using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Server.Dns;

namespace XenNet.HostTests.Dns;

public sealed class DnsMetricsTests
{
    [Fact]
    public async Task Instruments_tell_outcomes_and_reasons()
    {
        using var meter = new Meter("xennet-dns-test");
        var view = DnsOnLoopback.View10();
        var options = new DnsServerOptions { Port = DnsOnLoopback.FreePort(), ResolverFile = "/nonexistent" };
        await using var server = new DnsServer(
            options, view, Responders.Of(view), NullLogger.Instance, meter);
        await server.StartAsync();
        using var asker = new DnsAsker(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, options.Port));
        var seen = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, told) =>
        {
            if (instrument.Meter == meter)
                told.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen[$"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"] = value);
        listener.Start();

        await asker.AskAsync("ce.testbed");
        await asker.AskAsync([.. DnsAsker.Query("ce.testbed"), 0]);
        await asker.AskAsync("www.example.org");
        await asker.IsSilentAsync([1, 2, 3], TimeSpan.FromMilliseconds(50));
        listener.RecordObservableInstruments();

        Assert.Equal(2, seen["xennet.dns.queries outcome=Answered"]);
        Assert.Equal(1, seen["xennet.dns.queries outcome=Forwarded"]);
        Assert.Equal(1, seen["xennet.dns.refused reason=OctetsAfterEnd"]);
        Assert.Equal(1, seen["xennet.dns.dropped reason=HeaderCut"]);
        Assert.Equal(0, seen["xennet.dns.dropped reason=InterfaceNotServed"]);
    }

    [Fact]
    public async Task Of_sixteen_queries_that_are_answered_at_once_one_is_measured_and_each_that_is_forwarded()
    {
        using var meter = new Meter("xennet-dns-latency-test");
        var view = DnsOnLoopback.View10();
        var options = new DnsServerOptions { Port = DnsOnLoopback.FreePort(), ResolverFile = "/nonexistent", Threads = 1 };
        await using var server = new DnsServer(
            options, view, Responders.Of(view), NullLogger.Instance, meter);
        await server.StartAsync();
        using var asker = new DnsAsker(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, options.Port));
        using var measured = new SemaphoreSlim(0);
        var sources = new System.Collections.Concurrent.ConcurrentQueue<object?>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, told) =>
        {
            if (instrument.Meter == meter && instrument.Name == "xennet.dns.duration")
                told.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            sources.Enqueue(tags[0].Value);
            measured.Release();
        });
        listener.Start();

        await asker.AskAsync("www.example.org");
        Assert.True(await measured.WaitAsync(TimeSpan.FromSeconds(10)));
        for (var query = 1; query < 2 * DnsLatency.QueriesPerSample; query++)
            await asker.AskAsync("ce.testbed");

        Assert.True(await measured.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(await measured.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(["upstream", "own", "own"], sources);
    }
}
