namespace XenNet.Wire.Dns;

/// <summary>CLASS and QCLASS values (RFC 1035 §3.2.4).</summary>
public enum DnsClass : ushort
{
    /// <summary>The Internet: the only class with our data.</summary>
    Internet = 1,

    /// <summary>CHAOS: carries <c>version.bind</c> and nothing else.</summary>
    Chaos = 3,

    /// <summary>Hesiod.</summary>
    Hesiod = 4,

    /// <summary>No class: used inside UPDATE (RFC 2136).</summary>
    None = 254,

    /// <summary>Any class; only asked.</summary>
    Any = 255,
}
