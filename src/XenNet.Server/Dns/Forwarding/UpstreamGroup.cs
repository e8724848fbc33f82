using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>Upstreams that stand for each other, in the order given. Immutable.</summary>
/// <param name="Upstreams">At most <see cref="UpstreamChoice.UpstreamsMost"/>.</param>
/// <param name="AllowsPrivateAddresses">True for servers that are asked about the inside.</param>
internal sealed record UpstreamGroup(Upstream[] Upstreams, bool AllowsPrivateAddresses)
{
    /// <summary>The same servers' health, for the choice among them.</summary>
    public UpstreamHealth[] Health { get; } = [.. Upstreams.Select(upstream => upstream.Health)];
}
