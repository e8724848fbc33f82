using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>In what a vif does not stand as planned.</summary>
public static class VifDifferences
{
    /// <summary>Each as a few words; nothing when it stands as it should.</summary>
    /// <param name="plan">How it should.</param>
    /// <param name="link">The vif.</param>
    /// <param name="kernel">What is there.</param>
    /// <param name="hasWay">
    /// False for a vif whose interface another one has, for its machine starts anew: that has the way to the guest.
    /// </param>
    /// <param name="settings">What inet should do on a vif.</param>
    /// <param name="besideBridges">True when the bridge table is kept.</param>
    public static IEnumerable<string> Find(VifPlan plan, LinkMessage link, KernelPicture kernel, bool hasWay,
        IReadOnlyCollection<(InetSetting Setting, int Value)> settings, bool besideBridges) =>
        OfLink(plan, link, kernel, settings).Concat(OfWay(plan, link, kernel, hasWay))
            .Concat(plan.Known.Elements(besideBridges).All(kernel.Elements.Contains) ? [] : ["the filter does not know it"]);

    private static IEnumerable<string> OfLink(VifPlan plan, LinkMessage link, KernelPicture kernel,
        IEnumerable<(InetSetting Setting, int Value)> settings)
    {
        if (!string.Equals(link.Name, plan.Vif, StringComparison.Ordinal))
        {
            yield return $"it is called {link.Name}";
        }

        if ((link.State & LinkState.Up) == 0)
        {
            yield return "it is switched off";
        }

        if (link.Controller != (plan.Bridge is { } bridge ? kernel.Names.GetValueOrDefault(bridge) : 0))
        {
            yield return plan.Bridge is null ? "it is a port of a bridge" : $"it is no port of {plan.Bridge}";
        }

        if (!VifPlan.IsMtuOf(link.Mtu, plan.Mtu))
        {
            yield return $"its MTU is {link.Mtu} and not {plan.Mtu}";
        }

        if (settings.Any(setting => link.SettingOf(setting.Setting) != setting.Value))
        {
            yield return "its inet settings are others";
        }

        if (link.MakesIpv6Addresses)
        {
            yield return "the kernel gives it IPv6 addresses";
        }

        if (plan.Bridge is null && !kernel.Addresses(link.Index).Any(held => IsPlanned(plan, held)))
        {
            yield return $"the address {plan.Dom0Address} is missing";
        }

        foreach (var held in kernel.Addresses(link.Index).Where(held => plan.Bridge is not null || !IsPlanned(plan, held)))
        {
            yield return $"it has the address {held.Address}";
        }
    }

    private static IEnumerable<string> OfWay(VifPlan plan, LinkMessage link, KernelPicture kernel, bool hasWay)
    {
        var way = plan.Bridge is { } bridge ? kernel.Names.GetValueOrDefault(bridge) : link.Index;
        if (hasWay && !kernel.HasRoute(way, plan.GuestAddress, plan.Metric, plan.Dom0Address))
        {
            yield return $"the route to {plan.GuestAddress} is missing";
        }

        // On a bridge there is one neighbour for all vifs of the interface.
        if (plan.Steps.Contains(VifStep.Neighbour) && (hasWay || plan.Bridge is null)
            && !kernel.HasNeighbour(way, plan.GuestAddress, plan.Mac))
        {
            yield return $"the neighbour {plan.GuestAddress} is missing";
        }

        if (hasWay && plan.Steps.Contains(VifStep.Station) && !kernel.HasStation(link.Index, plan.Mac))
        {
            yield return $"the bridge does not know that {plan.Mac} is there";
        }

        foreach (var name in plan.Proxies)
        {
            if (kernel.Names.TryGetValue(name, out var other) && !kernel.Proxies.Contains((other, plan.GuestAddress)))
            {
                yield return $"Dom0 does not answer for {plan.GuestAddress} on {name}";
            }
        }
    }

    private static bool IsPlanned(VifPlan plan, AddressMessage held) =>
        held.Address == plan.Dom0Address && held.PrefixLength == 32;
}
