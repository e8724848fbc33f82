using System.Net;
using System.Net.Sockets;
using XenNet.Core.Configuration;

namespace XenNet.Server.Dns;

/// <summary>Whether this host has the addresses that <c>dns.listen</c> names.</summary>
public static class ListenCheck
{
    /// <summary>A sentence for each that it has not, without a full stop.</summary>
    public static IEnumerable<string> Findings(XenNetConfiguration configuration) =>
        configuration.Dns.ListenAddresses.Select(endpoint => endpoint.Address).Distinct()
            .Where(address => !IsHere(address.ToIPAddress()))
            .Select(address => $"dns.listen: this host has no address {address}, so xennet can neither start with it nor reload it");

    private static bool IsHere(IPAddress address)
    {
        using var any = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            any.Bind(new IPEndPoint(address, port: 0));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return false;
        }
    }
}
