using XenNet.Core.Network;
using XenNet.Core.Registry;

namespace XenNet.Server.Vifs;

/// <summary>Which of a machine's vifs leads to the guest.</summary>
internal static class VifWays
{
    /// <summary>
    /// Of the vifs that an interface has, the one that leads to the guest: a tap, until it goes; else the youngest. Null when
    /// there is none like that one.
    /// </summary>
    public static Binding? WayOf(Machine machine, Binding binding) => machine.Bindings
        .Where(other => other.Interface == binding.Interface && other.Bridge == binding.Bridge && MetricOf(other) == MetricOf(binding))
        .OrderBy(other => other.IsEmulated).LastOrDefault();

    /// <summary>Of its host route: each link has one of its own, and over a bridge there is one for all.</summary>
    public static uint MetricOf(Binding binding) => (binding.IsArriving ? VifPlan.IncomingMetric : 0)
        + (binding.Bridge is null ? VifPlan.MetricOf(binding.Role) : 0);
}
