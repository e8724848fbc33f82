using XenNet.Core.Dhcp;

namespace XenNet.Server.Explaining;

/// <summary>Reasons of silence in words.</summary>
internal static class SilenceSentence
{
    /// <summary>Why nothing is sent.</summary>
    public static string Of(DhcpSilence silence) => silence switch
    {
        DhcpSilence.NotAVif => "the link is none that is served",
        DhcpSilence.BridgeUnguarded => "the filter of that bridge is not loaded: nobody on it is known for sure",
        DhcpSilence.NoBinding => "no machine is bound there: no hook has announced it",
        DhcpSilence.RateLimited => "the vif asks more often than dhcp.rate-limit allows",
        DhcpSilence.ExceptedInterface => "dhcp.except-interfaces names the vif",
        DhcpSilence.Ignored => "the client has a tag of dhcp.ignore-when, or its line in hosts-files of the pool says ignore",
        DhcpSilence.Damaged => "it is no DHCP request",
        DhcpSilence.Relayed => "it claims to come by a relay agent that dhcp.relays does not name",
        DhcpSilence.WrongMac => "the hardware address is not the one that the toolstack gave this vif",
        DhcpSilence.ForeignSource => "the source is no address of the machine",
        DhcpSilence.TypeNotServed => "clients do not send such a message, or it is not served",
        DhcpSilence.OtherServer => "it is meant for another server, whose offer was taken or of which its address is",
        DhcpSilence.AddressMissing => "it names no address",
        DhcpSilence.ForeignAddress => "it is about an address that is not this vif's",
        DhcpSilence.PortFull => "the client's port has as many leases as dhcp.pool.leases-per-port-max allows",
        DhcpSilence.NotInMenu => "what it asks for is not in its menu",
        DhcpSilence.PoolExhausted => "no address of the pool is free",
        DhcpSilence.Probing => "the address is probed by ARP first; the offer follows",
        DhcpSilence.StoreBusy => "too many leases wait to be written",
        DhcpSilence.Declined => "the client found its address in use; it is noted",
        DhcpSilence.Released => "the client gave its address back; it is noted",
        DhcpSilence.NoRoom => "what must be said does not fit the size that the client takes",
        DhcpSilence.Mistake => "it made xennet throw, which is a defect: see its log",
        _ => "it is answered",
    };

    /// <summary>The key that says so; null when none does.</summary>
    public static string? KeyOf(DhcpSilence silence) => silence switch
    {
        DhcpSilence.NotAVif => "network.vifs",
        DhcpSilence.ExceptedInterface => "dhcp.except-interfaces",
        DhcpSilence.Ignored => "dhcp.ignore-when",
        DhcpSilence.Relayed => "dhcp.relays",
        DhcpSilence.RateLimited => "dhcp.rate-limit",
        _ => null,
    };
}
