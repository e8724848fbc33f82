using System.Buffers.Binary;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>A client's message put together field by field; what is not said is as a plain client sends it.</summary>
internal sealed class RequestPacket
{
    private readonly List<byte> _options = [];

    public RequestPacket(DhcpMessageType type)
    {
        if (type != DhcpMessageType.None)
        {
            With(DhcpOptionCode.MessageType, (byte)type);
        }
    }

    public byte Operation { get; init; } = DhcpHeader.BootRequest;

    public uint TransactionId { get; init; } = 0x3903f326;

    public ushort Seconds { get; init; }

    public ushort Flags { get; init; }

    public string ClientAddress { get; init; } = "0.0.0.0";

    public string RelayAddress { get; init; } = "0.0.0.0";

    public string Mac { get; init; } = DhcpScene.FirstMac;

    public byte[] File { get; init; } = [];

    public byte[] ServerName { get; init; } = [];

    public RequestPacket With(DhcpOptionCode code, params byte[] value)
    {
        _options.AddRange([(byte)code, (byte)value.Length, .. value]);
        return this;
    }

    public RequestPacket With(DhcpOptionCode code, string address) => With(code, DhcpScene.Octets(address));

    public RequestPacket Asking(params DhcpOptionCode[] codes) =>
        With(DhcpOptionCode.ParameterRequestList, [.. codes.Select(code => (byte)code)]);

    public byte[] ToArray()
    {
        var packet = new byte[DhcpHeader.Size + 4];
        packet[0] = Operation;
        packet[1] = DhcpHeader.Ethernet;
        packet[2] = MacAddress.Size;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), TransactionId);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(8), Seconds);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Flags);
        DhcpScene.Octets(ClientAddress).CopyTo(packet, 12);
        DhcpScene.Octets(RelayAddress).CopyTo(packet, 24);
        DhcpScene.MacOf(Mac).Write(packet.AsSpan(28));
        ServerName.CopyTo(packet, 44);
        File.CopyTo(packet, 108);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(DhcpHeader.Size), DhcpHeader.MagicCookie);
        return [.. packet, .. _options, (byte)DhcpOptionCode.End];
    }
}
