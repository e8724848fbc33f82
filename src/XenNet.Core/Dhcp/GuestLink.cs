using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Dhcp;

/// <summary>
/// A vif as its guest is told of it. On a bridge each has the mask of the bridge's prefix, with Dom0 and the other guests
/// inside. Of routed ones interface 1 gets a /24 with its Dom0 end inside, which the oldest boot
/// loaders manage. Each further one gets a /32 and routes: with a /24 on both links the second would be dead, for the
/// guest would take the Dom0 ends of the second for neighbours on the first.
/// </summary>
/// <param name="Guest">The guest's end.</param>
/// <param name="Dom0">Dom0's end: router, name server and, unless a relay agent says otherwise, DHCP server in one.</param>
/// <param name="Mask">Of a bridge's prefix; routed, a /24 for interface 1 and a /32 for the others.</param>
/// <param name="Mtu">The vif's, as option 26 tells it: 68 octets or more (RFC 2132 section 5.1); null is not told.</param>
internal readonly record struct GuestLink(Ipv4Address Guest, Ipv4Address Dom0, Ipv4Address Mask, ushort? Mtu)
{
    /// <summary>Octets of the way to the Dom0 end, as option 121 has it.</summary>
    public const int OnLinkRouteLength = 1 + 4 + 4;

    private const int MtuLeast = 68;

    private readonly Ipv4Address _server;

    private static readonly Ipv4Address FirstMask = new(0xffffff00);

    /// <summary>The link that is bound.</summary>
    public static GuestLink Of(GuestNetworks networks, Binding binding)
    {
        var (number, y) = (binding.Number, binding.Interface);
        var network = networks.Of(binding.Bridge, number);
        return new GuestLink(
            network.GuestAddress(number, y), network.Dom0AddressFor(number, y),
            network.Bridge is not null ? network.Scheme.Prefix.Mask
                : y == InterfaceNumber.First ? FirstMask : Ipv4Address.Broadcast,
            binding.Mtu is >= MtuLeast and <= ushort.MaxValue ? (ushort)binding.Mtu : null);
    }

    /// <summary>Whom the client takes for its server (option 54).</summary>
    public Ipv4Address Server
    {
        get => _server.IsNone ? Dom0 : _server;
        init => _server = value;
    }

    /// <summary>Seconds of the lease when this guest has its own; null for those of everybody.</summary>
    public uint? LeaseSeconds { get; init; }

    /// <summary>True when Dom0 is no neighbour by the mask, and must be reached by a route of its own.</summary>
    public bool NeedsRoutes => Mask == Ipv4Address.Broadcast;

    /// <summary>
    /// The subnet's broadcast address; none for a /32, where it would be the guest's own address, and Linux, told so,
    /// would route its own address as a broadcast.
    /// </summary>
    public Ipv4Address SubnetBroadcast =>
        NeedsRoutes ? Ipv4Address.None : new Ipv4Address(Guest.Value | ~Mask.Value);

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
