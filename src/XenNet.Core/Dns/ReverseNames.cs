using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Dns;

/// <summary>
/// Names in in-addr.arpa (RFC 1035 §3.5). The prefix is served as zones that end at octets, as RFC 6303 §4 does:
/// 10.0.0.0/8 is <c>10.in-addr.arpa</c>, 172.16.0.0/12 is <c>16.172.in-addr.arpa</c> to <c>31.172.in-addr.arpa</c>.
/// </summary>
internal static class ReverseNames
{
    private const int OctetsMost = 4;
    private const int MachineOctets = 3;

    private static ReadOnlySpan<byte> Top => "\u0007in-addr\u0004arpa\0"u8;

    /// <summary>
    /// What an uncompressed lower-case name is; <see cref="NameFinding.Foreign"/> outside the prefix.
    /// </summary>
    /// <param name="view">The machines.</param>
    /// <param name="wide">False: only the /24s of known machines are ours.</param>
    /// <param name="name">The name asked.</param>
    public static NameFinding Find(RegistryView view, bool wide, ReadOnlySpan<byte> name)
    {
        if (!DnsLabels.TryFindTail(name, Top, out var topAt))
            return NameFinding.Foreign;

        // Labels stand lowest octet first; labelAt[i] is where the label of the address's octet i begins.
        Span<int> labelAt = stackalloc int[OctetsMost];
        var labels = CountLabels(name[..topAt]);
        var octets = ReadOctets(name[..topAt], labels, labelAt, out var address);

        foreach (var scheme in view.Networks.Schemes)
        {
            if (scheme.Prefix.Contains(address))
                return FindIn(view, scheme, wide, labels, octets, labelAt, address);
        }

        return NameFinding.Foreign;
    }

    private static NameFinding FindIn(
        RegistryView view, AddressScheme scheme, bool wide, int labels, int octets, ReadOnlySpan<int> labelAt,
        Ipv4Address address)
    {
        var apexOctets = wide ? (scheme.Prefix.Length + 7) / 8 : MachineOctets;
        if (octets < apexOctets || (!wide && !HasMachine(view, scheme, address, MachineOctets)))
            return NameFinding.Foreign;

        var apexAt = labelAt[apexOctets - 1];
        if (labels == apexOctets)
            return NameFinding.Apex(apexAt);

        if (octets != labels || !HasMachine(view, scheme, address, octets))
            return NameFinding.Missing(apexAt);

        if (octets < OctetsMost)
            return NameFinding.Empty(apexAt);

        return scheme.Locate(address, out var at) == AddressRefusal.None
            && view.Find(at.Number) is { } machine && machine.Has(at.Interface)
            && view.HasThere(machine, at, scheme)
            ? NameFinding.Address(apexAt, machine, at)
            : NameFinding.Missing(apexAt);
    }

    /// <summary>True for the reverse name of an address, or of a network of whole octets, that lies in the prefix.</summary>
    public static bool LiesIn(Ipv4Prefix prefix, ReadOnlySpan<byte> name)
    {
        if (!DnsLabels.TryFindTail(name, Top, out var topAt))
            return false;

        Span<int> labelAt = stackalloc int[OctetsMost];
        var octets = ReadOctets(name[..topAt], CountLabels(name[..topAt]), labelAt, out var address);
        return octets >= (prefix.Length + 7) / 8 && prefix.Contains(address);
    }

    private static int CountLabels(ReadOnlySpan<byte> labels)
    {
        var count = 0;
        for (; !labels.IsEmpty; count++)
            DnsLabels.TakeFirst(ref labels);

        return count;
    }

    // How many octets of an address the labels spell, from the highest down, before one that is no octet.
    private static int ReadOctets(ReadOnlySpan<byte> below, int labels, Span<int> labelAt, out Ipv4Address address)
    {
        Span<byte> octets = stackalloc byte[OctetsMost];
        var spelt = Math.Min(labels, OctetsMost);
        var rest = below;
        for (var octet = labels - 1; octet >= 0; octet--)
        {
            var at = below.Length - rest.Length;
            var label = DnsLabels.TakeFirst(ref rest);
            if (octet >= OctetsMost)
                continue;

            labelAt[octet] = at;
            if (!DnsLabels.TryReadOctet(label, out octets[octet]))
                spelt = octet;
        }

        octets[spelt..].Clear();
        address = Ipv4Address.Read(octets);
        return spelt;
    }

    // Machines under the first octets of an address: under two (a prefix of /8) 256 numbers are looked through.
    private static bool HasMachine(RegistryView view, AddressScheme scheme, Ipv4Address address, int octets)
    {
        var first = (int)((address.Value - scheme.Prefix.Network.Value) >> 8);
        var count = octets < MachineOctets ? 1 << 8 * (MachineOctets - octets) : 1;
        for (var number = first; number < first + count; number++)
        {
            if (view.Find(new MachineNumber((ushort)number)) is not null)
                return true;
        }

        return false;
    }
}
