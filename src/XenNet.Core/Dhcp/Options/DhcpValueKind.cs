namespace XenNet.Core.Dhcp.Options;

/// <summary>How the value of an option is made up, as its RFC says.</summary>
internal enum DhcpValueKind
{
    /// <summary>Octets without a known form: each piece says what it is.</summary>
    Octets,

    /// <summary>No octets at all.</summary>
    Empty,

    /// <summary>One octet, 0 or 1.</summary>
    Flag,

    /// <summary>One octet.</summary>
    Byte,

    /// <summary>Two octets.</summary>
    UInt16,

    /// <summary>Two octets each, one or more.</summary>
    UInt16s,

    /// <summary>Four octets.</summary>
    UInt32,

    /// <summary>Four octets in two's complement.</summary>
    Int32,

    /// <summary>A time as four octets of seconds; all ones is for ever.</summary>
    Seconds,

    /// <summary>One address.</summary>
    Address,

    /// <summary>Addresses, one or more.</summary>
    Addresses,

    /// <summary>Two addresses each, one pair or more.</summary>
    AddressPairs,

    /// <summary>Text without a zero at its end.</summary>
    Text,

    /// <summary>One DNS name (RFC 1035 section 3.1).</summary>
    Name,

    /// <summary>DNS names, one or more, each whole.</summary>
    Names,

    /// <summary>DNS names, one or more, whose common ends stand once (RFC 3397).</summary>
    SearchList,

    /// <summary>Addresses or DNS names, with an octet before them that says which (RFC 3361).</summary>
    AddressesOrNames,

    /// <summary>Destinations of significant octets and routers (RFC 3442).</summary>
    Routes,

    /// <summary>What the protocol itself says, and nobody may configure.</summary>
    Protocol,
}
