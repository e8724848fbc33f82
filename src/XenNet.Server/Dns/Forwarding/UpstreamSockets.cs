using System.Runtime.InteropServices;
using XenNet.Server.Linux;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// The UDP sockets of outstanding queries: each new for its query, from a port that nobody can guess, connected, so that
/// the kernel drops what comes from elsewhere. One thread opens, waits and closes.
/// </summary>
/// <param name="options">The ports to choose from.</param>
/// <param name="most">Attempts at a time.</param>
internal sealed class UpstreamSockets(InForce<DnsServerOptions> options, int most) : IDisposable
{
    /// <summary>Events that one <see cref="Wait"/> gives at the most.</summary>
    public const int EventsMost = 64;

    // Of a nearly full range, or of a small one, ports are then tried one after the other.
    private const int PortDrawsMost = 8;
    private const int PortsInOrderMost = 64;

    // In place of a descriptor.
    private const int NoWay = -1;
    private const int NoPort = -2;

    private readonly Epoll _epoll = new(EventsMost);
    private readonly RandomPool _random = new();
    private Attempt?[] _all = new Attempt?[most];
    private Attempt? _unused;
    private int _made;

    /// <summary>Unguessable numbers.</summary>
    public RandomPool Random => _random;

    /// <summary>Makes room for more; it never becomes less.</summary>
    public void GrowTo(int attempts)
    {
        if (attempts > _all.Length)
            Array.Resize(ref _all, attempts);
    }

    /// <summary>Watches a descriptor that is no attempt's; its events have no attempt.</summary>
    /// <exception cref="IOException">The kernel has no memory for it.</exception>
    public void Watch(int descriptor)
    {
        if (!_epoll.TryAdd(descriptor, ulong.MaxValue))
            throw new IOException($"epoll_ctl: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Waits for events, so many milliseconds at the most; -1: without end.</summary>
    public int Wait(int milliseconds) => _epoll.Wait(milliseconds);

    /// <summary>True when event <paramref name="index"/> is of the descriptor that is no attempt's.</summary>
    public bool IsWatched(int index) => _epoll.Data(index) == ulong.MaxValue;

    /// <summary>Whose event it is; null when it has been closed since.</summary>
    public Attempt? Find(int index)
    {
        var data = _epoll.Data(index);
        return Find((int)(uint)data, (uint)(data >> 32));
    }

    /// <summary>An attempt by its number and use; null when that use is over.</summary>
    public Attempt? Find(int number, uint use)
    {
        var attempt = (uint)number < (uint)_made ? _all[number] : null;
        return attempt?.Query is not null && attempt.Use == use ? attempt : null;
    }

    /// <summary>Takes one into use; null when all are.</summary>
    public Attempt? Begin(OutstandingQuery query, int index)
    {
        var attempt = _unused;
        if (attempt is not null)
            _unused = attempt.Next;
        else if (_made < _all.Length)
            attempt = _all[_made] = new Attempt(_made++);
        else
            return null;

        attempt.Begin(query, index);
        attempt.Next = query.Attempts;
        query.Attempts = attempt;
        return attempt;
    }

    /// <summary>Closes its socket, takes it from its query and puts it out of use.</summary>
    public void End(Attempt attempt)
    {
        CloseSocket(attempt);
        var query = attempt.Query!;
        if (query.Attempts == attempt)
        {
            query.Attempts = attempt.Next;
        }
        else
        {
            var before = query.Attempts!;
            while (before.Next != attempt)
                before = before.Next!;

            before.Next = attempt.Next;
        }

        attempt.End();
        attempt.Next = _unused;
        _unused = attempt;
    }

    /// <summary>Opens a socket for it and sends its message.</summary>
    public UpstreamSend Send(Attempt attempt)
    {
        var descriptor = TryConnect(attempt.Upstream);
        if (descriptor < 0)
            return descriptor == NoPort ? UpstreamSend.NoPort : UpstreamSend.NoWay;

        attempt.Descriptor = descriptor;
        if (ConnectedDatagrams.TrySend(descriptor, attempt.Message)
            && _epoll.TryAdd(descriptor, (ulong)attempt.Use << 32 | (uint)attempt.Number))
        {
            return UpstreamSend.Sent;
        }

        CloseSocket(attempt);
        return UpstreamSend.NoWay;
    }

    /// <summary>Sends a message whose reply nobody waits for.</summary>
    public void SendAlone(Upstream upstream, ReadOnlySpan<byte> message)
    {
        var descriptor = TryConnect(upstream);
        if (descriptor < 0)
            return;

        ConnectedDatagrams.TrySend(descriptor, message);
        ConnectedDatagrams.Close(descriptor);
    }

    /// <summary>Sends its message once more through the socket that it has; whether that leaves shows by the reply.</summary>
    public static void Repeat(Attempt attempt) => ConnectedDatagrams.TrySend(attempt.Descriptor, attempt.Message);

    /// <summary>Takes one message; -1 and an errno when there is none.</summary>
    public static int Receive(Attempt attempt, Span<byte> buffer) =>
        ConnectedDatagrams.Receive(attempt.Descriptor, buffer);

    /// <summary>Closes its socket, if it has one.</summary>
    public static void CloseSocket(Attempt attempt)
    {
        if (attempt.Descriptor == Attempt.NoDescriptor)
            return;

        ConnectedDatagrams.Close(attempt.Descriptor);
        attempt.Descriptor = Attempt.NoDescriptor;
    }

    public void Dispose() => _epoll.Dispose();

    // A new socket on another port, or why there is none.
    private int TryConnect(Upstream upstream)
    {
        var descriptor = ConnectedDatagrams.Open(upstream.Remote.Family, upstream.Device);
        if (descriptor < 0)
            return NoWay;

        var bound = Bind(descriptor, upstream.Local);
        if (bound == UpstreamSend.Sent && ConnectedDatagrams.TryConnect(descriptor, upstream.Remote))
            return descriptor;

        ConnectedDatagrams.Close(descriptor);
        return bound == UpstreamSend.NoPort ? NoPort : NoWay;
    }

    private UpstreamSend Bind(int descriptor, in SocketName local)
    {
        var ports = options.Value.SourcePorts;
        var first = _random.NextBelow(ports.Count);
        for (var look = 0; look < PortDrawsMost + Math.Min(ports.Count, PortsInOrderMost); look++)
        {
            var port = look < PortDrawsMost ? _random.NextBelow(ports.Count) : (first + look) % ports.Count;
            if (ConnectedDatagrams.TryBind(descriptor, local, (ushort)(ports.First + port)))
                return UpstreamSend.Sent;

            // Taken, or a privileged one in a range that reaches down there: another. Else no port would do.
            if (Marshal.GetLastPInvokeError() is not (Errno.AddressInUse or Errno.AccessDenied))
                return UpstreamSend.NoWay;
        }

        return UpstreamSend.NoPort;
    }
}

/// <summary>What became of a query that was to leave over UDP.</summary>
internal enum UpstreamSend
{
    /// <summary>It left.</summary>
    Sent,

    /// <summary>There is no way there, or no socket left.</summary>
    NoWay,

    /// <summary>Of the ports that it may leave from all are in use.</summary>
    NoPort,
}
