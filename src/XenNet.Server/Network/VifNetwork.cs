using XenNet.Core.Network;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>What became of a vif.</summary>
/// <param name="LinkIndex">The link's index; 0 when it is not there.</param>
/// <param name="Refusal">Empty when all is done; else what failed, where, and what to do, as one line.</param>
internal readonly record struct VifOutcome(int LinkIndex, string Refusal)
{
    /// <summary>True when all is done.</summary>
    internal bool IsDone => Refusal.Length == 0;
}

/// <summary>
/// Brings vifs up and takes them down by netlink, with two sockets that stay open; nothing is forked. Made once in a
/// daemon. What one call did is undone when a later step of it fails.
/// </summary>
internal sealed class VifNetwork : IDisposable
{
    private readonly NetlinkConnection _route;
    private readonly NetlinkConnection _netfilter;
    private readonly BridgePorts _bridges;

    private VifNetwork(NetlinkConnection route, NetlinkConnection netfilter)
    {
        (_route, _netfilter) = (route, netfilter);
        (Links, Filter) = (new Links(route), new NftFilter(netfilter));
        _bridges = new BridgePorts(Links);
    }

    /// <summary>Links, addresses and routes.</summary>
    internal Links Links { get; }

    /// <summary>The sets of our nft table.</summary>
    internal NftFilter Filter { get; }

    /// <summary>Opens the sockets, in the network namespace of this thread.</summary>
    internal static bool TryOpen(out VifNetwork? network, out string refusal)
    {
        (network, refusal) = (null, "");
        if (!NetlinkConnection.TryOpen(NetlinkFamily.Route, out var route, out var error))
        {
            refusal = $"No netlink socket for links and routes: {Errno.Describe(error)}.";
            return false;
        }

        if (!NetlinkConnection.TryOpen(NetlinkFamily.Netfilter, out var netfilter, out error))
        {
            route!.Dispose();
            refusal = $"No netlink socket for nftables: {Errno.Describe(error)}. The kernel needs CONFIG_NF_TABLES.";
            return false;
        }

        network = new VifNetwork(route!, netfilter!);
        return true;
    }

    /// <summary>Looks at all that vifs depend on. Without a table of ours there are no elements.</summary>
    internal NetlinkError Look(out KernelPicture? picture)
    {
        picture = null;
        var error = Links.List(out var links);
        var addresses = new List<AddressMessage>();
        var routes = new List<RouteMessage>();
        var neighbours = new List<NeighbourEntry>();
        if (!error.IsDone || !(error = Links.ListAddresses(0, out addresses)).IsDone
            || !(error = Links.ListRoutes(0, out routes)).IsDone || !(error = Links.ListNeighbours(out neighbours)).IsDone)
        {
            return error;
        }

        if (!(error = Links.ListProxies(out var proxies)).IsDone)
        {
            return error;
        }

        neighbours.AddRange(proxies);
        if (Filter.KnowsBridges && Links.ListStations(out var stations).IsDone)
        {
            neighbours.AddRange(stations);
        }

        error = Filter.ListElements(out var elements);
        picture = new KernelPicture(links, addresses, routes, neighbours, elements);
        return error.Code == Errno.NoEntry ? default : error;
    }

    public void Dispose()
    {
        _route.Dispose();
        _netfilter.Dispose();
    }

    /// <summary>
    /// Makes the vif stand as planned, whatever stood there: also after a restart, when all is there, and for a name
    /// that another machine had.
    /// </summary>
    internal VifOutcome BringUp(VifPlan plan) => BringUp(plan, out _);

    /// <summary>The same, for a caller whose own next step may fail.</summary>
    /// <param name="plan">How it is to stand.</param>
    /// <param name="takeBack">
    /// Puts back just what this call changed, also a name and another vif's route; nothing when it failed, for then all is
    /// put back already.
    /// </param>
    internal VifOutcome BringUp(VifPlan plan, out Action takeBack)
    {
        var undo = new Stack<Action>();
        takeBack = () => TakeBack(undo);
        var error = Links.Find(plan.Link, out var link);
        if (error.Code == Errno.NoDevice && Links.Find(plan.Vif, out link).IsDone)
        {
            // It was renamed in an earlier call.
            error = default;
        }

        if (!error.IsDone)
        {
            return new VifOutcome(0, error.Code == Errno.NoDevice
                ? $"{plan.Link}: there is no such interface."
                : Sentence(plan.Link, error));
        }

        // Where the guest is reached: the vif itself, or its bridge.
        var way = link;
        if (plan.Bridge is { } bridge && !(error = Links.Find(bridge, out way)).IsDone)
        {
            return new VifOutcome(0, error.Code == Errno.NoDevice
                ? $"{plan.Vif}: the bridge {bridge} is not there: make it first (ip link add {bridge} type bridge)."
                : Sentence(bridge, error));
        }

        foreach (var step in plan.Steps)
        {
            error = Apply(step, plan, link, way, undo);
            if (!error.IsDone)
            {
                TakeBack(undo);
                return new VifOutcome(link.Index, Refusal(step, plan, error));
            }
        }

        return new VifOutcome(link.Index, "");
    }

