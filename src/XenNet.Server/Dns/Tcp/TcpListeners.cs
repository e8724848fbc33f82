using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dns.Tcp;

/// <summary>
/// The addresses on which DNS listens over TCP, or HTTP does. They come and go with the vifs: a socket on all addresses could
/// not be bound beside the specific ones of systemd-resolved, libvirt or a web server.
/// </summary>
/// <param name="serve">Takes over a connection, or closes it; returns at once.</param>
/// <param name="logger">Told of connections that could not be taken.</param>
internal sealed partial class TcpListeners(Action<Socket> serve, ILogger logger) : IAsyncDisposable
{
    // Connections that the kernel completes before we take them.
    private const int Backlog = 128;

    private static readonly TimeSpan PauseAfterError = TimeSpan.FromMilliseconds(100);

    private readonly Lock _changing = new();
    private readonly Dictionary<Ipv4Endpoint, Listener> _listeners = [];

    /// <summary>What is listened on now.</summary>
    public ImmutableArray<Ipv4Endpoint> Endpoints
    {
        get
        {
            lock (_changing)
            {
                return [.. _listeners.Keys];
            }
        }
    }

    /// <summary>
    /// Listens on an address as well; nothing happens when that is so already, or all are listened on.
    /// </summary>
    /// <returns>True when it was not so already.</returns>
    /// <exception cref="PortTakenException">Another program listens there.</exception>
    /// <exception cref="SocketException">The address is not ours, or the right to the port is missing.</exception>
    public bool Add(Ipv4Endpoint endpoint)
    {
        lock (_changing)
        {
            var everywhere = endpoint with { Address = Ipv4Address.None };
            if (_listeners.ContainsKey(endpoint) || _listeners.ContainsKey(everywhere))
            {
                return false;
            }

            var socket = Open(endpoint);
            var removed = new CancellationTokenSource();
            _listeners.Add(endpoint, new Listener(socket, removed, AcceptAsync(socket, removed.Token)));
            return true;
        }
    }

    /// <summary>
    /// Listens no more on an address; connections that are open stay. Nothing happens when there is none.
    /// </summary>
    public async Task RemoveAsync(Ipv4Endpoint endpoint)
    {
        Listener? listener;
        lock (_changing)
        {
            _listeners.Remove(endpoint, out listener);
        }

        if (listener is not null)
        {
            await listener.DisposeAsync();
        }
    }

    /// <summary>Listens no more on any.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var endpoint in Endpoints)
        {
            await RemoveAsync(endpoint);
        }
    }

    private static Socket Open(Ipv4Endpoint endpoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            DatagramBatchSocket.TellInterface(socket);
            socket.Bind(new IPEndPoint(endpoint.Address.ToIPAddress(), endpoint.Port));
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw PortTakenException.Of("TCP", endpoint, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync(Socket listener, CancellationToken removed)
    {
        while (!removed.IsCancellationRequested)
        {
            try
            {
                serve(await listener.AcceptAsync(removed));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Given up by the client before we took it, or out of descriptors: it passes, the listener stays.
                LogAccept(e.SocketErrorCode);
                await Task.Delay(PauseAfterError, removed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A TCP connection could not be taken: {Error}.")]
    private partial void LogAccept(SocketError error);

    private sealed record Listener(Socket Socket, CancellationTokenSource Removed, Task Accepting) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Removed.CancelAsync();
            await Accepting;
            Socket.Dispose();
            Removed.Dispose();
        }
    }
}
