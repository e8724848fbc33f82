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

        Assert.StartsWith("HTTP/1.1 401", await Ask(open[^1]), StringComparison.Ordinal);
        open.Add(new TcpClient());
        await open[^1].ConnectAsync(IPAddress.Loopback, port);
        Assert.Equal("", await Ask(open[^1]));
        open.ForEach(client => client.Dispose());
    }

    private static async Task<string> Ask(TcpClient client)
    {
        var answer = new byte[64];
        try
        {
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
