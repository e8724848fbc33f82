using System.Globalization;
using System.Net.Sockets;
using XenNet.Server.Dns;

namespace XenNet.Server.Dhcp;

/// <summary>DHCP cannot start: its port is taken, or this process may not open what it needs.</summary>
public sealed class DhcpUnavailableException : Exception
{
    private DhcpUnavailableException(string message, bool portTaken, SocketException inner)
        : base(message, inner) => PortTaken = portTaken;

    /// <summary>True when another program has the port.</summary>
    public bool PortTaken { get; }

    /// <summary>Another program has the port.</summary>
    internal static DhcpUnavailableException Taken(int port, string? holder, SocketException inner) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"DHCP cannot use udp port {port}: {holder ?? PortHolder.Unseen} has it; stop that program, ")
        + "or set dhcp.enabled to false.",
        portTaken: true,
        inner);

    /// <summary>The kernel does not let us.</summary>
    /// <param name="what">What was to be opened.</param>
    /// <param name="inner">What the kernel said.</param>
    internal static DhcpUnavailableException Refused(string what, SocketException inner) => new(
        $"DHCP cannot open {what}: {inner.Message}; it needs to be root, or CAP_NET_BIND_SERVICE and CAP_NET_RAW.",
        portTaken: false,
        inner);
}
