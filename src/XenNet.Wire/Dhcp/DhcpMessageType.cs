namespace XenNet.Wire.Dhcp;

/// <summary>What a message is for: the value of option 53 (RFC 2132 section 9.6).</summary>
public enum DhcpMessageType : byte
{
    /// <summary>No message type: BOOTP, which has none (RFC 951), or a packet that was not read that far.</summary>
    None = 0,

    /// <summary>A client looks for servers.</summary>
    Discover = 1,

    /// <summary>A server offers an address.</summary>
    Offer = 2,

    /// <summary>A client takes an offer, comes back after a reboot, or extends its lease.</summary>
    Request = 3,

    /// <summary>A client says that its address is in use by somebody else.</summary>
    Decline = 4,

    /// <summary>A server grants.</summary>
    Ack = 5,

    /// <summary>A server refuses: the client must start over.</summary>
    Nak = 6,

    /// <summary>A client gives its address back.</summary>
    Release = 7,

    /// <summary>A client that has its address asks for the other settings.</summary>
    Inform = 8,
}
