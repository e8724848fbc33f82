using System.Collections.Immutable;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>
/// Which names have upstreams of their own, and whose answers may hold private addresses: the most specific domain
/// decides. Immutable.
/// </summary>
public sealed class ForwardRoutes
{
    /// <summary>No route: the general upstreams are asked.</summary>
    public const int None = -1;

    private readonly Dictionary<byte[], int> _routes = new(OctetsComparer.Instance);
    private readonly Dictionary<byte[], int> _private = new(OctetsComparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _findRoute;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _findPrivate;

    /// <summary>Makes the table; of two routes for one domain the later one holds.</summary>
    /// <param name="routes">In the order given; the number of one is its place.</param>
    /// <param name="privateDomains">Domains whose answers may hold private addresses.</param>
    /// <exception cref="ArgumentException">A domain is no DNS name.</exception>
    public ForwardRoutes(ImmutableArray<ForwardRoute> routes, ImmutableArray<string> privateDomains)
    {
        _findRoute = _routes.GetAlternateLookup<ReadOnlySpan<byte>>();
        _findPrivate = _private.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var i = 0; i < routes.Length; i++)
        {
            foreach (var domain in routes[i].Names)
                _routes[ToOctets(domain)] = i;
        }

        foreach (var domain in privateDomains)
            _private[ToOctets(domain)] = 0;
    }

    /// <summary>The route of the most specific domain that the name lies in; <see cref="None"/> for most.</summary>
    /// <param name="name">Expanded, lower case.</param>
    public int Find(ReadOnlySpan<byte> name) => Find(_routes, _findRoute, name);

    /// <summary>True when the answer may hold private addresses.</summary>
    /// <param name="name">Expanded, lower case.</param>
    public bool AllowsPrivateAddresses(ReadOnlySpan<byte> name) => Find(_private, _findPrivate, name) != None;

    private static int Find(
        Dictionary<byte[], int> table, Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> find,
        ReadOnlySpan<byte> name)
    {
        if (table.Count == 0)
            return None;

        for (var at = 0; name[at] != 0; at += 1 + name[at])
        {
            if (find.TryGetValue(name[at..], out var found))
                return found;
        }

        return find.TryGetValue(name[^1..], out var ofRoot) ? ofRoot : None;
    }

    private static byte[] ToOctets(string domain)
    {
        Span<byte> expanded = stackalloc byte[DnsName.OctetsMax];
        if (!DnsNameText.TryParse(domain, expanded, out var length))
            throw new ArgumentException($"'{domain}' is no DNS name.", nameof(domain));

        DnsNameText.ToLower(expanded[..length]);
        return expanded[..length].ToArray();
    }
}
