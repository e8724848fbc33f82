using System.Runtime.InteropServices;
using XenNet.Core.Network;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>
/// What the kernel tells of changes. Calls come from the watch's thread, one at a time, and should be short; several
/// changes of one kind that come together are one call.
/// </summary>
internal sealed record NetworkChanges
{
    /// <summary>A link is there, or changed: by name or by its being up.</summary>
    internal required Action<LinkMessage> LinkSeen { get; init; }

    /// <summary>Of the links that are there or changed, all that came together have been told.</summary>
    internal required Action LinksSeen { get; init; }

    /// <summary>A link is gone; its index is never used again.</summary>
    internal required Action<LinkMessage> LinkGone { get; init; }

    /// <summary>An address, a route or a neighbour of a vif is gone, which has the index.</summary>
    internal required Action<int> VifLost { get; init; }

    /// <summary>A host route or a neighbour is gone from a link that is no vif.</summary>
    internal required Action<Ipv4Address> WayLost { get; init; }

    /// <summary>An address or route of an interface that is no vif came or went.</summary>
    internal required Action Dom0Changed { get; init; }

    /// <summary>A table of ours was touched, perhaps by us: see <see cref="NetworkSetup.AreTablesInPlace"/>.</summary>
    internal required Action TableTouched { get; init; }

    /// <summary>Somebody has switched forwarding off for the whole of Dom0.</summary>
    internal required Action ForwardingOff { get; init; }

    /// <summary>Changes were lost, as there were too many: look at everything again.</summary>
    internal required Action Lost { get; init; }
}

/// <summary>One thread that listens to the kernel's notifications of links, addresses, routes, neighbours, settings and nftables.</summary>
internal sealed class NetworkWatch : IDisposable
{
    private const int LinkGroup = 1; // RTNLGRP_LINK
    private const int NeighbourGroup = 3; // RTNLGRP_NEIGH
    private const int AddressGroup = 5; // RTNLGRP_IPV4_IFADDR
    private const int RouteGroup = 7; // RTNLGRP_IPV4_ROUTE
    private const int SettingsGroup = 24; // RTNLGRP_IPV4_NETCONF
    private const int TablesGroup = 7; // NFNLGRP_NFTABLES
    private const int BufferOctets = 32 * 1024;

    /// <summary>Hundreds of guests that start at once stay within it.</summary>
    private const int ReceiveBufferOctets = 4 * 1024 * 1024;

    /// <summary>What is told of several changes once must not wait for as long as more of them come.</summary>
    private const int DatagramsMost = 64;

    private readonly NetlinkSocket _route;
    private readonly NetlinkSocket _tables;
    private readonly WakeUp _stop = new();
    private readonly NetworkChanges _changes;
    private readonly Func<int, string, bool> _isVif;
    private readonly Func<string, Ipv4Address, bool> _isWay;

    // Of links that are not known as vifs by their index: that is how 65,535 of them would be kept a second time.
    private readonly Dictionary<int, string> _names = [];
    private readonly Thread _thread;
    private readonly byte[] _buffer = new byte[BufferOctets];
    private volatile bool _isEnding;
    private bool _hasBegun;
    private bool _linksSeen;
    private bool _dom0Changed;
    private bool _tableTouched;
    private bool _forwardingOff;
    private bool _lost;

    private NetworkWatch(
        NetlinkSocket route, NetlinkSocket tables, Func<int, string, bool> isVif, Func<string, Ipv4Address, bool> isWay,
        NetworkChanges changes)
    {
        (_route, _tables, _isVif, _isWay, _changes) = (route, tables, isVif, isWay, changes);
        _thread = new Thread(Listen) { IsBackground = true, Name = "network-watch" };
    }

