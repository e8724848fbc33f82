namespace XenNet.Wire.Frames;

/// <summary>An IPv4 datagram that carries UDP (RFC 791, RFC 768), as a packet socket sends and receives it.</summary>
public static class UdpDatagram
{
    /// <summary>Octets before the payload in a datagram that we write: IPv4 without options, then UDP.</summary>
    public const int HeadersSize = IpHeaderSize + UdpHeaderSize;

    /// <summary>Octets of payload at the most.</summary>
    public const int PayloadMost = ushort.MaxValue - HeadersSize;

    private const int IpHeaderSize = 20;
    private const int UdpHeaderSize = 8;
    private const byte Udp = 17;
    private const byte TimeToLive = 64;
    private const byte VersionAndLength = 4 << 4 | IpHeaderSize / 4;
    private const ushort DoNotFragment = 0x4000;
    private const ushort MoreFragmentsOrOffset = 0x3fff;
    private const int IpChecksumOffset = 10;
    private const int UdpChecksumOffset = IpHeaderSize + 6;

    /// <summary>Writes both headers before a payload that already stands at <see cref="HeadersSize"/>.</summary>
    /// <param name="datagram">Headers and payload, exactly.</param>
    /// <param name="source">From where.</param>
    /// <param name="destination">To where.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The datagram is shorter than its headers or longer than IPv4 allows.
    /// </exception>
    public static void WriteHeaders(Span<byte> datagram, Ipv4Endpoint source, Ipv4Endpoint destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(datagram.Length, HeadersSize, nameof(datagram));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(datagram.Length, ushort.MaxValue, nameof(datagram));
        var writer = new WireWriter(datagram);
        writer.WriteByte(VersionAndLength);
        writer.WriteByte(0);
        writer.WriteUInt16((ushort)datagram.Length);
        // An identification is for fragments only (RFC 6864), and these are never fragmented.
        writer.WriteUInt16(0);
        writer.WriteUInt16(DoNotFragment);
        writer.WriteByte(TimeToLive);
        writer.WriteByte(Udp);
        writer.WriteUInt16(0);
        writer.WriteUInt32(source.Address.Value);
        writer.WriteUInt32(destination.Address.Value);
        writer.PatchUInt16(IpChecksumOffset, InternetChecksum.Finish(InternetChecksum.Add(0, writer.Written)));

        writer.WriteUInt16(source.Port);
        writer.WriteUInt16(destination.Port);
        writer.WriteUInt16((ushort)(datagram.Length - IpHeaderSize));
        writer.WriteUInt16(0);
        var checksum = UdpChecksum(source.Address, destination.Address, datagram[IpHeaderSize..]);
        // A sum of zero is sent as all ones, for zero says that there is none.
        writer.PatchUInt16(UdpChecksumOffset, checksum == 0 ? ushort.MaxValue : checksum);
    }

    /// <summary>Reads a datagram; what stands behind its total length is Ethernet's padding.</summary>
    /// <param name="packet">The packet from its IPv4 header on.</param>
    /// <param name="source">From where.</param>
    /// <param name="destination">To where.</param>
    /// <param name="payload">A view of UDP's payload.</param>
    public static FrameRefusal Parse(
        ReadOnlySpan<byte> packet,
        out Ipv4Endpoint source,
        out Ipv4Endpoint destination,
        out ReadOnlySpan<byte> payload)
    {
        (source, destination) = (default, default);
        payload = default;
        var refusal = ParseIp(packet, out var from, out var to, out var segment);
        if (refusal != FrameRefusal.None)
        {
            return refusal;
        }

        var reader = new WireReader(segment);
        var sourcePort = reader.ReadUInt16();
        var destinationPort = reader.ReadUInt16();
        var length = reader.ReadUInt16();
        var checksum = reader.ReadUInt16();
        if (reader.Failed || length < UdpHeaderSize || length > segment.Length)
        {
            return FrameRefusal.UdpLengthBad;
        }

        if (checksum != 0 && UdpChecksum(from, to, segment[..length]) != 0)
        {
            return FrameRefusal.UdpChecksumBad;
        }

        source = new Ipv4Endpoint(from, sourcePort);
        destination = new Ipv4Endpoint(to, destinationPort);
        payload = segment[UdpHeaderSize..length];
        return FrameRefusal.None;
    }

    private static FrameRefusal ParseIp(
        ReadOnlySpan<byte> packet,
        out Ipv4Address source,
        out Ipv4Address destination,
        out ReadOnlySpan<byte> segment)
    {
        segment = default;
        var reader = new WireReader(packet);
        var versionAndLength = reader.ReadByte();
        reader.Skip(1);
        var totalLength = reader.ReadUInt16();
        reader.Skip(2);
        var fragment = reader.ReadUInt16();
        reader.Skip(1);
        var protocol = reader.ReadByte();
        reader.Skip(2);
        source = new Ipv4Address(reader.ReadUInt32());
        destination = new Ipv4Address(reader.ReadUInt32());
        var headerLength = (versionAndLength & 15) * 4;
        if (reader.Failed || headerLength > packet.Length)
        {
            return FrameRefusal.HeaderCut;
        }

        if (versionAndLength >> 4 != 4)
        {
            return FrameRefusal.NotIpv4;
        }

        if (headerLength < IpHeaderSize)
        {
            return FrameRefusal.HeaderLengthBad;
        }

        if (totalLength < headerLength || totalLength > packet.Length)
        {
            return FrameRefusal.TotalLengthBad;
        }

        if (InternetChecksum.Finish(InternetChecksum.Add(0, packet[..headerLength])) != 0)
        {
            return FrameRefusal.HeaderChecksumBad;
        }

        if ((fragment & MoreFragmentsOrOffset) != 0)
        {
            return FrameRefusal.Fragment;
        }

        segment = packet[headerLength..totalLength];
        return protocol == Udp ? FrameRefusal.None : FrameRefusal.NotUdp;
    }

    // Over the pseudo header, the UDP header and the payload; zero for a segment that holds its own right checksum.
    private static ushort UdpChecksum(Ipv4Address source, Ipv4Address destination, ReadOnlySpan<byte> segment)
    {
        var sum = (source.Value >> 16) + (source.Value & 0xffff)
            + (destination.Value >> 16) + (destination.Value & 0xffff) + Udp + (uint)segment.Length;
        return InternetChecksum.Finish(InternetChecksum.Add(sum, segment));
    }
}