    /// <summary>
    /// Takes away what <see cref="BringUp(VifPlan)"/> made. Anything that is gone already is no error: most often the link
    /// itself is. A link that has the name but not the index is another one, and is left alone with its sources.
    /// </summary>
    /// <param name="plan">The one that it was brought up with.</param>
    /// <param name="linkIndex">What BringUp returned; 0 when that is not known, and then the name decides.</param>
    /// <param name="others">The vifs of the same machine that stay.</param>
    internal VifOutcome TakeDown(VifPlan plan, int linkIndex, params IReadOnlyCollection<VifPlan> others)
    {
        var failure = default(NetlinkError);
        _bridges.StopAnsweringFor(plan, others.Where(other => other.GuestAddress == plan.GuestAddress));
        if (plan.Bridge is not null)
        {
            var stay = others.Where(other => other.Bridge == plan.Bridge && other.GuestAddress == plan.GuestAddress).ToList();
            Keep(ref failure, stay.Count == 0 ? _bridges.Forget(plan)
                : stay.Exists(other => other.Metric == plan.Metric) ? default : _bridges.DropRoute(plan, plan.Metric));
        }

        var found = Links.Find(plan.Vif, out var link);
        if (found.IsDone && linkIndex != 0 && link.Index != linkIndex)
        {
            return new VifOutcome(linkIndex, "");
        }

        if (found.IsDone)
        {
            // The host route and the neighbour go with the link's being up, at once.
            Keep(ref failure, Links.SetUp(link.Index, up: false));
            Keep(ref failure, plan.Bridge is null ? Links.DeleteAddress(link.Index, plan.Dom0Address) : _bridges.Release(link));
        }
        else
        {
            Keep(ref failure, found);
        }

        // Last: while packets could still come, the filter knew whose they were.
        Keep(ref failure, Filter.Expel(plan.Known, others.Select(other => other.Known)));
        return new VifOutcome(link.Index, failure.IsDone ? "" : Sentence($"{plan.Vif} is not wholly taken down", failure));
    }

    /// <summary>The machine has arrived: over a bridge it still has the way that it had before, besides its own.</summary>
    internal bool EndArrival(VifPlan plan, IEnumerable<VifPlan> others) =>
        plan.Bridge is not null && !others.Any(other => other.IsArriving && other.GuestAddress == plan.GuestAddress)
            && _bridges.DropRoute(plan, plan.Metric + VifPlan.IncomingMetric).IsDone;

    private static void TakeBack(Stack<Action> undo)
    {
        while (undo.TryPop(out var last))
        {
            last();
        }
    }

