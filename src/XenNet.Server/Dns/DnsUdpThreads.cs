using System.Collections.Immutable;
using System.Net.Sockets;
using XenNet.Core.Dns;
using XenNet.Server.Dns.Forwarding;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// The UDP threads: several on all addresses, and one for each listed address with a port of its own, which may come and go.
/// </summary>
internal sealed class DnsUdpThreads(
    DnsAdmission admission, ClientRates rates, DnsResponder responder, UdpForwards forwards, MistakeLog mistakes,
    DnsLatency latency)
{
    private readonly Stack<DnsCounters> _unused = new();
    private ImmutableArray<(Ipv4Endpoint Endpoint, DnsUdpThread Thread)> _threads = [];
    private ImmutableArray<DnsCounters> _counters = [];

    /// <summary>How many there are.</summary>
    public int Count => _threads.Length;

    /// <summary>What all have counted, those that have ended among them.</summary>
    public ImmutableArray<DnsCounters> Counters => _counters;

    /// <summary>All that there are.</summary>
    public IEnumerable<DnsUdpThread> All => _threads.Select(entry => entry.Thread);

    /// <summary>Opens a socket and makes its thread, which is not started yet and not one of these.</summary>
    /// <param name="endpoint">Address and port; 0.0.0.0 for all addresses.</param>
    /// <param name="shared">True for one of several on the same port.</param>
    /// <exception cref="PortTakenException">Another program has the port.</exception>
    /// <exception cref="SocketException">The right to the port is missing, or the address is not ours.</exception>
    public (Ipv4Endpoint Endpoint, DnsUdpThread Thread) Open(Ipv4Endpoint endpoint, bool shared)
    {
        try
        {
            var socket = DatagramBatchSocket.Open(endpoint.Address, endpoint.Port, shared);
            return (endpoint, new DnsUdpThread(
                socket, admission, rates, responder, forwards, mistakes, latency,
                _unused.TryPop(out var counters) ? counters : null));
        }
        catch (SocketException e)
        {
            throw PortTakenException.Of("UDP", endpoint, e);
        }
    }

    /// <summary>Takes one in that was opened.</summary>
    public void Add((Ipv4Endpoint Endpoint, DnsUdpThread Thread) opened)
    {
        _threads = _threads.Add(opened);
        if (!_counters.Contains(opened.Thread.Counters))
            _counters = _counters.Add(opened.Thread.Counters);
    }

    /// <summary>Ends the one of a listed address; nothing happens when there is none.</summary>
    public void Remove(Ipv4Endpoint endpoint)
    {
        foreach (var entry in _threads.Where(entry => entry.Endpoint == endpoint))
        {
            entry.Thread.Stop();
            Abandon(entry);
            _threads = _threads.Remove(entry);
        }
    }

    /// <summary>Closes one that does not run; what it has counted another counts on.</summary>
    public void Abandon((Ipv4Endpoint Endpoint, DnsUdpThread Thread) opened)
    {
        opened.Thread.Dispose();
        _unused.Push(opened.Thread.Counters);
    }
}
