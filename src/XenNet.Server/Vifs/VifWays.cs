using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Vifs;

/// <summary>Which of a machine's vifs leads to the guest.</summary>
internal static class VifWays
{
    /// <summary>
    /// Of the vifs that an interface has, the one that leads to the guest: a tap, until it goes; else the youngest, on whichever
    /// bridge where its address is the same. Null when there is none like that one.
    /// </summary>
    public static Binding? WayOf(GuestNetworks networks, Machine machine, Binding binding) => machine.Bindings
        .Where(other => other.Interface == binding.Interface && MetricOf(other) == MetricOf(binding)
            && PrefixOf(networks, other) == PrefixOf(networks, binding))
        .OrderBy(other => other.IsEmulated).LastOrDefault();

    /// <summary>Of its host route: each link has one of its own, and over a bridge there is one for all.</summary>
    public static uint MetricOf(Binding binding) => (binding.IsArriving ? VifPlan.IncomingMetric : 0)
        + (binding.Bridge is null ? VifPlan.MetricOf(binding.Role) : 0);

    private static Ipv4Prefix PrefixOf(GuestNetworks networks, Binding binding) =>
        networks.Of(binding.Bridge, binding.Number).Scheme.Prefix;
}
