using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Core.Addressing;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Registry;
using XenNet.Server.Dns;
using XenNet.Wire;

namespace XenNet.HostTests.Dns;

/// <summary>
/// A real server on a free high port of the loopback interface, with machine <c>ce</c> (number 1) in its zone.
/// </summary>
internal sealed class DnsOnLoopback : IAsyncDisposable
{
    private DnsOnLoopback(DnsServer server, DnsResponder responder, RegistryView view, ushort port) =>
        (Server, Responder, View, Port) = (server, responder, view, port);

    public DnsServer Server { get; }

    public DnsResponder Responder { get; }

    public RegistryView View { get; }

    public ushort Port { get; }

    public static async Task<DnsOnLoopback> StartAsync(
        IEnumerable<Ipv4Endpoint>? upstreams = null, Func<DnsServerOptions, DnsServerOptions>? change = null)
    {
        var options = new DnsServerOptions
        {
            Port = FreePort(),
            Upstreams = [.. (upstreams ?? [new Ipv4Endpoint(Ipv4Address.Loopback, FreePort())]).Select(at => new UpstreamServer(at))],
        };
        options = change?.Invoke(options) ?? options;
        var view = View10();
        var responder = Responders.Of(view);
        var server = new DnsServer(options, view, responder, NullLogger.Instance);
        await server.StartAsync();
        return new DnsOnLoopback(server, responder, view, options.Port);
    }

    /// <summary>Waits until the server is in a state, for ten seconds at the most.</summary>
    public async Task UntilAsync(Func<DnsStatus, bool> isSo)
    {
        using var patience = new CancellationTokenSource(DnsAsker.Patience);
        while (!isSo(Server.Status()))
        {
            Assert.False(patience.IsCancellationRequested, $"It never came to that: {Server.Status()}");
            await Task.Yield();
        }
    }

    /// <summary>10.0.0.0/8 with machine <c>ce</c>.</summary>
    public static RegistryView View10()
    {
        Assert.True(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix));
        Assert.True(MachineLabel.TryParse("ce", out var label));
        var view = new RegistryView(new AddressScheme(prefix));
        view.Publish(new Machine(
            new MachineNumber(1), label, "ce", [new KnownInterface(InterfaceNumber.First, MacAddress.None)], []), 1);
        return view;
    }

    /// <summary>A port that is free on UDP and TCP at this moment.</summary>
    public static ushort FreePort()
    {
        while (true)
        {
            using var tcp = new TcpListener(IPAddress.Any, 0);
            tcp.Start();
            var port = ((IPEndPoint)tcp.LocalEndpoint).Port;
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(new IPEndPoint(IPAddress.Any, port));
                return (ushort)port;
            }
            catch (SocketException)
            {
                // Taken over UDP: the next.
            }
        }
    }

    public DnsAsker Asker(string address = "127.0.0.1") => new(new IPEndPoint(IPAddress.Parse(address), Port));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
