using System.Buffers;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Server.Control;
using XenNet.Server.Events;
using XenNet.Wire;

namespace XenNet.Tests.Control;

public sealed class ControlServerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("xennet-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // What is waited for beyond the server's own patience is a server that does not end.
    [Fact]
    public async Task A_caller_that_reads_no_further_does_not_keep_the_server_from_ending()
    {
        var endless = new ApiRoute("GET", "/list", "", context => ControlServer.WriteList(
            context, Enumerable.Repeat(new HealthModel("pass"), int.MaxValue), ControlJson.Default.HealthModel));
        var server = await Start(endless);
        using var caller = await Connect(CancellationToken.None);
        await caller.SendAsync(Encoding.ASCII.GetBytes("GET /list HTTP/1.1\r\nHost: xennet\r\n\r\n"));
        await caller.ReceiveAsync(new byte[1]);

        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Events_that_come_one_by_one_leave_no_timers_behind()
    {
        const int Told = 2000;
        var events = new EventStream();
        await using var server = await Start([.. new EventApi(events).Routes()]);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) => new NetworkStream(await Connect(cancel), ownsSocket: true),
        };
        using var http = new HttpClient(handler);
        using var lines = new StreamReader(await http.GetStreamAsync("http://xennet/v1/events"));
        var before = Timer.ActiveCount;

        for (var number = 1; number <= Told; number++)
        {
            events.Tell(EventKinds.Registry, new RegistryEventModel(DateTimeOffset.UnixEpoch, null, null, "added", 1, number));
            var line = await lines.ReadLineAsync();
            while (line?.StartsWith("data: ", StringComparison.Ordinal) == false)
            {
                line = await lines.ReadLineAsync();
            }

            Assert.Contains($"\"number\":{number}", line, StringComparison.Ordinal);
        }

        Assert.InRange(Timer.ActiveCount - before, -Told / 2, Told / 2);
    }

    [Fact]
    public async Task Who_follows_an_endless_answer_and_reads_no_more_is_hung_up_on_and_another_is_served_meanwhile()
    {
        var gaveUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = new byte[4096];
        line.AsSpan().Fill((byte)'x');
        var endless = new ApiRoute("GET", "/endless", "", async context =>
        {
            await ControlServer.WriteEndlessly(context, "text/plain", async (body, ended) =>
            {
                while (true)
                {
                    body.Write(line);
                    await body.FlushAsync(ended);
                }
            }, readWithin: TimeSpan.FromMilliseconds(200));
            gaveUp.SetResult();
        });
        await using var server = await Start(endless, new ApiRoute("GET", "/other", "", context => ControlServer.WriteJson(
            context, 200, new HealthModel("pass"), ControlJson.Default.HealthModel)));
        using var caller = await Ask("/endless");
        await caller.ReceiveAsync(new byte[1]);
        using var other = await Ask("/other");
        Assert.StartsWith("HTTP/1.1 200", await Answer(other), StringComparison.Ordinal);

        await gaveUp.Task.WaitAsync(Patience);
        await EndOf(caller).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_follower_of_events_that_reads_nothing_costs_no_other_its_events()
    {
        const int Told = 20 * EventFollower.WaitingMost;
        var events = new EventStream();
        await using var server = await Start([.. new EventApi(events).Routes()]);
        using var silent = await Ask("/v1/events");
        using var reading = await Ask("/v1/events");
        await silent.ReceiveAsync(new byte[1]);
        await reading.ReceiveAsync(new byte[1]);
        using var lines = new StreamReader(new NetworkStream(reading));

        for (var number = 1; number <= Told; number++)
        {
            events.Tell(EventKinds.Registry, new RegistryEventModel(DateTimeOffset.UnixEpoch, null, null, "added", 1, number));
            if (number % 100 != 0)
                continue;

            // The reader keeps pace: nothing is lost to it.
            var line = await lines.ReadLineAsync();
            while (line?.Contains($"\"number\":{number}}}", StringComparison.Ordinal) == false)
            {
                Assert.DoesNotContain("event: dropped", line, StringComparison.Ordinal);
                line = await lines.ReadLineAsync();
            }

            Assert.NotNull(line);
        }
    }

    [Fact]
    public async Task Who_asks_for_metrics_again_and_again_and_reads_none_keeps_nobody_from_them()
    {
        using var meter = new Meter("XenNet.Tests.Metrics");
        for (var number = 0; number < 200; number++)
            meter.CreateObservableGauge($"xennet.test.gauge{number}", () => 1, description: new string('x', 100));
        using var metrics = new MetricsApi();
        await using var server = await Start([.. metrics.Routes()]);
        var silent = new List<Socket>();
        for (var count = 0; count < 8; count++)
        {
            silent.Add(await Ask([.. Enumerable.Repeat("/metrics", 100)]));
            await silent[^1].ReceiveAsync(new byte[1]);
        }

        for (var count = 0; count < 3; count++)
        {
            using var scraper = await Ask("/metrics");
            Assert.StartsWith("HTTP/1.1 200", await Answer(scraper).WaitAsync(Patience), StringComparison.Ordinal);
        }

        silent.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Of_connections_on_loopback_one_too_many_is_closed_and_one_fewer_is_served()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var file = Path.Combine(_directory, "token");
        await File.WriteAllTextAsync(file, "0123456789abcdef");
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        await using var server = await Start(new Ipv4Endpoint(Ipv4Address.Loopback, (ushort)port), ApiToken.Read(file));
        var open = new List<TcpClient>();
        for (var count = 1; count <= ControlServer.LoopbackConnectionsMost; count++)
        {
            open.Add(new TcpClient());
            await open[^1].ConnectAsync(IPAddress.Loopback, port);
        }

        // Connections are counted side by side: one that has been answered has been counted.
        foreach (var client in open)
            Assert.StartsWith("HTTP/1.1 401", await Ask(client, port), StringComparison.Ordinal);

        open.Add(new TcpClient());
        Assert.Equal("", await Ask(open[^1], port));
        open.ForEach(client => client.Dispose());
    }

    // One after another on one connection, without waiting for the answers.
    private async Task<Socket> Ask(params string[] paths)
    {
        var socket = await Connect(CancellationToken.None);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            string.Concat(paths.Select(path => $"GET {path} HTTP/1.1\r\nHost: xennet\r\n\r\n"))));
        return socket;
    }

    private static async Task<string> Answer(Socket socket)
    {
        var answer = new byte[64];
        return Encoding.ASCII.GetString(answer.AsSpan(0, await socket.ReceiveAsync(answer)));
    }

    private static async Task EndOf(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
                // What had been sent before.
            }
        }
        catch (SocketException)
        {
            // Reset: as much of an end as any.
        }
    }

    // Empty when the server closes, which may show already while the client connects.
    private static async Task<string> Ask(TcpClient client, int port)
    {
        var answer = new byte[64];
        try
        {
            if (!client.Connected)
                await client.ConnectAsync(IPAddress.Loopback, port);

            await client.Client.SendAsync("GET /v1/status HTTP/1.1\r\nHost: xennet\r\n\r\n"u8.ToArray());
            return Encoding.ASCII.GetString(answer.AsSpan(0, await client.Client.ReceiveAsync(answer)));
        }
        catch (SocketException)
        {
            // Reset: as much of an end as any.
            return "";
        }
    }

    private Task<ControlServer> Start(params ApiRoute[] routes) => Start(default, token: null, routes);

    private async Task<ControlServer> Start(Ipv4Endpoint listen, ApiToken? token, params ApiRoute[] routes)
    {
        var server = new ControlServer(
            Path.Combine(_directory, "s"), inherited: null, listen, token, routes, NullLoggerFactory.Instance);
        await server.Start(CancellationToken.None);
        return server;
    }

    private async Task<Socket> Connect(CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_directory, "s")), cancel);
        return socket;
    }
}
