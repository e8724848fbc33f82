using XenNet.Core.Registry;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Options;

/// <summary>What rules look at: a client's message and whose it is.</summary>
/// <param name="request">The message.</param>
/// <param name="machine">The guest; null for a client of a pool.</param>
/// <param name="bridge">The bridge that it is on; null when its vif is routed.</param>
internal readonly ref struct DhcpSubject(DhcpRequest request, Machine? machine, string? bridge)
{
    /// <summary>The message.</summary>
    public DhcpRequest Request { get; } = request;

    /// <summary>The guest; null for a client of a pool.</summary>
    public Machine? Machine { get; } = machine;

    /// <summary>The bridge that it is on; null when its vif is routed.</summary>
    public string? Bridge { get; } = bridge;
}
