namespace XenNet.Wire.Dhcp;

/// <summary>The options that the server reads or writes (RFC 2132 unless said otherwise).</summary>
public enum DhcpOptionCode : byte
{
    /// <summary>One octet of padding, without a length.</summary>
    Pad = 0,

    /// <summary>Netmask, 4 octets.</summary>
    SubnetMask = 1,

    /// <summary>Routers, 4 octets each.</summary>
    Router = 3,

    /// <summary>Name servers, 4 octets each.</summary>
    DomainNameServer = 6,

    /// <summary>The client's name.</summary>
    HostName = 12,

    /// <summary>The domain that the client appends.</summary>
    DomainName = 15,

    /// <summary>Octets of the largest IP packet on the link, 2 octets.</summary>
    InterfaceMtu = 26,

    /// <summary>The subnet's broadcast address, 4 octets.</summary>
    BroadcastAddress = 28,

    /// <summary>Options of the client's maker, in a field of their own (RFC 2132 section 8.4).</summary>
    VendorOptions = 43,

    /// <summary>The address that the client wants, 4 octets.</summary>
    RequestedAddress = 50,

    /// <summary>Seconds, 4 octets; all ones is for ever.</summary>
    LeaseTime = 51,

    /// <summary>Options stand in the file (1), the sname (2) or both fields (3).</summary>
    Overload = 52,

    /// <summary>What the message is for, 1 octet.</summary>
    MessageType = 53,

    /// <summary>Which server is meant or speaks, 4 octets.</summary>
    ServerIdentifier = 54,

    /// <summary>The options that the client wants, in its order, 1 octet each.</summary>
    ParameterRequestList = 55,

    /// <summary>Why a server refuses, as text.</summary>
    Message = 56,

    /// <summary>Octets of the largest message that the client takes, 2 octets.</summary>
    MaximumMessageSize = 57,

    /// <summary>T1: seconds until the client asks its server for more, 4 octets.</summary>
    RenewalTime = 58,

    /// <summary>T2: seconds until the client asks any server for more, 4 octets.</summary>
    RebindingTime = 59,

    /// <summary>The maker and kind of the client, as text.</summary>
    VendorClass = 60,

    /// <summary>What the client calls itself, 2 octets or more.</summary>
    ClientIdentifier = 61,

    /// <summary>The TFTP server by name (RFC 2132 section 9.4).</summary>
    TftpServerName = 66,

    /// <summary>The boot file (RFC 2132 section 9.5).</summary>
    BootFileName = 67,

    /// <summary>What the client is called: a list of texts (RFC 3004), by many clients one bare text.</summary>
    UserClass = 77,

    /// <summary>Two messages instead of four (RFC 4039); without a value.</summary>
    RapidCommit = 80,

    /// <summary>What a relay agent adds and wants back (RFC 3046).</summary>
    RelayAgentInformation = 82,

    /// <summary>What a booting client is, 2 octets each (RFC 4578).</summary>
    ClientArchitecture = 93,

    /// <summary>What the client is, as 17 octets (RFC 4578 section 2.3).</summary>
    ClientMachineId = 97,

    /// <summary>Seconds for which the client does without IPv4, 4 octets (RFC 8925).</summary>
    Ipv6OnlyPreferred = 108,

    /// <summary>Domains to search, as DNS names (RFC 3397).</summary>
    DomainSearch = 119,

    /// <summary>Routes without classes (RFC 3442).</summary>
    ClasslessRoutes = 121,

    /// <summary>TFTP servers by address (RFC 5859).</summary>
    TftpServerAddress = 150,

    /// <summary>Nothing but padding follows; without a length.</summary>
    End = 255,
}
