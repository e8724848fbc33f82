using System.Text;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Server.Explaining;

/// <summary>A message as a client would send it.</summary>
internal static class ClientMessage
{
    /// <summary>Octets of one at the most.</summary>
    public const int Room = 576;

    private const uint TransactionId = 0x78656e31;

    /// <summary>A DISCOVER.</summary>
    public static byte[] Discover(ClientKind kind, MacAddress mac) => Write(kind, mac, DhcpMessageType.Discover, default, default);

    /// <summary>A REQUEST.</summary>
    /// <param name="kind">The client.</param>
    /// <param name="mac">Its hardware address.</param>
    /// <param name="address">The address that it was offered, or had before.</param>
    /// <param name="server">Who offered it; none when it had it before.</param>
    public static byte[] Request(ClientKind kind, MacAddress mac, Ipv4Address address, Ipv4Address server) =>
        Write(kind, mac, DhcpMessageType.Request, address, server);

    private static byte[] Write(ClientKind kind, MacAddress mac, DhcpMessageType type, Ipv4Address address, Ipv4Address server)
    {
        var octets = new byte[Room];
        var writer = new WireWriter(octets);
        new DhcpHeader(
            DhcpHeader.BootRequest, DhcpHeader.Ethernet, MacAddress.Size, Hops: 0, TransactionId, Seconds: 0, Flags: 0,
            Ipv4Address.None, Ipv4Address.None, Ipv4Address.None, Ipv4Address.None, mac).Write(ref writer);
        writer.WriteUInt32(DhcpHeader.MagicCookie);
        Write(ref writer, DhcpOptionCode.MessageType, [(byte)type]);
        WriteAddress(ref writer, DhcpOptionCode.RequestedAddress, address);
        WriteAddress(ref writer, DhcpOptionCode.ServerIdentifier, server);
        Write(ref writer, DhcpOptionCode.ParameterRequestList, kind.Wanted);
        Write(ref writer, DhcpOptionCode.MaximumMessageSize, [0x05, 0xdc]);
        if (kind.VendorClass != "")
            Write(ref writer, DhcpOptionCode.VendorClass, Encoding.ASCII.GetBytes(kind.VendorClass));

        if (kind.Architecture is { } architecture)
            Write(ref writer, DhcpOptionCode.ClientArchitecture, [(byte)(architecture >> 8), (byte)architecture]);

        if (kind.UserClass != "")
            Write(ref writer, DhcpOptionCode.UserClass, Encoding.ASCII.GetBytes(kind.UserClass));

        writer.WriteByte((byte)DhcpOptionCode.End);
        return octets[..writer.Length];
    }

    private static void WriteAddress(ref WireWriter writer, DhcpOptionCode code, Ipv4Address address)
    {
        if (address.IsNone)
            return;

        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        address.Write(octets);
        Write(ref writer, code, octets);
    }

    private static void Write(ref WireWriter writer, DhcpOptionCode code, scoped ReadOnlySpan<byte> value)
    {
        writer.WriteByte((byte)code);
        writer.WriteByte((byte)value.Length);
        writer.WriteBytes(value);
    }
}