    /// <summary>
    /// Subscribes, in the network namespace of this thread: what changes from now on is told once it is begun. What is there
    /// already is not.
    /// </summary>
    /// <param name="isVif">True for index and name of a guest's interface, whose routes are our own doing.</param>
    /// <param name="isWay">
    /// True for a bridge and the source of a route over it that is the way to a guest, and so our own doing.
    /// </param>
    /// <param name="changes">Whom to tell.</param>
    /// <param name="watch">To be begun, and to be disposed.</param>
    /// <param name="refusal">Why not.</param>
    internal static bool TryOpen(
        Func<int, string, bool> isVif, Func<string, Ipv4Address, bool> isWay, NetworkChanges changes, out NetworkWatch? watch,
        out string refusal)
    {
        (watch, refusal) = (null, "");
        if (!TryListen(NetlinkFamily.Route, [LinkGroup, NeighbourGroup, AddressGroup, RouteGroup, SettingsGroup],
            out var route, out var error))
        {
            refusal = $"Changes of links cannot be watched: {Errno.Describe(error)}.";
            return false;
        }

        if (!TryListen(NetlinkFamily.Netfilter, [TablesGroup], out var tables, out error))
        {
            route!.Dispose();
            refusal = $"Changes of nftables cannot be watched: {Errno.Describe(error)}.";
            return false;
        }

        watch = new NetworkWatch(route!, tables!, isVif, isWay, changes);
        return true;
    }

    /// <summary>Begins to tell, what changed since the subscription first.</summary>
    internal void Begin()
    {
        LearnNames();
        _thread.Start();
        _hasBegun = true;
    }

    /// <summary>Ends the thread, and waits for the call that it is in. Not to be called from one.</summary>
    public void Dispose()
    {
        _isEnding = true;
        _stop.Set();
        if (_hasBegun)
        {
            _thread.Join();
        }

        _route.Dispose();
        _tables.Dispose();
        _stop.Dispose();
    }

    private static bool TryListen(NetlinkFamily family, ReadOnlySpan<int> groups, out NetlinkSocket? socket, out int error)
    {
        if (!NetlinkSocket.TryOpen(family, out socket, out error))
        {
            return false;
        }

        socket!.EnlargeReceiveBuffer(ReceiveBufferOctets);
        foreach (var group in groups)
        {
            if (!socket.TryJoin(group, out error))
            {
                socket.Dispose();
                return false;
            }
        }

        return true;
    }

    // After the groups were joined: what changes from now on is told. A name that is not known is looked at as Dom0's.
    private void LearnNames()
    {
        if (NetlinkConnection.TryOpen(NetlinkFamily.Route, out var connection, out _))
        {
            using (connection)
            {
                new Links(connection!).List(out var links);
                links.ForEach(LearnName);
            }
        }
    }

    private void LearnName(LinkMessage link)
    {
        if (_isVif(link.Index, ""))
        {
            _names.Remove(link.Index);
        }
        else
        {
            _names[link.Index] = link.Name;
        }
    }

    private bool IsVif(int index) => _isVif(index, _names.GetValueOrDefault(index, ""));

    private void Listen()
    {
        SafeHandle[] handles = [_stop.Handle, _route.Handle, _tables.Handle];
        while ((Polling.WaitForAny(handles) & 1) == 0)
        {
            Drain(_route, ReadRoute);
            Drain(_tables, ReadTables);
            Tell(ref _linksSeen, _changes.LinksSeen);
            Tell(ref _lost, _changes.Lost);
            Tell(ref _dom0Changed, _changes.Dom0Changed);
            Tell(ref _tableTouched, _changes.TableTouched);
            Tell(ref _forwardingOff, _changes.ForwardingOff);
        }
    }

    private void Tell(ref bool happened, Action change)
    {
        if (happened && !_isEnding)
        {
            happened = false;
            change();
        }
    }

