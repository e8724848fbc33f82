namespace XenNet.Wire.Frames;

/// <summary>ARP for IPv4 on Ethernet (RFC 826), as a packet socket sends and receives it.</summary>
/// <param name="Sender">The station that speaks.</param>
/// <param name="SenderAddress">What it says that it has; none in a probe.</param>
/// <param name="TargetAddress">What it asks for, or whom it answers.</param>
public readonly record struct ArpPacket(MacAddress Sender, Ipv4Address SenderAddress, Ipv4Address TargetAddress)
{
    /// <summary>Octets; Ethernet's padding may follow.</summary>
    public const int Size = 28;

    private const ushort Ethernet = 1;
    private const ushort Ipv4 = 0x0800;
    private const ushort Request = 1;

    /// <summary>Writes a probe: who has that address? (RFC 5227 section 1.1.)</summary>
    /// <param name="packet">Takes <see cref="Size"/> octets.</param>
    /// <param name="sender">The station that asks.</param>
    /// <param name="address">The address.</param>
    public static void WriteProbe(Span<byte> packet, MacAddress sender, Ipv4Address address)
    {
        packet[..Size].Clear();
        var writer = new WireWriter(packet);
        writer.WriteUInt16(Ethernet);
        writer.WriteUInt16(Ipv4);
        writer.WriteByte(MacAddress.Size);
        writer.WriteByte(Ipv4Address.Size);
        writer.WriteUInt16(Request);
        sender.Write(packet[writer.Length..]);
        address.Write(packet[(Size - Ipv4Address.Size)..]);
    }

    /// <summary>Reads a request or reply; false for anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, out ArpPacket packet)
    {
        packet = default;
        var reader = new WireReader(octets);
        if (reader.ReadUInt16() != Ethernet || reader.ReadUInt16() != Ipv4 || reader.ReadByte() != MacAddress.Size
            || reader.ReadByte() != Ipv4Address.Size || reader.ReadUInt16() is 0 or > 2 || reader.Remaining < Size - reader.Offset)
        {
            return false;
        }

        var sender = MacAddress.Read(reader.ReadBytes(MacAddress.Size));
        var senderAddress = new Ipv4Address(reader.ReadUInt32());
        reader.Skip(MacAddress.Size);
        packet = new ArpPacket(sender, senderAddress, new Ipv4Address(reader.ReadUInt32()));
        return true;
    }
}
