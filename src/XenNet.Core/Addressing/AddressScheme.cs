using XenNet.Wire;

namespace XenNet.Core.Addressing;

/// <summary>Which end of a vif an address belongs to.</summary>
public enum LinkEnd
{
    /// <summary>The guest's interface: 10.x1.x2.y.</summary>
    Guest,

    /// <summary>Dom0's end of the vif: 10.x1.x2.(y|128).</summary>
    Dom0,
}

/// <summary>Why an address is not one of the scheme's.</summary>
public enum AddressRefusal
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>It lies outside the prefix.</summary>
    OutsidePrefix,

    /// <summary>Its lowest seven bits are zero (.0 and .128): no interface has that number.</summary>
    NoInterface,
}

/// <summary>What an address of the scheme stands for.</summary>
/// <param name="Number">The machine.</param>
/// <param name="Interface">Its interface.</param>
/// <param name="End">The side of the vif.</param>
public readonly record struct SchemeAddress(MachineNumber Number, InterfaceNumber Interface, LinkEnd End);

/// <summary>
/// The arithmetic of 10.x1.x2.y, and the only place where it is done: machine number and interface number to
/// addresses and back. One machine owns one /24; its lower half is the guest's ends, its upper half Dom0's.
/// </summary>
public sealed class AddressScheme
{
    /// <summary>The shortest prefix: /8, 65,536 numbers.</summary>
    public const int PrefixLengthLeast = 8;

    /// <summary>The longest prefix: /23, two numbers (Dom0's 0 and one machine).</summary>
    public const int PrefixLengthMost = 23;

    private const int InterfaceBits = 8;
    private const uint Dom0Bit = 128;
    private const uint InterfaceMask = Dom0Bit - 1;

    /// <summary>A scheme over a prefix of /8 to /23.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The prefix is shorter or longer.</exception>
    public AddressScheme(Ipv4Prefix prefix)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prefix.Length, PrefixLengthLeast, nameof(prefix));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefix.Length, PrefixLengthMost, nameof(prefix));
        Prefix = prefix;
        Most = new MachineNumber((ushort)((1u << (24 - prefix.Length)) - 1));
    }

    /// <summary>The network that holds every address of the scheme.</summary>
    public Ipv4Prefix Prefix { get; }

    /// <summary>The highest machine number that fits: 2^(24 − length) − 1.</summary>
    public MachineNumber Most { get; }

    /// <summary>True when the number's /24 lies inside the prefix.</summary>
    public bool Fits(MachineNumber number) => number.Value <= Most.Value;

    /// <summary>The machine's own /24, both ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit the prefix.</exception>
    public Ipv4Prefix Network(MachineNumber number) =>
        Ipv4Prefix.Containing(new Ipv4Address(Base(number)), 32 - InterfaceBits);

    /// <summary>10.x1.x2.y, the guest's address.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit the prefix.</exception>
    public Ipv4Address GuestAddress(MachineNumber number, InterfaceNumber y) => new(Base(number) | y.Value);

    /// <summary>10.x1.x2.(y|128), Dom0's end of the vif.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit the prefix.</exception>
    public Ipv4Address Dom0Address(MachineNumber number, InterfaceNumber y) => new(Base(number) | y.Value | Dom0Bit);

    /// <summary>The inverse of the two: what stands at an address.</summary>
    public AddressRefusal Locate(Ipv4Address address, out SchemeAddress at)
    {
        at = default;
        if (!Prefix.Contains(address))
        {
            return AddressRefusal.OutsidePrefix;
        }

        if (!InterfaceNumber.TryCreate((int)(address.Value & InterfaceMask), out var y))
        {
            return AddressRefusal.NoInterface;
        }

        var number = new MachineNumber((ushort)((address.Value - Prefix.Network.Value) >> InterfaceBits));
        at = new SchemeAddress(number, y, (address.Value & Dom0Bit) == 0 ? LinkEnd.Guest : LinkEnd.Dom0);
        return AddressRefusal.None;
    }

    private uint Base(MachineNumber number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number.Value, Most.Value, nameof(number));
        return Prefix.Network.Value | (uint)number.Value << InterfaceBits;
    }
}
