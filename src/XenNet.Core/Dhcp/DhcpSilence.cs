namespace XenNet.Core.Dhcp;

/// <summary>Why a message gets no answer. The names are also the metric labels.</summary>
public enum DhcpSilence
{
    /// <summary>It gets one.</summary>
    None,

    /// <summary>It came from a link that is no vif.</summary>
    NotAVif,

    /// <summary>It came on a bridge whose filter is not there: nobody on it is known for sure.</summary>
    BridgeUnguarded,

    /// <summary>No machine is bound on that vif, or on that bridge with the client's hardware address.</summary>
    NoBinding,

    /// <summary>The vif asks more often than <c>dhcp.rate-limit</c> allows.</summary>
    RateLimited,

    /// <summary>It came on a vif that <c>dhcp.except-interfaces</c> names.</summary>
    ExceptedInterface,

    /// <summary>The client has a tag of <c>dhcp.ignore-when</c>, or its pool's hosts say so.</summary>
    Ignored,

    /// <summary>It is no DHCP request; the refusal says why.</summary>
    Damaged,

    /// <summary>It claims to come through a relay agent that <c>dhcp.relays</c> does not name, or through too many.</summary>
    Relayed,

    /// <summary>The hardware address is not the one that the toolstack gave this vif.</summary>
    WrongMac,

    /// <summary>The IP source is no address of the machine, and it was not broadcast.</summary>
    ForeignSource,

    /// <summary>A message type that clients do not send, or that is not served.</summary>
    TypeNotServed,

    /// <summary>It is meant for another server, whose offer was taken or of which its address is.</summary>
    OtherServer,

    /// <summary>A REQUEST or INFORM names no address.</summary>
    AddressMissing,

    /// <summary>An INFORM comes for an address that is not this vif's.</summary>
    ForeignAddress,

    /// <summary>The client's port has as many leases of the pool as it may have.</summary>
    PortFull,

    /// <summary>A boot server is asked for something that is not in the client's menu.</summary>
    NotInMenu,

    /// <summary>No address of the pool is free.</summary>
    PoolExhausted,

    /// <summary>The address of the pool is probed by ARP first; the reply follows.</summary>
    Probing,

    /// <summary>So many leases wait to be made durable that this one cannot.</summary>
    StoreBusy,

    /// <summary>A DECLINE: counted, and the address stays, for it belongs to the machine.</summary>
    Declined,

    /// <summary>A RELEASE: counted, and the address stays, for it belongs to the machine.</summary>
    Released,

    /// <summary>What must be said does not fit the size that the client takes: its identifier is too long.</summary>
    NoRoom,

    /// <summary>It made us throw: a mistake of ours.</summary>
    Mistake,
}
