using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Registry;

/// <summary>MAC → (machine, interface) on one vif, while that vif is up.</summary>
/// <param name="Number">The machine.</param>
/// <param name="Interface">Its interface number, the device id plus one.</param>
/// <param name="Mac">The guest's Ethernet address as the toolstack gave it.</param>
/// <param name="Vif">The link's name in Dom0.</param>
/// <param name="InterfaceIndex">The link's index in the kernel.</param>
/// <param name="DomainId">The Xen domain that the vif belongs to; null when attached without xenstore.</param>
/// <param name="Since">When the vif came up.</param>
/// <param name="Mtu">Octets of the link's largest IP packet; null when not known.</param>
/// <param name="Bridge">The bridge that the vif is a port of; null when it is routed.</param>
public sealed record Binding(
    MachineNumber Number,
    InterfaceNumber Interface,
    MacAddress Mac,
    string Vif,
    int InterfaceIndex,
    int? DomainId,
    DateTimeOffset Since,
    int? Mtu = null,
    string? Bridge = null);
