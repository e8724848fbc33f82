using System.Buffers.Binary;

namespace XenNet.Core.Tracing;

/// <summary>
/// Which frames of a guest's link belong to its start: DHCP and PXE, DNS, TFTP and the transfers that follow a request, whose
/// ports both sides choose. For one thread.
/// </summary>
public sealed class TraceFilter
{
    /// <summary>Clients' ports of transfers that are remembered; the oldest gives way.</summary>
    public const int TransfersMost = 64;

    private const int EthernetSize = 14;
    private const ushort Ipv4 = 0x0800;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const int IpHeaderLeast = 20;
    private const ushort FragmentOffset = 0x1fff;
    private const ushort DnsPort = 53;
    private const ushort TftpPort = 69;

    // Of both ends that ask and answer by fixed ports.
    private static readonly ushort[] UdpPorts = [DnsPort, 67, 68, TftpPort, 4011];

    private readonly ushort[] _transfers = new ushort[TransfersMost];
    private int _next;

    /// <summary>True for a frame that is to be kept.</summary>
    /// <param name="frame">From the Ethernet header on.</param>
    public bool Takes(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetSize + IpHeaderLeast || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != Ipv4)
        {
            return false;
        }

        var packet = frame[EthernetSize..];
        var header = (packet[0] & 15) * 4;
        if (header < IpHeaderLeast || packet.Length < header + 2 * sizeof(ushort)
            || (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & FragmentOffset) != 0)
        {
            return false;
        }

        var source = BinaryPrimitives.ReadUInt16BigEndian(packet[header..]);
        var destination = BinaryPrimitives.ReadUInt16BigEndian(packet[(header + sizeof(ushort))..]);
        return packet[9] switch
        {
            Tcp => source == DnsPort || destination == DnsPort,
            Udp => TakesUdp(source, destination),
            _ => false,
        };
    }

    private bool TakesUdp(ushort source, ushort destination)
    {
        if (destination == TftpPort)
        {
            Remember(source);
        }

        return UdpPorts.Contains(source) || UdpPorts.Contains(destination)
            || _transfers.Contains(source) || _transfers.Contains(destination);
    }

    private void Remember(ushort port)
    {
        if (port != 0 && !_transfers.Contains(port))
        {
            _transfers[_next] = port;
            _next = (_next + 1) % TransfersMost;
        }
    }
}
