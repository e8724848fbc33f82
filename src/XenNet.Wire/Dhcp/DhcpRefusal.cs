namespace XenNet.Wire.Dhcp;

/// <summary>Why octets are not a DHCP request. The names are also the metric labels.</summary>
public enum DhcpRefusal
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>Shorter than the 236 octets of the fixed header.</summary>
    HeaderCut,

    /// <summary>The operation is not BOOTREQUEST.</summary>
    NotRequest,

    /// <summary>The hardware type is not Ethernet (1).</summary>
    WrongHardwareType,

    /// <summary>The hardware address is not six octets long.</summary>
    WrongHardwareLength,

    /// <summary>The hardware address is zero or a group address: no station has it.</summary>
    HardwareAddressBad,

    /// <summary>The magic cookie is cut or another, and the packet too short for BOOTP, which may do without it.</summary>
    NoCookie,

    /// <summary>An option's length is missing or reaches past the end of its field.</summary>
    OptionCut,

    /// <summary>A field of options does not finish with the end option, which RFC 2131 section 4.1 demands.</summary>
    EndMissing,

    /// <summary>The overload option is not one octet of 1, 2 or 3.</summary>
    OverloadBad,

    /// <summary>The overload option stands inside a field that is itself there by overload.</summary>
    OverloadNested,

    /// <summary>No message type, and the packet is too short for BOOTP, which has none.</summary>
    MessageTypeMissing,

    /// <summary>The message type is not one octet, or is 0.</summary>
    MessageTypeBad,

    /// <summary>The requested address is not four octets.</summary>
    RequestedAddressBad,

    /// <summary>The lease time is not four octets.</summary>
    LeaseTimeBad,

    /// <summary>The server identifier is not four octets.</summary>
    ServerIdentifierBad,

    /// <summary>The list of wanted options is there and empty.</summary>
    ParameterListEmpty,

    /// <summary>The maximum message size is not two octets.</summary>
    MaximumSizeBad,

    /// <summary>The client identifier has fewer than two octets.</summary>
    ClientIdentifierShort,
}
