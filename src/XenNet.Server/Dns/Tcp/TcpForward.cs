using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Dns.Forwarding;

namespace XenNet.Server.Dns.Tcp;

/// <summary>A query over TCP that waits for upstreams.</summary>
/// <param name="owner">Composes the reply.</param>
/// <param name="query">A copy of it.</param>
/// <param name="from">The connection it came by.</param>
internal sealed class TcpForward(TcpResponder owner, byte[] query, TcpConnection from) : ForwardWaiter
{
    /// <inheritdoc/>
    public override void Complete(in Resolution resolution) => owner.Finish(query, from, resolution);
}
