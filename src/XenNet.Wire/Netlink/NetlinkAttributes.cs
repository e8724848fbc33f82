using System.Buffers.Binary;
using System.Text;

namespace XenNet.Wire.Netlink;

/// <summary>
/// Walks a list of attributes and reads their values. Sticky: once an attribute does not fit, or is read as a type of
/// another length, the walk has failed, names that attribute, and gives zeros and no further attribute.
/// </summary>
/// <remarks>
/// Layout: length 0..1 with these four octets, type 2..3 (two flag bits, then 14), value, padding to four.
/// </remarks>
public ref struct NetlinkAttributes(ReadOnlySpan<byte> octets)
{
    private const int HeaderOctets = 4;
    private const ushort TypeMask = 0x3fff;

    private ReadOnlySpan<byte> _rest = octets;

    /// <summary>The current attribute's type, without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER.</summary>
    public ushort Type { get; private set; }

    /// <summary>The current attribute's value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>True once something was wrong.</summary>
    public bool Failed { get; private set; }

    /// <summary>The type of the attribute that failed; 0 when its header is cut.</summary>
    public ushort FailedType { get; private set; }

    /// <summary>Goes to the next attribute; false at the end and once failed.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || Failed)
        {
            return false;
        }

        if (_rest.Length < HeaderOctets)
        {
            Type = 0;
            Fail();
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        Type = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) & TypeMask);
        if (length < HeaderOctets || length > _rest.Length)
        {
            Fail();
            return false;
        }

        Value = _rest[HeaderOctets..length];
        _rest = _rest[Math.Min(NetlinkWriter.Aligned(length), _rest.Length)..];
        return true;
    }

    /// <summary>One octet.</summary>
    public byte ReadByte() => Sized(1) ? Value[0] : (byte)0;

    /// <summary>Two octets in the machine's order.</summary>
    public ushort ReadUInt16() => Sized(2) ? BinaryPrimitives.ReadUInt16LittleEndian(Value) : (ushort)0;

    /// <summary>Four octets in the machine's order.</summary>
    public uint ReadUInt32() => Sized(4) ? BinaryPrimitives.ReadUInt32LittleEndian(Value) : 0;

    /// <summary>Four octets in the machine's order, with a sign.</summary>
    public int ReadInt32() => (int)ReadUInt32();

    /// <summary>Four octets in network order, as nfnetlink has them.</summary>
    public uint ReadUInt32BigEndian() => Sized(4) ? BinaryPrimitives.ReadUInt32BigEndian(Value) : 0;

    /// <summary>Eight octets in network order, as nfnetlink has them.</summary>
    public ulong ReadUInt64BigEndian() => Sized(8) ? BinaryPrimitives.ReadUInt64BigEndian(Value) : 0;

    /// <summary>An IPv4 address.</summary>
    public Ipv4Address ReadIpv4() => Sized(Ipv4Address.Size) ? Ipv4Address.Read(Value) : default;

    /// <summary>An Ethernet address.</summary>
    public MacAddress ReadMac() => Sized(MacAddress.Size) ? MacAddress.Read(Value) : default;

    /// <summary>Text up to the first zero octet; it fails without one.</summary>
    public string ReadText()
    {
        var end = Value.IndexOf((byte)0);
        if (Failed || end < 0)
        {
            Fail();
            return "";
        }

        return Encoding.UTF8.GetString(Value[..end]);
    }

    /// <summary>
    /// The attributes inside the current one. Their failure is not this walk's: see <see cref="Take"/>.
    /// </summary>
    public readonly NetlinkAttributes Nested() => new(Value);

    /// <summary>Takes over the failure of a walk inside the current attribute.</summary>
    public void Take(in NetlinkAttributes nested)
    {
        if (nested.Failed && !Failed)
        {
            Fail();
            FailedType = nested.FailedType;
        }
    }

    private bool Sized(int octets)
    {
        if (Failed || Value.Length != octets)
        {
            Fail();
            return false;
        }

        return true;
    }

    private void Fail()
    {
        if (!Failed)
        {
            (Failed, FailedType) = (true, Type);
        }

        _rest = [];
        Value = [];
    }
}
