using System.Globalization;

namespace XenNet.Wire;

/// <summary>An IPv4 network: an address whose host bits are zero, and a length of 0 to 32 bits.</summary>
public readonly record struct Ipv4Prefix
{
    private Ipv4Prefix(Ipv4Address network, int length) => (Network, Length) = (network, length);

    /// <summary>The first address.</summary>
    public Ipv4Address Network { get; }

    /// <summary>Bits that are fixed: 0 to 32.</summary>
    public int Length { get; }

    /// <summary>The netmask: 24 gives 255.255.255.0.</summary>
    public Ipv4Address Mask => new(MaskOf(Length));

    /// <summary>The last address.</summary>
    public Ipv4Address Last => new(Network.Value | ~MaskOf(Length));

    /// <summary>The network of that length in which the address lies; host bits are cleared.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is outside 0..32.</exception>
    public static Ipv4Prefix Containing(Ipv4Address address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 32);
        return new Ipv4Prefix(new Ipv4Address(address.Value & MaskOf(length)), length);
    }

    /// <summary>True when the address lies inside.</summary>
    public bool Contains(Ipv4Address address) => (address.Value & MaskOf(Length)) == Network.Value;

    /// <summary>True when the two have an address in common.</summary>
    public bool Overlaps(Ipv4Prefix other) =>
        other.Length >= Length ? Contains(other.Network) : other.Contains(Network);

    /// <summary>Parses <c>10.0.0.0/8</c>; set host bits are an error, as they are most often a typing slip.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv4Prefix prefix)
    {
        prefix = default;
        var slash = text.IndexOf('/');
        if (slash < 0 || !Ipv4Address.TryParse(text[..slash], out var address)
            || !int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > 32 || (address.Value & ~MaskOf(length)) != 0)
        {
            return false;
        }

        prefix = new Ipv4Prefix(address, length);
        return true;
    }

    /// <summary><c>network/length</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Network}/{Length}");

    private static uint MaskOf(int length) => length == 0 ? 0 : uint.MaxValue << (32 - length);
}
