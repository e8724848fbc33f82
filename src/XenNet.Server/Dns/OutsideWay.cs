using System.Collections.Immutable;

namespace XenNet.Server.Dns;

/// <summary>Who is asked about a name that is not ours.</summary>
/// <param name="Route">
/// The <c>[[dns.forward]]</c> that it goes by, from 0; <see cref="Core.Dns.Forwarding.ForwardRoutes.None"/> for none.
/// </param>
/// <param name="Servers">In the order given; whether each may tell of private addresses.</param>
internal sealed record OutsideWay(
    int Route, ImmutableArray<(UpstreamStatus Server, bool MayTellOfInside)> Servers);
