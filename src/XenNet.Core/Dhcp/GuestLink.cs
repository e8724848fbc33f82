using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Dhcp;

/// <summary>
/// A routed vif as its guest is told of it. Interface 1 gets a /24 with its Dom0 end inside, which the oldest boot
/// loaders manage. Each further one gets a /32 and routes: with a /24 on both links the second would be dead, for the
/// guest would take the Dom0 ends of the second for neighbours on the first.
/// </summary>
/// <param name="Guest">The guest's end.</param>
/// <param name="Dom0">Dom0's end: router, name server and DHCP server in one.</param>
/// <param name="IsFirst">Interface 1.</param>
/// <param name="Mtu">The vif's, as option 26 tells it: 68 octets or more (RFC 2132 section 5.1); null is not told.</param>
internal readonly record struct GuestLink(Ipv4Address Guest, Ipv4Address Dom0, bool IsFirst, ushort? Mtu)
{
    /// <summary>Octets of the way to the Dom0 end, as option 121 has it.</summary>
    public const int OnLinkRouteLength = 1 + 4 + 4;

    private const int MtuLeast = 68;

    private static readonly Ipv4Address FirstMask = new(0xffffff00);

    /// <summary>The link that is bound.</summary>
    public static GuestLink Of(AddressScheme scheme, Binding binding) => new(
        scheme.GuestAddress(binding.Number, binding.Interface), scheme.Dom0Address(binding.Number, binding.Interface),
        binding.Interface == InterfaceNumber.First,
        binding.Mtu is >= MtuLeast and <= ushort.MaxValue ? (ushort)binding.Mtu : null);

    /// <summary>/24 or /32.</summary>
    public Ipv4Address Mask => IsFirst ? FirstMask : Ipv4Address.Broadcast;

    /// <summary>True when Dom0 is no neighbour by the mask, and must be reached by a route of its own.</summary>
    public bool NeedsRoutes => !IsFirst;

    /// <summary>
    /// The subnet's broadcast address; none for a /32, where it would be the guest's own address, and Linux, told so,
    /// would route its own address as a broadcast.
    /// </summary>
    public Ipv4Address SubnetBroadcast =>
        IsFirst ? new Ipv4Address(Guest.Value | ~FirstMask.Value) : Ipv4Address.None;

    /// <summary>RFC 3442: the Dom0 end on the link itself (via 0.0.0.0).</summary>
    /// <param name="route">Takes <see cref="OnLinkRouteLength"/> octets, which are returned.</param>
    public int WriteOnLinkRoute(Span<byte> route)
    {
        var writer = new WireWriter(route);
        writer.WriteByte(32);
        writer.WriteUInt32(Dom0.Value);
        writer.WriteUInt32(Ipv4Address.None.Value);
        return writer.Length;
    }

    /// <summary>RFC 3442: everything through the Dom0 end.</summary>
    /// <param name="route">Takes 5 octets, which are returned.</param>
    public int WriteDefaultRoute(Span<byte> route)
    {
        var writer = new WireWriter(route);
        writer.WriteByte(0);
        writer.WriteUInt32(Dom0.Value);
        return writer.Length;
    }
}
