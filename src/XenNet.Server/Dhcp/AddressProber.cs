using System.Diagnostics;
using System.Net.Sockets;
using XenNet.Wire;
using XenNet.Wire.Frames;

namespace XenNet.Server.Dhcp;

/// <summary>
/// Asks by ARP whether somebody has an address, before it is offered to a client that is new (RFC 2131 section 2.2, RFC 5227).
/// On a thread of its own, which has a socket only while something is probed; so many at once at the most.
/// </summary>
internal sealed class AddressProber : IDisposable
{
    /// <summary>Probes under way at the most: with more, clients ask again.</summary>
    public const int WaitingMost = 256;

    // Between two looks for what is asked meanwhile.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(10);

    private readonly Func<int, MacAddress> _stationOf;
    private readonly Action<AddressProbe, MacAddress> _ended;
    private readonly Lock _asking = new();
    private readonly List<AddressProbe> _asked = [];
    private readonly List<(AddressProbe Probe, long Until)> _waiting = [];
    private readonly SemaphoreSlim _isAsked = new(0);
    private readonly Thread _thread;
    private int _count;
    private volatile bool _stopping;

    /// <param name="stationOf">Our hardware address on a link.</param>
    /// <param name="ended">Told who has the address, none for nobody; on the prober's thread.</param>
    public AddressProber(Func<int, MacAddress> stationOf, Action<AddressProbe, MacAddress> ended)
    {
        (_stationOf, _ended) = (stationOf, ended);
        _thread = new Thread(Run) { Name = "dhcp probes", IsBackground = true };
    }

    /// <summary>Begins, in the caller's network namespace.</summary>
    public void Start() => _thread.Start();

    /// <summary>Probes an address; false when so many are probed that this one is not.</summary>
    public bool TryProbe(AddressProbe probe)
    {
        lock (_asking)
        {
            if (_count == WaitingMost)
            {
                return false;
            }

            _count++;
            _asked.Add(probe);
        }

        _isAsked.Release();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _isAsked.Release();
        if (_thread.ThreadState != System.Threading.ThreadState.Unstarted)
        {
            _thread.Join();
        }

        _isAsked.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _isAsked.Wait();
            if (_stopping)
            {
                return;
            }

            try
            {
                using var socket = FrameSocket.ForArp();
                Probe(socket);
            }
            catch (Exception e) when (e is SocketException or DhcpUnavailableException)
            {
                // The link went: who is on it asks again.
                Forget();
            }
        }
    }

    private void Probe(FrameSocket socket)
    {
        Span<byte> packet = stackalloc byte[ArpPacket.Size];
        do
        {
            Send(socket);
            if (socket.TryReceive(packet, Slice, out var length, out var index)
                && ArpPacket.TryRead(packet[..length], out var heard))
            {
                Hear(heard, index);
            }

            // All wait equally long, so the first is due first; one that is decided anew is behind the others.
            while (_waiting.Count > 0 && Stopwatch.GetTimestamp() >= _waiting[0].Until)
            {
                End(0, MacAddress.None);
            }
        }
        while ((_waiting.Count > 0 || HasAsked()) && !_stopping);
    }

    private bool HasAsked()
    {
        lock (_asking)
        {
            return _asked.Count > 0;
        }
    }

    private void Send(FrameSocket socket)
    {
        AddressProbe[] asked;
        lock (_asking)
        {
            asked = [.. _asked];
            _asked.Clear();
        }

        Span<byte> packet = stackalloc byte[ArpPacket.Size];
        foreach (var probe in asked)
        {
            var at = _waiting.FindIndex(
                other => other.Probe.Client == probe.Client && other.Probe.Arrival.InterfaceIndex == probe.Arrival.InterfaceIndex);
            if (at >= 0)
            {
                // The client asks again: its newer message is the one to answer, at the same time.
                _waiting[at] = (probe with { Address = _waiting[at].Probe.Address }, _waiting[at].Until);
                Count(-1);
                continue;
            }

            ArpPacket.WriteProbe(packet, _stationOf(probe.Arrival.InterfaceIndex), probe.Address);
            socket.Send(packet, probe.Arrival.InterfaceIndex, MacAddress.Broadcast);
            _waiting.Add((probe, Stopwatch.GetTimestamp() + (long)(AddressProbe.Patience.TotalSeconds * Stopwatch.Frequency)));
        }
    }

    // Somebody who says that it has the address, or who is about to take it (RFC 5227 section 2.1.1): but not the client, which
    // may have it still.
    private void Hear(ArpPacket heard, int index)
    {
        for (var at = _waiting.Count - 1; at >= 0; at--)
        {
            var probe = _waiting[at].Probe;
            var claims = heard.SenderAddress == probe.Address
                || heard.SenderAddress.IsNone && heard.TargetAddress == probe.Address;
            if (claims && index == probe.Arrival.InterfaceIndex && heard.Sender != probe.Client && heard.Sender != _stationOf(index))
            {
                End(at, heard.Sender);
            }
        }
    }

    private void End(int at, MacAddress owner)
    {
        var probe = _waiting[at].Probe;
        _waiting.RemoveAt(at);
        Count(-1);
        _ended(probe, owner);
    }

    private void Count(int change)
    {
        lock (_asking)
        {
            _count += change;
        }
    }

    private void Forget()
    {
        lock (_asking)
        {
            _waiting.Clear();
            _asked.Clear();
            _count = 0;
        }
    }
}
