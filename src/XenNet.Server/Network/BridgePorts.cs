using XenNet.Core.Network;
using XenNet.Server.Linux;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>The steps of a vif's way up and down that are about bridges.</summary>
internal sealed class BridgePorts(Links links)
{
    /// <summary>Makes the link a port, without addresses. It must be down, and known to the filter.</summary>
    internal NetlinkError Enslave(VifPlan plan, LinkMessage link, LinkMessage bridge, Stack<Action> undo)
    {
        // The bridge may have come just now.
        var error = Bridges.AddAddress(links, bridge, plan.Dom0Address);
        if (!error.IsDone)
        {
            return error;
        }

        error = links.ListAddresses(link.Index, out var addresses);
        foreach (var old in addresses)
        {
            if (error.IsDone)
            {
                error = links.DeleteAddress(link.Index, old.Address, old.PrefixLength);
            }
        }

        if (error.IsDone && link.Mac != NftBridgeTable.PortMac)
        {
            error = links.SetMac(link.Index, NftBridgeTable.PortMac);
        }

        if (error.IsDone && link.Controller != bridge.Index)
        {
            undo.Push(() => links.SetController(link.Index, link.Controller));
            error = links.SetController(link.Index, bridge.Index);
        }

        return error.IsDone ? links.GuardPort(link.Index) : error;
    }

    /// <summary>Takes the link from whichever bridge it is on; what the bridge knew behind it goes along.</summary>
    internal NetlinkError Release(LinkMessage link, Stack<Action>? undo = null)
    {
        if (link.Controller == 0)
        {
            return default;
        }

        undo?.Push(() => links.SetController(link.Index, link.Controller));
        return links.SetController(link.Index, 0);
    }

    /// <summary>Answers for the guest on the other bridges that are there.</summary>
    internal NetlinkError AnswerFor(VifPlan plan, Stack<Action> undo)
    {
        foreach (var name in plan.Proxies)
        {
            if (!links.Find(name, out var bridge).IsDone)
            {
                continue;
            }

            // One that stood before is another vif's of the same interface, and is not missed when it is put there again.
            undo.Push(() => links.DeleteProxy(bridge.Index, plan.GuestAddress));
            if (links.SetProxy(bridge.Index, plan.GuestAddress) is { IsDone: false } error)
            {
                return error;
            }
        }

        return default;
    }

    /// <summary>Answers no more, but where another vif of the interface needs it.</summary>
    internal void StopAnsweringFor(VifPlan plan, IEnumerable<VifPlan> others)
    {
        foreach (var name in plan.Proxies.Except(others.SelectMany(other => other.Proxies)))
        {
            if (links.Find(name, out var bridge).IsDone)
            {
                links.DeleteProxy(bridge.Index, plan.GuestAddress);
            }
        }
    }

    /// <summary>Takes away one way to a guest, beside which another stays. Who only arrives is nobody's neighbour yet.</summary>
    internal NetlinkError DropRoute(VifPlan plan, uint metric)
    {
        var error = links.Find(plan.Bridge!, out var bridge);
        if (error.IsDone && metric < VifPlan.IncomingMetric)
        {
            links.DeleteNeighbour(bridge.Index, plan.GuestAddress);
        }

        return error.IsDone ? links.DeleteRoute(VifNetwork.RouteOf(plan, bridge) with { Metric = metric }) : error;
    }

    /// <summary>Takes away the ways to a guest that lead over a bridge. Those that are gone are no error.</summary>
    internal NetlinkError Forget(VifPlan plan)
    {
        var error = links.Find(plan.Bridge!, out var bridge);
        if (!error.IsDone)
        {
            return error.Code == Errno.NoDevice ? default : error;
        }

        // The route, which comes first, goes last: by it a start finds the rest, when we died between. By whichever metric, as
        // the machine may have arrived since, and so until there is none; to read all routes would take longer with each guest.
        links.DeleteNeighbour(bridge.Index, plan.GuestAddress);
        var route = VifNetwork.RouteOf(plan, bridge) with { Metric = 0 };
        while (error.IsDone)
        {
            error = links.DeleteRoute(route);
        }

        return error.Code is Errno.NoSuchProcess ? default : error;
    }
}
