using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>
/// The configured bridges as they are in the kernel: which are there, Dom0's address on each, and which of their ports are
/// no guests'. A bridge is the operator's: it is never made nor removed here.
/// </summary>
internal sealed class Bridges(ImmutableArray<GuestNetwork> networks, Links links)
{
    // Those that were up when last looked at, by index: the next bridge of the same name has another.
    private HashSet<int> _up = [];

    /// <summary>Those that are configured.</summary>
    public ImmutableArray<GuestNetwork> Networks => networks;

    /// <summary>Those that are not there.</summary>
    public IEnumerable<GuestNetwork> Missing() => networks.Except(There().Select(bridge => bridge.Network));

    /// <summary>The ports of those that are there which are none of these vifs.</summary>
    public NetlinkError ListOtherPorts(IEnumerable<string> vifs, out List<string> ports)
    {
        ports = [];
        var error = links.List(out var all);
        if (error.IsDone)
        {
            var controllers = There().Select(bridge => bridge.Link.Index).ToHashSet();
            var guests = vifs.ToHashSet(StringComparer.Ordinal);
            ports.AddRange(all.Where(link => controllers.Contains(link.Controller) && !guests.Contains(link.Name))
                .Select(link => link.Name));
        }

        return error;
    }

    /// <summary>Gives Dom0 its address on each bridge that is there.</summary>
    /// <param name="refusal">The first that could not be given, and why.</param>
    public bool TryAddAddresses(out string refusal)
    {
        refusal = "";
        foreach (var (network, link) in There())
        {
            var error = AddAddress(links, link, network.Dom0Address);
            if (!error.IsDone && refusal.Length == 0)
            {
                refusal = $"Dom0's address {network.Dom0Address} on {network.Bridge} could not be added: "
                    + Errno.Describe(error.Code);
            }
        }

        return refusal.Length == 0;
    }

    /// <summary>Gives Dom0 its address on one bridge; that it is there is no error.</summary>
    public static NetlinkError AddAddress(Links links, LinkMessage bridge, Ipv4Address dom0)
    {
        ProxyDelay.Remove(bridge.Name);
        var error = links.AddAddress(bridge.Index, dom0);
        return error.Code == Errno.Exists ? default : error;
    }

    /// <summary>True when Dom0 has its address on each bridge that is there.</summary>
    public bool HaveAddresses() => There().All(HasAddress);

    /// <summary>
    /// Gives Dom0 its address on each bridge that is there, and says whether guests must be put in order again: what leads over
    /// a bridge is gone when it has been down, is another one, or had lost the address. While it is down there is nothing to do.
    /// </summary>
    /// <param name="isAnew">True when there is one that is up by now.</param>
    /// <param name="refusal">The first address that could not be given, and why.</param>
    public bool TryFollow(out bool isAnew, out string refusal)
    {
        var standing = There().Where(bridge => IsUp(bridge.Link) && HasAddress(bridge)).Select(bridge => bridge.Link.Index)
            .Where(_up.Contains).ToHashSet();
        var isDone = TryAddAddresses(out refusal);
        _up = There().Where(bridge => IsUp(bridge.Link)).Select(bridge => bridge.Link.Index).ToHashSet();
        isAnew = !_up.IsSubsetOf(standing);
        return isDone;
    }

    /// <summary>Takes them away; one that is not there is no error.</summary>
    public void RemoveAddresses()
    {
        foreach (var (network, link) in There())
        {
            links.DeleteAddress(link.Index, network.Dom0Address);
            ProxyDelay.Restore(network.Bridge!);
        }
    }

    private static bool IsUp(LinkMessage link) => (link.State & LinkState.Up) != 0;

    private bool HasAddress((GuestNetwork Network, LinkMessage Link) bridge) =>
        links.ListAddresses(bridge.Link.Index, out var addresses).IsDone
        && addresses.Exists(held => held.Address == bridge.Network.Dom0Address);

    private IEnumerable<(GuestNetwork Network, LinkMessage Link)> There()
    {
        foreach (var network in networks)
        {
            if (links.Find(network.Bridge!, out var link).IsDone)
            {
                yield return (network, link);
            }
        }
    }
}
