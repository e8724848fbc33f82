namespace XenNet.Wire.Dhcp;

/// <summary>The fixed part of a message, field by field as RFC 2131 figure 1 has them.</summary>
/// <param name="Operation">op: 1 from clients, 2 from servers.</param>
/// <param name="HardwareType">htype: 1 is Ethernet.</param>
/// <param name="HardwareLength">hlen: octets of the hardware address that count.</param>
/// <param name="Hops">hops: relay agents passed.</param>
/// <param name="TransactionId">xid: chosen by the client, repeated by the server.</param>
/// <param name="Seconds">secs: since the client began.</param>
/// <param name="Flags">flags: the highest bit asks for broadcast, the others must be zero.</param>
/// <param name="ClientAddress">ciaddr: the address that the client has and answers ARP for.</param>
/// <param name="YourAddress">yiaddr: the address that the client is given.</param>
/// <param name="NextServer">siaddr: the next server to boot from.</param>
/// <param name="RelayAddress">giaddr: the relay agent that passed the message on.</param>
/// <param name="HardwareAddress">chaddr: its first six octets.</param>
public readonly record struct DhcpHeader(
    byte Operation,
    byte HardwareType,
    byte HardwareLength,
    byte Hops,
    uint TransactionId,
    ushort Seconds,
    ushort Flags,
    Ipv4Address ClientAddress,
    Ipv4Address YourAddress,
    Ipv4Address NextServer,
    Ipv4Address RelayAddress,
    MacAddress HardwareAddress)
{
    /// <summary>Octets of the fixed part, sname and file included, the magic cookie not.</summary>
    public const int Size = ServerNameOffset + ServerNameSize + FileSize;

    /// <summary>op of a client's message.</summary>
    public const byte BootRequest = 1;

    /// <summary>op of a server's message.</summary>
    public const byte BootReply = 2;

    /// <summary>htype of Ethernet.</summary>
    public const byte Ethernet = 1;

    /// <summary>The flag by which a client asks for a broadcast answer.</summary>
    public const ushort BroadcastFlag = 0x8000;

    /// <summary>What stands before the options: 99, 130, 83, 99.</summary>
    public const uint MagicCookie = 0x63825363;

    /// <summary>Where sname begins.</summary>
    public const int ServerNameOffset = 28 + HardwareAddressSize;

    /// <summary>Octets of sname.</summary>
    public const int ServerNameSize = 64;

    /// <summary>Where file begins.</summary>
    public const int FileOffset = ServerNameOffset + ServerNameSize;

    /// <summary>Octets of file.</summary>
    public const int FileSize = 128;

    private const int HardwareAddressSize = 16;

    /// <summary>True when the client asks for a broadcast answer.</summary>
    public bool WantsBroadcast => (Flags & BroadcastFlag) != 0;

    /// <summary>Reads the fixed part; the reader has failed when it was cut.</summary>
    public static DhcpHeader Read(ref WireReader reader)
    {
        var header = new DhcpHeader(
            Operation: reader.ReadByte(),
            HardwareType: reader.ReadByte(),
            HardwareLength: reader.ReadByte(),
            Hops: reader.ReadByte(),
            TransactionId: reader.ReadUInt32(),
            Seconds: reader.ReadUInt16(),
            Flags: reader.ReadUInt16(),
            ClientAddress: new Ipv4Address(reader.ReadUInt32()),
            YourAddress: new Ipv4Address(reader.ReadUInt32()),
            NextServer: new Ipv4Address(reader.ReadUInt32()),
            RelayAddress: new Ipv4Address(reader.ReadUInt32()),
            HardwareAddress: MacAddress.FromUInt64((ulong)reader.ReadUInt32() << 16 | reader.ReadUInt16()));
        reader.Skip(HardwareAddressSize - MacAddress.Size);
        reader.Skip(ServerNameSize);
        reader.Skip(FileSize);
        return header;
    }

    /// <summary>Writes the fixed part with empty sname and file.</summary>
    public void Write(ref WireWriter writer)
    {
        writer.WriteByte(Operation);
        writer.WriteByte(HardwareType);
        writer.WriteByte(HardwareLength);
        writer.WriteByte(Hops);
        writer.WriteUInt32(TransactionId);
        writer.WriteUInt16(Seconds);
        writer.WriteUInt16(Flags);
        writer.WriteUInt32(ClientAddress.Value);
        writer.WriteUInt32(YourAddress.Value);
        writer.WriteUInt32(NextServer.Value);
        writer.WriteUInt32(RelayAddress.Value);
        writer.WriteUInt16((ushort)(HardwareAddress.ToUInt64() >> 32));
        writer.WriteUInt32((uint)HardwareAddress.ToUInt64());
        writer.WriteZeros(HardwareAddressSize - MacAddress.Size + ServerNameSize + FileSize);
    }
}
