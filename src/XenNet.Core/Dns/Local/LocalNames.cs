using XenNet.Core.Registry;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>Finds local data for a name of which it is known what it is to us otherwise.</summary>
internal static class LocalNames
{
    // A machine's names have two labels before the zone, its addresses four before in-addr.arpa.
    private const int MachineLabelsMost = 4;

    /// <summary>
    /// The node of the name itself, or the wildcard that stands for it (RFC 4592); a bare name is looked for in the zone
    /// first.
    /// Where a machine has its own data, an alias beside it does not count.
    /// </summary>
    /// <param name="data">Where to look.</param>
    /// <param name="view">Machines: their names are there, so that no wildcard stands for what is below them.</param>
    /// <param name="zone">The zone in force.</param>
    /// <param name="found">What the name is without local data.</param>
    /// <param name="name">Expanded, lower case.</param>
    public static LocalNode Find(
        LocalData data, RegistryView view, ZoneOctets zone, scoped in NameFinding found, scoped ReadOnlySpan<byte> name)
    {
        if (data.Names == 0 || found.Kind == NameKind.Loopback)
            return default;

        if (found.Kind is NameKind.BareHost or NameKind.LoneLabel)
            return FindBare(data, zone, name, found.Kind == NameKind.BareHost);

        var node = data.Find(name);
        if (found.Kind is NameKind.Host or NameKind.Address && node.FirstType == DnsType.Cname)
            return default;

        var isOpen = found.Kind is NameKind.Missing or NameKind.Foreign;
        return node.Kind == LocalNodeKind.Absent && isOpen && data.HasWildcards
            ? FindWildcard(data, view, zone, found, name)
            : node;
    }

    private static LocalNode FindBare(LocalData data, ZoneOctets zone, scoped ReadOnlySpan<byte> label, bool isMachine)
    {
        // The root label gives way to the zone; both are within bounds, as a zone leaves room for a label of 63.
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        label[..^1].CopyTo(name);
        zone.Name.CopyTo(name[(label.Length - 1)..]);
        var node = data.Find(name[..(label.Length - 1 + zone.Name.Length)]);
        if (node.Kind != LocalNodeKind.Full)
            node = data.Find(label);

        return node.Kind != LocalNodeKind.Full || (isMachine && node.FirstType == DnsType.Cname) ? default : node;
    }

    private static LocalNode FindWildcard(
        LocalData data, RegistryView view, ZoneOctets zone, scoped in NameFinding found, scoped ReadOnlySpan<byte> name)
    {
        var encloserAt = data.FindEncloser(name);
        if (found.Kind == NameKind.Foreign)
            return data.FindWildcard(name[encloserAt..]);

        // The top of a zone of ours is there in any case, and so are machines.
        encloserAt = Math.Min(encloserAt, found.ApexAt);
        return HasMachineBetween(view, zone, name, encloserAt, found.ApexAt)
            ? default
            : data.FindWildcard(name[encloserAt..]);
    }

    // True when a name above the one asked, but below that ancestor, is a machine's.
    private static bool HasMachineBetween(
        RegistryView view, ZoneOctets zone, scoped ReadOnlySpan<byte> name, int encloserAt, int apexAt)
    {
        Span<int> starts = stackalloc int[DnsName.OctetsMax / 2 + 1];
        var count = 0;
        for (var at = 0; at < apexAt; at += 1 + name[at])
            starts[count++] = at;

        // From the top down, the name itself left out: it is not there.
        for (var i = count - 1; i > 0 && i >= count - MachineLabelsMost && starts[i] < encloserAt; i--)
        {
            var above = name[starts[i]..];
            var found = ForwardNames.Find(view, zone, above, here: default);
            if (found.Kind == NameKind.Foreign)
                found = ReverseNames.Find(view, zone.Settings.ReverseIsWide, above);

            if (found.Kind is NameKind.Host or NameKind.Address or NameKind.Empty)
                return true;
        }

        return false;
    }
}
