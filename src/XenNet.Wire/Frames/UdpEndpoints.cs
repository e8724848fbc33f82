namespace XenNet.Wire.Frames;

/// <summary>Where a UDP datagram comes from and goes to.</summary>
/// <param name="Source">The sender's address.</param>
/// <param name="SourcePort">The sender's port.</param>
/// <param name="Destination">The receiver's address.</param>
/// <param name="DestinationPort">The receiver's port.</param>
public readonly record struct UdpEndpoints(
    Ipv4Address Source, ushort SourcePort, Ipv4Address Destination, ushort DestinationPort);
