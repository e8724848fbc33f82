using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

/// <summary>A client with one connected UDP socket: only the address and port that it asked can answer it.</summary>
internal sealed class DnsAsker : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IPEndPoint _server;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public DnsAsker(IPEndPoint server)
    {
        _server = server;
        _socket.Connect(server);
    }

    /// <summary>A query with RD; <paramref name="payload"/> 0 sends no OPT.</summary>
    public static byte[] Query(string name, ushort id = 0x4711, ushort type = 1, int payload = 1232)
    {
        var writer = new WireWriter(new byte[512]);
        new DnsHeader(id, new DnsFlags(0x0100), 1, 0, 0, (ushort)(payload > 0 ? 1 : 0)).Write(ref writer);
        foreach (var label in name.Split('.'))
        {
            writer.WriteByte((byte)label.Length);
            writer.WriteBytes(Encoding.ASCII.GetBytes(label));
        }

        writer.WriteByte(0);
        writer.WriteUInt16(type);
        writer.WriteUInt16(1);
        if (payload > 0)
        {
            writer.WriteBytes([0, 0, 41]);
            writer.WriteUInt16((ushort)payload);
            writer.WriteBytes([0, 0, 0, 0, 0, 0]);
        }

        return writer.Written.ToArray();
    }

    public Task<byte[]> AskAsync(string name, int payload = 1232) => AskAsync(Query(name, payload: payload));

    /// <summary>Sends once, waits for the reply.</summary>
    public async Task<byte[]> AskAsync(byte[] query)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.SendAsync(query, patience.Token);
        var reply = new byte[4096];
        return reply[..await _socket.ReceiveAsync(reply, patience.Token)];
    }

    /// <summary>True when nothing comes for that long.</summary>
    public async Task<bool> IsSilentAsync(byte[] query, TimeSpan time)
    {
        using var patience = new CancellationTokenSource(time);
        await _socket.SendAsync(query, patience.Token);
        try
        {
            await _socket.ReceiveAsync(new byte[4096], patience.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    public async Task<byte[]> AskOverTcpAsync(string name)
    {
        using var connection = await ConnectAsync();
        await SendAsync(connection, Query(name));
        return await ReceiveAsync(connection) ?? throw new InvalidOperationException("The server hung up.");
    }

    /// <summary>A TCP connection, from an address of this host if one is given: another one is another client.</summary>
    public async Task<Socket> ConnectAsync(string? source = null)
    {
        var connection = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (source is not null)
            connection.Bind(new IPEndPoint(IPAddress.Parse(source), 0));

        await connection.ConnectAsync(_server);
        return connection;
    }

    public static async Task SendAsync(Socket connection, byte[] message) => await connection.SendAsync(Frame(message));

    /// <summary>A message with its length before it.</summary>
    public static byte[] Frame(byte[] message)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed, 2);
        return framed;
    }

    /// <summary>The next message; null when the other side hung up.</summary>
    public static async Task<byte[]?> ReceiveAsync(Socket connection)
    {
        using var patience = new CancellationTokenSource(Patience);
        var length = await ReceiveAsync(connection, 2, patience.Token);
        return length is null ? null
            : await ReceiveAsync(connection, BinaryPrimitives.ReadUInt16BigEndian(length), patience.Token);
    }

    public void Dispose() => _socket.Dispose();

    private static async Task<byte[]?> ReceiveAsync(Socket connection, int count, CancellationToken patience)
    {
        var octets = new byte[count];
        for (var received = 0; received < count;)
        {
            int more;
            try
            {
                more = await connection.ReceiveAsync(octets.AsMemory(received), patience);
            }
            catch (SocketException)
            {
                return null;
            }

            if (more == 0)
                return null;

            received += more;
        }

        return octets;
    }
}