    // Thousands of changes may wait, and who ends the watch waits for the one that is told just now.
    private void Drain(NetlinkSocket socket, NetlinkAnswer read)
    {
        for (var datagrams = 0; datagrams < DatagramsMost && !_isEnding; datagrams++)
        {
            var error = socket.Receive(_buffer, TimeSpan.Zero, out var octets);
            if (error == Errno.Again)
            {
                return;
            }

            if (error != 0)
            {
                // ENOBUFS, or a message longer than the buffer: something is not known.
                _lost = true;
                if (error is not (Errno.NoBuffers or Errno.TooLong))
                {
                    return;
                }

                continue;
            }

            var messages = new NetlinkMessages(_buffer.AsSpan(0, octets));
            while (!_isEnding && messages.MoveNext())
            {
                read(messages.Header, messages.Body);
            }

            _lost |= messages.Damaged;
        }
    }

    private void ReadRoute(NetlinkHeader header, ReadOnlySpan<byte> body)
    {
        switch (header.Type)
        {
            case LinkMessage.NewType or LinkMessage.DeleteType:
                // A port that leaves its bridge is told as a deletion too, in the bridge's family.
                if (LinkMessage.TryRead(body, out var link) && body[0] == 0)
                {
                    ReadLink(link, isGone: header.Type == LinkMessage.DeleteType);
                }

                break;
            case AddressMessage.NewType or AddressMessage.DeleteType:
                if (AddressMessage.TryRead(body, out var address))
                {
                    _dom0Changed |= !IsVif(address.LinkIndex);
                    if (header.Type == AddressMessage.DeleteType)
                    {
                        ReadLoss(address.LinkIndex, Ipv4Address.None);
                    }
                }

                break;
            case RouteMessage.NewType or RouteMessage.DeleteType:
                if (RouteMessage.TryRead(body, out var route))
                {
                    ReadRoute(route, isGone: header.Type == RouteMessage.DeleteType);
                }

                break;
            case NetconfMessage.NewType:
                _forwardingOff |= NetconfMessage.TryRead(body, out var setting)
                    && setting is { LinkIndex: NetconfMessage.AllLinks, Forwarding: false };
                break;
            case NeighbourMessage.DeleteType:
                if (NeighbourMessage.TryRead(body, out var neighbour) && !neighbour.IsProxy)
                {
                    ReadLoss(neighbour.LinkIndex, neighbour.Address);
                }

                break;
        }
    }

    // To look at all of Dom0's networks for each guest on a bridge would take longer with each.
    private void ReadRoute(RouteMessage route, bool isGone)
    {
        var isHost = route.Destination.Length == 32;
        _dom0Changed |= !IsVif(route.LinkIndex)
            && !(isHost && _isWay(_names.GetValueOrDefault(route.LinkIndex, ""), route.Source));
        if (isGone)
        {
            ReadLoss(route.LinkIndex, isHost ? route.Destination.Network : Ipv4Address.None);
        }
    }

    private void ReadLoss(int link, Ipv4Address way)
    {
        if (IsVif(link))
        {
            _changes.VifLost(link);
        }
        else if (!way.IsNone)
        {
            _changes.WayLost(way);
        }
    }

    private void ReadLink(LinkMessage link, bool isGone)
    {
        LearnName(link);

        // The routes through a link that goes down are not told one by one.
        _dom0Changed |= !IsVif(link.Index);
        if (isGone)
        {
            _names.Remove(link.Index);
            _changes.LinkGone(link);
        }
        else
        {
            _changes.LinkSeen(link);
            _linksSeen = true;
        }
    }

    // New elements are left out: each vif that comes up makes two, and one too many does no harm to the others.
    private void ReadTables(NetlinkHeader header, ReadOnlySpan<byte> body)
    {
        if (header.Type >> 8 != NftMessage.Subsystem)
        {
            return;
        }

        var touches = (NftType)(header.Type & 0xff) is NftType.NewRule or NftType.DeleteRule or NftType.DeleteElement
            or NftType.DeleteTable or NftType.DeleteChain or NftType.DeleteSet;
        _tableTouched |= touches && NftTableName.TryRead(body, out var table)
            && (table == NftTable.Table || table == NftBridgeTable.Table || table == NftArpTable.Table);
    }
}
