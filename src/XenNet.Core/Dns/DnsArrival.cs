using XenNet.Wire;

namespace XenNet.Core.Dns;

/// <summary>What carried a query; it bounds the answer.</summary>
public enum DnsTransport
{
    /// <summary>A datagram: the client's EDNS payload size holds, and TC tells it to come by TCP.</summary>
    Udp,

    /// <summary>A stream: up to 65,535 octets, the two of length before them not counted.</summary>
    Tcp,
}

/// <summary>How a query came in. Whether it may come from there at all was judged before.</summary>
/// <param name="Transport">UDP or TCP.</param>
/// <param name="Local">The address that was asked: <c>ns</c> and <c>dom0</c> of the zone to this client.</param>
/// <param name="Remote">Who asks.</param>
/// <param name="FromLoopback">True when it came on <c>lo</c>: Dom0 itself asks.</param>
public readonly record struct DnsArrival(
    DnsTransport Transport, Ipv4Address Local, Ipv4Address Remote, bool FromLoopback)
{
    /// <summary>True for a secondary where nobody else is served: it is told what our zones hold and no more.</summary>
    public bool IsSecondary { get; init; }
}
