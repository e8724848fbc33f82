using System.Collections.Immutable;
using XenNet.Core.Network;
using XenNet.Core.Registry;
using XenNet.Server.Network;

namespace XenNet.Server.Vifs;

/// <summary>How the kernel has a vif that was brought up before.</summary>
internal sealed class VifStanding(Links links)
{
    /// <summary>
    /// The links whose machines wait behind the one that runs, also after a restart of ours: one look for all.
    /// </summary>
    public IReadOnlySet<int> Arriving() => links.ListRoutes(0, out var routes).IsDone
        ? routes.Where(route => route.Metric == VifPlan.IncomingMetric).Select(route => route.LinkIndex).ToHashSet()
        : ImmutableHashSet<int>.Empty;

    /// <summary>
    /// True when the link is the one that was brought up, as it was. Domain ids begin anew when Dom0 does, so a name alone
    /// proves nothing: our address on that very link does, or that it is a port of its bridge.
    /// </summary>
    public bool StillStands(Binding binding, VifPlan plan)
    {
        if (!links.Find(binding.Vif, out var link).IsDone || link.Index != binding.InterfaceIndex
            || plan.Bridge != binding.Bridge)
        {
            return false;
        }

        return plan.Bridge is { } bridge
            ? links.Find(bridge, out var controller).IsDone && link.Controller == controller.Index
            : links.ListAddresses(link.Index, out var addresses).IsDone
                && addresses.Exists(held => held.Address == plan.Dom0Address);
    }
}
