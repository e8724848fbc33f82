using System.Net;
using System.Net.Sockets;
using XenNet.Core.Addressing;
using XenNet.Core.Dns;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dns.Tcp;

/// <summary>
/// The TCP connections that are open: at most so many in all and of one client. When there is no room, the one that
/// has been idle for the longest time goes (RFC 7766 §6.2.3); one at work never does.
/// </summary>
internal sealed class TcpConnections(
    InForce<DnsServerOptions> options,
    AddressScheme scheme,
    DnsAdmission admission,
    TcpResponder responder,
    TcpCounters counters,
    MistakeLog mistakes) : IAsyncDisposable
{
    // The kernel doubles it. It bounds what a client that does not read costs outside of our own memory.
    private const int SendBufferOctets = 64 * 1024;

    private static readonly TimeSpan LookLeast = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LookMost = TimeSpan.FromSeconds(1);

    private readonly Lock _changing = new();
    private readonly HashSet<TcpConnection> _open = [];
    private readonly Dictionary<TcpConnection, Task> _served = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    /// <summary>Connections open now.</summary>
    public int Open
    {
        get
        {
            lock (_changing)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Begins to look for connections whose time is over.</summary>
    public void Start() => _watching = WatchAsync();

    /// <summary>Ends all connections, and returns when they are closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        Task[] served;
        lock (_changing)
        {
            foreach (var connection in _open)
                connection.Close();

            served = [.. _served.Values];
        }

        await Task.WhenAll(served);
        _stop.Dispose();
    }

    /// <summary>Takes over a connection: it is served to its end, or closed at once when it is not admitted.</summary>
    public void Serve(Socket socket)
    {
        if (!TryAdmit(socket, out var arrival))
        {
            socket.Dispose();
            return;
        }

        var client = ClientHash.Key(scheme, arrival.Remote);
        var connection = new TcpConnection(socket, arrival, client, responder, counters);
        lock (_changing)
        {
            if (_stop.IsCancellationRequested || !TryMakeRoom(client))
            {
                socket.Dispose();
                return;
            }

            _open.Add(connection);
            _served.Add(connection, Task.Run(() => ServeAsync(connection)));
        }
    }

    private bool TryAdmit(Socket socket, out DnsArrival arrival)
    {
        arrival = default;
        try
        {
            var local = Read(socket.LocalEndPoint);
            var remote = Read(socket.RemoteEndPoint).Address;
            var refusal = admission.Admit(
                DatagramBatchSocket.InterfaceOf(socket), local, remote, out var standing);
            if (refusal != DnsAdmissionRefusal.None)
            {
                counters.Add(refusal);
                return false;
            }

            arrival = new DnsArrival(DnsTransport.Tcp, local.Address, remote, standing == DnsStanding.Dom0)
            {
                IsSecondary = standing == DnsStanding.Secondary,
            };
            socket.NoDelay = true;
            socket.SendBufferSize = SendBufferOctets;
            return true;
        }
        catch (SocketException)
        {
            // It was gone before we could look at it.
            return false;
        }
    }

    // Looking through all of them, some thousand at the most, takes microseconds, and needs no order to be kept.
    private bool TryMakeRoom(uint client)
    {
        var ofClient = 0;
        TcpConnection? longest = null;
        TcpConnection? longestOfClient = null;
        foreach (var connection in _open)
        {
            var isOfClient = connection.Client == client;
            if (isOfClient)
                ofClient++;

            if (!connection.IsIdle)
                continue;

            if (longest is null || connection.IdleSince < longest.IdleSince)
                longest = connection;

            if (isOfClient && (longestOfClient is null || connection.IdleSince < longestOfClient.IdleSince))
                longestOfClient = connection;
        }

        var isClientFull = ofClient >= options.Value.TcpConnectionsPerClientMax;
        if (!isClientFull && _open.Count < options.Value.TcpConnectionsMax)
            return true;

        var victim = isClientFull ? longestOfClient : longest;
        if (victim is null)
        {
            counters.Add(TcpEnd.NoRoom);
            return false;
        }

        End(victim, TcpEnd.Displaced);
        return true;
    }

    private void End(TcpConnection connection, TcpEnd reason)
    {
        _open.Remove(connection);
        connection.Close();
        counters.Add(reason);
    }

    private async Task ServeAsync(TcpConnection connection)
    {
        try
        {
            await connection.ServeAsync();
        }
        catch (Exception e)
        {
            // A mistake of ours must cost this connection, not the process.
            mistakes.Note(DnsMistake.TcpConnection, e, Environment.TickCount64);
        }

        lock (_changing)
        {
            _open.Remove(connection);
            _served.Remove(connection);
        }
    }

    // One timer for all, instead of two for each.
    private async Task WatchAsync()
    {
        var often = TimeSpan.FromTicks(Math.Clamp(options.Value.TcpIdleTime.Ticks / 8, LookLeast.Ticks, LookMost.Ticks));
        using var timer = new PeriodicTimer(often);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                EndOverdue(Environment.TickCount64);
        }
        catch (OperationCanceledException)
        {
            // We stop.
        }
    }

    private void EndOverdue(long now)
    {
        lock (_changing)
        {
            // A hash set may be removed from while it is walked.
            foreach (var connection in _open)
            {
                if (connection.Overdue(now, options.Value.TcpIdleTime) is { } reason)
                    End(connection, reason);
            }
        }
    }

    /// <summary>An IPv4 address and port as the runtime has them; none of another kind.</summary>
    internal static Ipv4Endpoint Read(EndPoint? endpoint)
    {
        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        return endpoint is IPEndPoint { Address: var address, Port: var port } && address.TryWriteBytes(octets, out _)
            ? new Ipv4Endpoint(Ipv4Address.Read(octets), (ushort)port) : default;
    }
}
