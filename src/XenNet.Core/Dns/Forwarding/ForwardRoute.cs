using System.Collections.Immutable;
using System.Globalization;
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

    /// <summary>
    /// The domains, and those that hold the subnets' reverse names: they end at octets (RFC 1035 §3.5), so that a /12 is
    /// sixteen.
    /// </summary>
    public IEnumerable<string> Names => Domains.Concat(Subnets.SelectMany(ReverseDomains));

    private static IEnumerable<string> ReverseDomains(Ipv4Prefix subnet)
    {
        var octets = (subnet.Length + 7) / 8;
        for (var i = 0u; i < 1u << (8 * octets - subnet.Length); i++)
        {
            var address = (ulong)subnet.Network.Value + ((ulong)i << (32 - 8 * octets));
            var labels = Enumerable.Range(0, octets).Reverse()
                .Select(octet => (address >> (24 - 8 * octet) & 255).ToString(CultureInfo.InvariantCulture));
            yield return string.Join('.', labels.Append("in-addr.arpa"));
        }
    }
}
