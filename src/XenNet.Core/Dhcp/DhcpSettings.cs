namespace XenNet.Core.Dhcp;

/// <summary>What DHCP tells every guest alike.</summary>
public sealed record DhcpSettings
{
    /// <summary>A lease that never ends, on the wire (RFC 2131 section 3.3).</summary>
    public const uint LeaseInfinite = uint.MaxValue;

    /// <summary>
    /// The zone, which guests append and search: labels of 1 to 63 octets with dots between, none at the end.
    /// </summary>
    public required string Zone { get; init; }

    /// <summary>Seconds until a guest must have asked again; never, by default.</summary>
    public uint LeaseSeconds { get; init; } = LeaseInfinite;
}
