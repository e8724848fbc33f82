using XenNet.Core.Dhcp;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>A DISCOVER that is answered when its address has been probed.</summary>
/// <param name="Packet">A copy of the message.</param>
/// <param name="Arrival">How it came.</param>
/// <param name="Client">Its hardware address.</param>
/// <param name="Address">What is probed.</param>
/// <param name="Round">1 for the first address of this message.</param>
internal sealed record AddressProbe(byte[] Packet, DhcpArrival Arrival, MacAddress Client, Ipv4Address Address, int Round)
{
    /// <summary>Addresses that are probed for one message at the most: after that the client may ask again.</summary>
    public const int RoundsMost = 4;

    /// <summary>How long somebody has to answer; a machine on the same bridge needs a thousandth of it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
}
