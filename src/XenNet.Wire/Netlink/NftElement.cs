using System.Text;

namespace XenNet.Wire.Netlink;

/// <summary>
/// A key: an interface's name, an IPv4 address and an Ethernet address, in this order, each there or not.
/// </summary>
/// <param name="InterfaceName">At most <see cref="LinkMessage.NameOctetsMost"/> octets; empty for an address alone.</param>
/// <param name="Source">Null in sets without an IPv4 address.</param>
/// <param name="Station">Null in sets without an Ethernet address.</param>
public readonly record struct NftElement(string InterfaceName, Ipv4Address? Source = null, MacAddress? Station = null)
{
    /// <summary>Octets of the longest key.</summary>
    internal const int OctetsMost = NftElements.NameOctets + Ipv4Address.Size + StationOctets;

    // Six, padded to four.
    private const int StationOctets = 8;

    /// <summary>Writes the key and says its octets.</summary>
    internal int Write(Span<byte> key)
    {
        key.Clear();
        var length = 0;
        if (InterfaceName.Length > 0)
        {
            Encoding.UTF8.TryGetBytes(InterfaceName, key[..LinkMessage.NameOctetsMost], out _);
            length = NftElements.NameOctets;
        }

        if (Source is { } source)
        {
            source.Write(key[length..]);
            length += Ipv4Address.Size;
        }

        if (Station is { } station)
        {
            station.Write(key[length..]);
            length += StationOctets;
        }

        return length;
    }

    /// <summary>Reads a key; its parts are known by its length.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> key, out NftElement element)
    {
        var hasName = key.Length >= NftElements.NameOctets;
        var rest = hasName ? key[NftElements.NameOctets..] : key;
        var hasSource = rest.Length is Ipv4Address.Size or Ipv4Address.Size + StationOctets;
        var hasStation = rest.Length is StationOctets or Ipv4Address.Size + StationOctets;
        var name = hasName ? key[..NftElements.NameOctets] : [];
        var end = name.IndexOf((byte)0);
        element = new NftElement(Encoding.UTF8.GetString(end < 0 ? name : name[..end]),
            hasSource ? Ipv4Address.Read(rest) : null,
            hasStation ? MacAddress.Read(rest[^StationOctets..]) : null);
        return hasName ? end >= 0 && (rest.IsEmpty || hasSource || hasStation) : hasSource;
    }
}
