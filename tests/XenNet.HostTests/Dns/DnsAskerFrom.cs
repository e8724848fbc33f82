using System.Net;
using System.Net.Sockets;

namespace XenNet.HostTests.Dns;

/// <summary>A client at an address of its choice.</summary>
internal sealed class DnsAskerFrom : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public DnsAskerFrom(string source, ushort port)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
    }

    public async Task<byte[]> AskAsync(byte[] query)
    {
        using var patience = new CancellationTokenSource(DnsAsker.Patience);
        await _socket.SendAsync(query, patience.Token);
        var reply = new byte[4096];
        return reply[..await _socket.ReceiveAsync(reply, patience.Token)];
    }

    public void Dispose() => _socket.Dispose();
}
