using XenNet.Wire;

namespace XenNet.Core.Dhcp;

/// <summary>The ways in which a reply can go.</summary>
public enum DhcpRoute
{
    /// <summary>Nowhere: there is no reply.</summary>
    None,

    /// <summary>By IP to the relay agent that passed the message on, to port 67.</summary>
    ToRelay,

    /// <summary>By IP to the address that the client has.</summary>
    ToAddress,

    /// <summary>In a frame to the client's hardware address; it has no IP address to answer ARP for yet.</summary>
    ToHardware,

    /// <summary>In a frame to every station.</summary>
    Broadcast,
}

/// <summary>Where a reply goes: to port 68 of a client, or to port 67 of a relay agent.</summary>
/// <param name="Route">The way.</param>
/// <param name="Address">The IP destination.</param>
public readonly record struct DhcpDelivery(DhcpRoute Route, Ipv4Address Address)
{
    /// <summary>RFC 2131 section 4.1, line by line.</summary>
    /// <param name="giaddr">The relay agent, as the request has it.</param>
    /// <param name="ciaddr">The address that the client has, as the reply has it.</param>
    /// <param name="yiaddr">The address that the client is given; none in answer to INFORM.</param>
    /// <param name="nak">The reply is a NAK.</param>
    /// <param name="broadcastFlag">The client asked for a broadcast.</param>
    public static DhcpDelivery Choose(
        Ipv4Address giaddr, Ipv4Address ciaddr, Ipv4Address yiaddr, bool nak, bool broadcastFlag)
    {
        if (!giaddr.IsNone)
        {
            return new DhcpDelivery(DhcpRoute.ToRelay, giaddr);
        }

        if (nak)
        {
            return new DhcpDelivery(DhcpRoute.Broadcast, Ipv4Address.Broadcast);
        }

        if (!ciaddr.IsNone)
        {
            return new DhcpDelivery(DhcpRoute.ToAddress, ciaddr);
        }

        return broadcastFlag || yiaddr.IsNone
            ? new DhcpDelivery(DhcpRoute.Broadcast, Ipv4Address.Broadcast)
            : new DhcpDelivery(DhcpRoute.ToHardware, yiaddr);
    }
}
