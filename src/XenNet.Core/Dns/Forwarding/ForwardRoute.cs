using System.Collections.Immutable;
using XenNet.Wire;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>Upstreams of their own for some names (<c>[[dns.forward]]</c>).</summary>
/// <param name="Domains">Each is meant with all names below it; lower case, without a dot at the end.</param>
/// <param name="Subnets">The reverse names of their addresses.</param>
/// <param name="Upstreams">Who is asked; nobody: such names are never forwarded.</param>
/// <param name="Source">The interface or the address that such queries leave from; empty for the kernel's choice.</param>
public sealed record ForwardRoute(
    ImmutableArray<string> Domains, ImmutableArray<Ipv4Prefix> Subnets, ImmutableArray<UpstreamServer> Upstreams,
    string Source)
{
    /// <summary>For nothing yet.</summary>
    public static ForwardRoute None { get; } = new([], [], [], "");
}
