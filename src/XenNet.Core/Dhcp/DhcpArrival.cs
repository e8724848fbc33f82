using XenNet.Wire;

namespace XenNet.Core.Dhcp;

/// <summary>How a message came.</summary>
/// <param name="InterfaceIndex">The kernel's index of the link.</param>
/// <param name="Source">The IP source; 0.0.0.0 from a client without an address.</param>
/// <param name="Destination">The IP destination; 255.255.255.255 unless the client knows its server.</param>
public readonly record struct DhcpArrival(int InterfaceIndex, Ipv4Address Source, Ipv4Address Destination);
