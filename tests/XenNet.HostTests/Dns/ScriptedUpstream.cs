using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

/// <summary>
/// An upstream on its own loopback address that answers each query with what its script gives: any number of messages
/// over UDP, one or none over TCP. Over TCP it may wait for two queries and answer the second first.
/// </summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _udp;
    private readonly TcpListener _tcp;
    private readonly Func<byte[], IEnumerable<byte[]>> _overUdp;
    private readonly Func<byte[], byte[]?> _overTcp;
    private readonly int _heldOverTcp;
    private readonly Task _serving;

    public ScriptedUpstream(
        string address, Func<byte[], IEnumerable<byte[]>> overUdp, Func<byte[], byte[]?>? overTcp = null,
        bool inPairs = false)
    {
        _heldOverTcp = inPairs ? 2 : 1;
        (_overUdp, _overTcp) = (overUdp, overTcp ?? (_ => null));
        (_udp, _tcp) = Open(IPAddress.Parse(address));
        Assert.True(IpEndpoint.TryParse(address, (ushort)((IPEndPoint)_tcp.LocalEndpoint).Port, out var endpoint));
        Server = new UpstreamServer(endpoint);
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public UpstreamServer Server { get; }

    /// <summary>The same of one with an IPv4 address.</summary>
    public Ipv4Endpoint Endpoint => new(Server.Endpoint.Ipv4, Server.Endpoint.Port);

    /// <summary>Queries over UDP, with the port that each came from.</summary>
    public ConcurrentQueue<(byte[] Query, IPEndPoint From)> Asked { get; } = new();

    /// <summary>Queries over TCP, with the port that each came from.</summary>
    public ConcurrentQueue<(byte[] Query, IPEndPoint From)> AskedOverTcp { get; } = new();

    /// <summary>A script that gives nothing.</summary>
    public static IEnumerable<byte[]> Silence(byte[] query) => [];

    /// <summary>A reply to what was asked: that RCODE, that many A records 192.0.2.<paramref name="last"/>.</summary>
    public static byte[] Reply(
        byte[] query, byte last = 7, DnsRcode rcode = DnsRcode.NoError, bool truncated = false, int addresses = 1)
    {
        var walk = new DnsWalk(query);
        Assert.True(walk.TryNextQuestion(out var question));
        var flags = walk.Header.Flags.ToReply() with { Rcode = rcode, Truncated = truncated };
        var answers = rcode == DnsRcode.NoError && !truncated ? addresses : 0;
        var writer = new WireWriter(new byte[65535]);
        new DnsHeader(walk.Header.Id, flags, 1, (ushort)answers, 0, 0).Write(ref writer);
        writer.WriteBytes(question.Octets);
        for (var i = 0; i < answers; i++)
        {
            writer.WriteBytes([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, last]);
        }

        return writer.Written.ToArray();
    }

    /// <summary>
    /// True for what is asked beside what the tests ask; a server that does not answer it over UDP is no worse for it.
    /// </summary>
    public static bool IsLoopProbe(byte[] query) =>
        query.Length > 12 + LoopProbe.NameOctets && LoopProbe.TryRead(query.AsSpan(12, LoopProbe.NameOctets), out _);

    /// <summary>Answers a query of <see cref="Asked"/> later, when the test wants it.</summary>
    public void Answer((byte[] Query, IPEndPoint From) asked, byte last = 7) =>
        _udp.SendTo(Reply(asked.Query, last), asked.From);

    /// <summary>
    /// Sends a message from another socket of this host to whoever asked first: a forger that knows it all.
    /// </summary>
    public void SendFromElsewhere(byte[] message, IPEndPoint to)
    {
        using var elsewhere = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        elsewhere.Bind(new IPEndPoint(((IPEndPoint)_udp.LocalEndPoint!).Address, 0));
        elsewhere.SendTo(message, to);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _udp.Dispose();
        _tcp.Dispose();
        _stop.Dispose();
    }

    // A port that the kernel gives for TCP may be taken over UDP: then another.
    private static (Socket Udp, TcpListener Tcp) Open(IPAddress address)
    {
        while (true)
        {
            var tcp = new TcpListener(address, 0);
            tcp.Start();
            var udp = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(tcp.LocalEndpoint);
                return (udp, tcp);
            }
            catch (SocketException)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        var anyone = new IPEndPoint(_udp.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, anyone, _stop.Token);
                var query = buffer[..received.ReceivedBytes];
                if (IsLoopProbe(query))
                    continue;

                Asked.Enqueue((query, (IPEndPoint)received.RemoteEndPoint));
                foreach (var reply in _overUdp(query))
                {
                    await _udp.SendToAsync(reply, received.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _tcp.AcceptSocketAsync(_stop.Token);
                var held = new Stack<byte[]>();
                while (held.Count < _heldOverTcp && await DnsAsker.ReceiveAsync(connection) is { } query)
                {
                    AskedOverTcp.Enqueue((query, (IPEndPoint)connection.RemoteEndPoint!));
                    held.Push(query);
                }

                foreach (var query in held)
                {
                    if (_overTcp(query) is { } reply)
                        await DnsAsker.SendAsync(connection, reply);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
