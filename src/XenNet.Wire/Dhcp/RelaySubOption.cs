namespace XenNet.Wire.Dhcp;

/// <summary>What a relay agent may say within option 82 that a server acts upon.</summary>
public enum RelaySubOption : byte
{
    /// <summary>The client's network, where giaddr is of another one (RFC 3527).</summary>
    LinkSelection = 5,

    /// <summary>What the client shall take for its server, so that it renews by the agent (RFC 5107).</summary>
    ServerIdentifierOverride = 11,
}