    private NetlinkError Apply(VifStep step, VifPlan plan, LinkMessage link, LinkMessage way, Stack<Action> undo) => step switch
    {
        VifStep.Rename => Rename(plan, link, undo),
        VifStep.Sources => Admit(plan, undo),
        VifStep.Settings => Settle(plan, link, way, undo),
        VifStep.Address => AddAddress(plan, link, undo),
        VifStep.Bridge => _bridges.Enslave(plan, link, way, undo),
        VifStep.Up => SwitchOn(link, undo),
        // Not undone: it goes with the port's leaving the bridge.
        VifStep.Station => Links.SetStation(link.Index, plan.Mac),
        VifStep.Route => AddRoute(plan, way, undo),
        VifStep.Neighbour => SetNeighbour(plan, way, undo),
        VifStep.Proxy => _bridges.AnswerFor(plan, undo),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private NetlinkError Rename(VifPlan plan, LinkMessage link, Stack<Action> undo)
    {
        if (string.Equals(link.Name, plan.Vif, StringComparison.Ordinal))
        {
            return default;
        }

        if ((link.State & LinkState.Up) != 0)
        {
            var error = Links.SetUp(link.Index, up: false);
            if (!error.IsDone)
            {
                return error;
            }

            undo.Push(() => Links.SetUp(link.Index, up: true));
        }

        undo.Push(() => Links.Rename(link.Index, link.Name));
        return Links.Rename(link.Index, plan.Vif);
    }

    private NetlinkError Admit(VifPlan plan, Stack<Action> undo)
    {
        var error = Filter.Admit(plan.Known, out var added);
        if (error.IsDone && added.Count > 0)
        {
            undo.Push(() => Filter.Remove(added));
        }

        return error;
    }

    // On a vif it is not undone: with a link that is switched off again it goes by itself, and on one that was on it may
    // have stood.
    private NetlinkError SetNeighbour(VifPlan plan, LinkMessage way, Stack<Action> undo)
    {
        if (plan.Bridge is not null)
        {
            undo.Push(() => Links.DeleteNeighbour(way.Index, plan.GuestAddress));
        }

        return Links.SetNeighbour(way.Index, plan.GuestAddress, plan.Mac);
    }

    // Not undone, but for the MTU: the settings are those of a vif, which it stays.
    private NetlinkError Settle(VifPlan plan, LinkMessage link, LinkMessage way, Stack<Action> undo)
    {
        // Without a word from xenstore a port has what its bridge has, as vif-bridge does it.
        var mtu = plan.Mtu ?? way.Mtu;
        if (mtu != link.Mtu)
        {
            var error = Links.SetMtu(link.Index, mtu);
            if (error.IsDone)
            {
                undo.Push(() => Links.SetMtu(link.Index, link.Mtu));
            }
            else if (!plan.IsBound || !VifPlan.IsMtuOf(link.Mtu, mtu))
            {
                return error;
            }
        }

        return Links.ApplyVifSettings(link.Index);
    }

    private NetlinkError AddAddress(VifPlan plan, LinkMessage link, Stack<Action> undo)
    {
        var error = _bridges.Release(link, undo);
        if (!error.IsDone || !(error = Links.ListAddresses(link.Index, out var addresses)).IsDone)
        {
            return error;
        }

        var wasThere = false;
        foreach (var old in addresses)
        {
            if (old.Address == plan.Dom0Address && old.PrefixLength == 32)
            {
                wasThere = true;
                continue;
            }

            // A vif has no other: this is another machine's, from a hook that did not clean up. Its routes go with it.
            error = Links.DeleteAddress(link.Index, old.Address, old.PrefixLength);
            if (!IsDoneOrGone(error))
            {
                return error;
            }
        }

        if (wasThere)
        {
            // That of a machine that was arriving and has arrived; looking for it would read all routes for each vif.
            var other = RouteOf(plan, link) with { Metric = plan.IsArriving ? 0 : plan.Metric + VifPlan.IncomingMetric };
            error = Links.DeleteRoute(other);
            return IsDoneOrGone(error) ? default : error;
        }

        undo.Push(() => Links.DeleteAddress(link.Index, plan.Dom0Address));
        return Links.AddAddress(link.Index, plan.Dom0Address);
    }

    private NetlinkError SwitchOn(LinkMessage link, Stack<Action> undo)
    {
        if ((link.State & LinkState.Up) == 0)
        {
            undo.Push(() => Links.SetUp(link.Index, up: false));
        }

        return Links.SetUp(link.Index, up: true);
    }

    private NetlinkError AddRoute(VifPlan plan, LinkMessage way, Stack<Action> undo)
    {
        var route = RouteOf(plan, way);
        var error = Links.AddRoute(route);
        if (error.Code != Errno.Exists)
        {
            if (error.IsDone)
            {
                undo.Push(() => Links.DeleteRoute(route));
            }

            return error;
        }

        // Another vif has it: a guest that restarts comes up before its old vif has gone down. Or this one, after a
        // restart of ours.
        if (Links.FindRoute(plan.GuestAddress, out var old).IsDone && old.Destination == route.Destination
            && old.Metric == route.Metric && old.LinkIndex != way.Index)
        {
            undo.Push(() => Links.ReplaceRoute(old));
        }

        return Links.ReplaceRoute(route);
    }

    internal static RouteMessage RouteOf(VifPlan plan, LinkMessage way) => new(
        Ipv4Prefix.Containing(plan.GuestAddress, 32), way.Index, Ipv4Address.None, plan.Dom0Address, plan.Metric,
        RouteMessage.MainTable, RouteMessage.Unicast);

    private static bool IsDoneOrGone(NetlinkError error) => error.Code is 0 or Errno.NoDevice or Errno.NoEntry
        or Errno.NoSuchProcess or Errno.NoSuchAddress or Errno.AddressNotAvailable;

    private static void Keep(ref NetlinkError first, NetlinkError next)
    {
        if (first.IsDone && !IsDoneOrGone(next))
        {
            first = next;
        }
    }

    private static string Refusal(VifStep step, VifPlan plan, NetlinkError error) => (step, error.Code) switch
    {
        (VifStep.Sources, Errno.NoEntry) when plan.Bridge is not null =>
            $"{plan.Vif}: the nft table bridge {NftTable.Name} is not there, and without it nobody on {plan.Bridge} would be "
            + "held to his address: see 'xennet status' for why, then run 'xennet network start'.",
        (VifStep.Sources, Errno.NoEntry) =>
            $"{plan.Vif}: the nft table inet {NftTable.Name} is not there: run 'xennet network start'.",
        (VifStep.Rename, Errno.Exists) =>
            $"{plan.Link} cannot be named {plan.Vif}: another interface has that name.",
        (VifStep.Bridge, Errno.NotSupported) => $"{plan.Vif}: {plan.Bridge} is no bridge.",
        (_, Errno.OperationNotPermitted) =>
            $"{plan.Vif}: the kernel does not permit it ({step}): CAP_NET_ADMIN is needed.",
        (_, Errno.NoDevice) => $"{plan.Vif} went away while it was brought up ({step}).",
        _ => Sentence($"{plan.Vif}: step {step} failed", error),
    };

    private static string Sentence(string what, NetlinkError error) =>
        string.IsNullOrEmpty(error.Text)
            ? $"{what}: {Errno.Describe(error.Code)}."
            : $"{what}: {Errno.Describe(error.Code)} ({error.Text})";
}
