using System.Collections.Immutable;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>
/// What is decided about names outside our zones before anybody is asked: which domains are empty here and never leave
/// (RFC 6303, RFC 6761, and those that are configured), and which types are left out. Immutable.
/// </summary>
public sealed class OutsideNames
{
    private readonly Dictionary<byte[], bool> _isEmpty = new(OctetsComparer.Instance);
    private readonly Dictionary<byte[], bool>.AlternateLookup<ReadOnlySpan<byte>> _find;

    /// <summary>Makes the table.</summary>
    /// <param name="localDomains">Domains besides the standard ones that never leave.</param>
    /// <param name="forwardedDomains">Domains that have upstreams of their own, and so do leave.</param>
    /// <param name="filteredTypes">Types that are never answered from outside.</param>
    /// <exception cref="ArgumentException">A domain is no DNS name.</exception>
    public OutsideNames(
        ImmutableArray<string> localDomains, ImmutableArray<string> forwardedDomains,
        ImmutableArray<DnsType> filteredTypes)
    {
        FilteredTypes = filteredTypes;
        _find = _isEmpty.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (var domain in EmptyZones.All.Concat(localDomains))
            _isEmpty[ToOctets(domain)] = true;

        foreach (var domain in forwardedDomains)
            _isEmpty[ToOctets(domain)] = false;
    }

    /// <summary>The standard ones alone.</summary>
    public static OutsideNames Standard { get; } = new([], [], []);

    /// <summary>Types that are never answered from outside.</summary>
    public ImmutableArray<DnsType> FilteredTypes { get; }

    /// <summary>True when the most specific domain of the table that the name lies in is an empty one.</summary>
    /// <param name="name">Expanded, lower case.</param>
    /// <param name="apexAt">Where in the name that domain begins.</param>
    public bool IsEmptyHere(ReadOnlySpan<byte> name, out int apexAt)
    {
        for (apexAt = 0; name[apexAt] != 0; apexAt += 1 + name[apexAt])
        {
            if (_find.TryGetValue(name[apexAt..], out var isEmpty))
                return isEmpty;
        }

        return false;
    }

    /// <summary>True for a domain that has upstreams of its own; not for what is below it.</summary>
    /// <param name="name">Expanded, lower case.</param>
    public bool IsForwarded(ReadOnlySpan<byte> name) => _find.TryGetValue(name, out var isEmpty) && !isEmpty;

    private static byte[] ToOctets(string domain)
    {
        Span<byte> expanded = stackalloc byte[DnsName.OctetsMax];
        if (!DnsNameText.TryParse(domain, expanded, out var length))
            throw new ArgumentException($"'{domain}' is no DNS name.", nameof(domain));

        DnsNameText.ToLower(expanded[..length]);
        return expanded[..length].ToArray();
    }
}
