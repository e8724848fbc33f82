using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Boot;
using XenNet.Server.Boot;
using XenNet.Server.Dns;
using XenNet.Server.Dns.Tcp;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Http;

/// <summary>Whose a connection is; a request finds it among its features.</summary>
/// <param name="Guest">The guest.</param>
internal sealed record GuestConnection(BootGuest Guest);

/// <summary>
/// Hands connections of guests to Kestrel, which takes this for a listener of its own. The real ones come and go with the vifs,
/// and there may be thousands of them; who is no guest, or has connections enough, is turned away before Kestrel knows.
/// </summary>
internal sealed class GuestConnections(BootGuests guests, BootFiles files, HttpCounters counters, ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    private readonly SocketConnectionContextFactory _contexts = new(
        new SocketConnectionFactoryOptions(), loggers.CreateLogger<SocketConnectionContextFactory>());

    private readonly Channel<ConnectionContext> _arrived = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Dictionary<MachineNumber, int> _ofMachine = [];
    private int _open;

    /// <summary>Connections open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <inheritdoc/>
    public EndPoint EndPoint { get; } = new GuestEndPoint();

    /// <summary>Takes over a connection, or closes it at once.</summary>
    public void Serve(Socket socket)
    {
        try
        {
            var (local, remote) = (TcpConnections.Read(socket.LocalEndPoint), TcpConnections.Read(socket.RemoteEndPoint));
            if (IsAdmitted(socket, local, remote.Address, out var guest))
            {
                Take(socket, guest);
                return;
            }
        }
        catch (SocketException)
        {
            // It was gone before we could look at it.
        }

        socket.Dispose();
    }

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is GuestEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _arrived.Reader.WaitToReadAsync(cancellationToken) && _arrived.Reader.TryRead(out var connection)
            ? connection
            : null;

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _arrived.Writer.TryComplete();
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _arrived.Writer.TryComplete();
        _contexts.Dispose();
        return default;
    }

    private bool IsAdmitted(Socket socket, Ipv4Endpoint local, Ipv4Address remote, out BootGuest guest)
    {
        var refusal = guests.Admit(DatagramBatchSocket.InterfaceOf(socket), local, remote, out guest);
        if (refusal != DnsAdmissionRefusal.None)
            counters.Refusals.Add(refusal);

        return refusal == DnsAdmissionRefusal.None && TryCount(guest.Machine.Number);
    }

    private void Take(Socket socket, BootGuest guest)
    {
        var connection = _contexts.Create(socket);
        connection.Features.Set(new GuestConnection(guest));
        connection.ConnectionClosed.UnsafeRegister(_ => Uncount(guest.Machine.Number), null);
        if (!_arrived.Writer.TryWrite(connection))
            connection.Abort();
    }

    private bool TryCount(MachineNumber machine)
    {
        var settings = files.Configuration.Http;
        lock (_ofMachine)
        {
            var held = _ofMachine.GetValueOrDefault(machine);
            var refusal = _open >= settings.ConnectionsMax ? BootRefusal.TooMany
                : held >= settings.ConnectionsPerClientMax ? BootRefusal.TooManyOfClient
                : BootRefusal.None;
            if (refusal != BootRefusal.None)
            {
                counters.Refusals.Add(refusal);
                return false;
            }

            _open++;
            _ofMachine[machine] = held + 1;
            return true;
        }
    }

    private void Uncount(MachineNumber machine)
    {
        lock (_ofMachine)
        {
            _open--;
            if (--_ofMachine[machine] == 0)
                _ofMachine.Remove(machine);
        }
    }

    private sealed class GuestEndPoint : EndPoint
    {
        public override string ToString() => "guests";
    }
}
