namespace XenNet.Wire.Frames;

/// <summary>Why octets are not a whole IPv4 datagram with UDP in it.</summary>
public enum FrameRefusal
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>Shorter than the IPv4 header says it is.</summary>
    HeaderCut,

    /// <summary>The version is not 4.</summary>
    NotIpv4,

    /// <summary>The header's length is under 20 octets.</summary>
    HeaderLengthBad,

    /// <summary>The total length is less than the headers, or more than is there.</summary>
    TotalLengthBad,

    /// <summary>The header's checksum is wrong.</summary>
    HeaderChecksumBad,

    /// <summary>A fragment: only part of a datagram.</summary>
    Fragment,

    /// <summary>Another protocol.</summary>
    NotUdp,

    /// <summary>UDP's length is less than its header, or more than the datagram holds.</summary>
    UdpLengthBad,

    /// <summary>UDP's checksum is wrong.</summary>
    UdpChecksumBad,
}
