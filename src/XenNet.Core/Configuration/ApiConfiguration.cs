using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>The API beside the control socket, which is always there.</summary>
public sealed record ApiConfiguration
{
    /// <summary>An address and port of loopback on which it is served as well; none for nowhere.</summary>
    public Ipv4Endpoint Listen { get; init; }

    /// <summary>The file with what every caller there must say.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>True when it is served there.</summary>
    public bool IsOn => Listen.Port != 0;
}
