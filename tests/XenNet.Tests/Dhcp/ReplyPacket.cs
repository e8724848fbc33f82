using System.Buffers.Binary;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>A server's message taken apart by code that is not the server's own.</summary>
internal sealed class ReplyPacket
{
    private readonly byte[] _octets;

    public ReplyPacket(ReadOnlySpan<byte> octets)
    {
        _octets = octets.ToArray();
        Assert.Equal(DhcpHeader.MagicCookie, BinaryPrimitives.ReadUInt32BigEndian(octets[236..]));
        var at = 240;
        while (octets[at] != 255)
        {
            if (octets[at] == 0)
            {
                at++;
                continue;
            }

            Options.Add(((DhcpOptionCode)octets[at], octets.Slice(at + 2, octets[at + 1]).ToArray()));
            at += 2 + octets[at + 1];
        }

        Assert.All(_octets[(at + 1)..], octet => Assert.Equal(0, octet));
    }

    public List<(DhcpOptionCode Code, byte[] Value)> Options { get; } = [];

    public IEnumerable<DhcpOptionCode> Codes => Options.Select(option => option.Code);

    public int Length => _octets.Length;

    public byte Operation => _octets[0];

    public uint TransactionId => BinaryPrimitives.ReadUInt32BigEndian(_octets.AsSpan(4));

    public ushort Seconds => BinaryPrimitives.ReadUInt16BigEndian(_octets.AsSpan(8));

    public ushort Flags => BinaryPrimitives.ReadUInt16BigEndian(_octets.AsSpan(10));

    public string ClientAddress => AddressAt(12);

    public string YourAddress => AddressAt(16);

    public string NextServer => AddressAt(20);

    public string ServerName => TextAt(44, 64);

    public string File => TextAt(108, 128);

    public string RelayAddress => AddressAt(24);

    public string HardwareAddress => MacAddress.Read(_octets.AsSpan(28)).ToString();

    public DhcpMessageType Type => (DhcpMessageType)Assert.Single(this[DhcpOptionCode.MessageType]);

    /// <summary>The value, its pieces joined; the option must be there.</summary>
    public byte[] this[DhcpOptionCode code]
    {
        get
        {
            var pieces = Options.Where(option => option.Code == code).ToList();
            Assert.NotEmpty(pieces);
            return [.. pieces.SelectMany(piece => piece.Value)];
        }
    }

    public string Address(DhcpOptionCode code) => Ipv4Address.Read(this[code]).ToString();

    public uint Number(DhcpOptionCode code) => BinaryPrimitives.ReadUInt32BigEndian(this[code]);

    public string Text(DhcpOptionCode code) => System.Text.Encoding.ASCII.GetString(this[code]);

    private string TextAt(int offset, int size) =>
        System.Text.Encoding.ASCII.GetString(_octets.AsSpan(offset, size)).TrimEnd('\0');

    private string AddressAt(int offset) => Ipv4Address.Read(_octets.AsSpan(offset)).ToString();
}
