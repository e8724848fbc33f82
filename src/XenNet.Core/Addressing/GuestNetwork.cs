using XenNet.Wire;

namespace XenNet.Core.Addressing;

/// <summary>Where vifs are bound: each on a link of its own (routed), or together on one bridge.</summary>
/// <param name="Bridge">The bridge's interface; null for the routed network.</param>
/// <param name="Scheme">Its addresses.</param>
/// <param name="Dom0Address">
/// Dom0 on the bridge: router, name server and DHCP server of its guests; None for the routed network, where each vif
/// has a Dom0 end of its own.
/// </param>
/// <param name="Zone">The zone in which machines are named as they stand here; without a dot at the end.</param>
public sealed record GuestNetwork(string? Bridge, AddressScheme Scheme, Ipv4Address Dom0Address, string Zone)
{
    /// <summary>The guest's address here.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit the prefix.</exception>
    public Ipv4Address GuestAddress(MachineNumber number, InterfaceNumber y) => Scheme.GuestAddress(number, y);

    /// <summary>What Dom0 has towards that guest: on a bridge the same for all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit the prefix.</exception>
    public Ipv4Address Dom0AddressFor(MachineNumber number, InterfaceNumber y) =>
        Bridge is null ? Scheme.Dom0Address(number, y) : Dom0Address;
}
