using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Dns;

/// <summary>
/// Names that lead to addresses: <c>ce.testbed</c>, <c>eth1.ce.testbed</c>, <c>vif1.ce.testbed</c>, <c>ns.testbed</c>,
/// <c>dom0.testbed</c> and bare <c>ce</c>; in the zone of a bridge, the same names for what is on it. Pure: the
/// same name and view give the same finding.
/// </summary>
internal static class ForwardNames
{
    private static ReadOnlySpan<byte> Localhost => "\u0009localhost\0"u8;

    /// <summary>What an uncompressed lower-case name is.</summary>
    /// <param name="view">The machines.</param>
    /// <param name="zone">The zone, and those of bridges.</param>
    /// <param name="name">The name asked.</param>
    /// <param name="here">The address that the query came to.</param>
    public static NameFinding Find(
        RegistryView view, ZoneOctets zone, ReadOnlySpan<byte> name, Ipv4Address here)
    {
        if (DnsLabels.TryFindTail(name, zone.Name, out var apexAt))
            return FindInZone(view, name[..apexAt], here);

        foreach (var bridges in zone.Views)
        {
            if (DnsLabels.TryFindTail(name, bridges.Name, out apexAt))
                return FindInView(view, bridges.Settings.Name, name[..apexAt], here) with { View = bridges };
        }

        if (DnsLabels.TryFindTail(name, Localhost, out _))
            return NameFinding.Loopback;

        if (name.Length == 1 || name.Length != 2 + name[0])
            return NameFinding.Foreign;

        var (number, y) = view.FindNamed(name[1..^1]);
        if (number.IsDom0)
            return NameFinding.LoneLabel;

        return NameFinding.BareHost(view.AddressOf(
            number, zone.Views.Length == 0 || y != InterfaceNumber.First ? y : ViewedFrom(view, number, here)));
    }

    // Which interface a bare name means to a guest of a bridge: one that is on it, or on another of its zone.
    private static InterfaceNumber ViewedFrom(RegistryView view, MachineNumber number, Ipv4Address here) =>
        view.Networks.FindByDom0(here) is { } bridge && view.Find(number) is { } machine
            ? view.FirstIn(bridge.Zone, machine) ?? InterfaceNumber.First
            : InterfaceNumber.First;

    private static NameFinding FindInView(RegistryView view, string zone, ReadOnlySpan<byte> below, Ipv4Address here)
    {
        var apexAt = below.Length;
        if (below.IsEmpty)
            return NameFinding.Apex(apexAt);

        var first = DnsLabels.TakeFirst(ref below);
        if (below.IsEmpty && (first.SequenceEqual("ns"u8) || first.SequenceEqual("dom0"u8)))
            return here.IsNone ? NameFinding.Empty(apexAt) : NameFinding.Host(apexAt, here);

        InterfaceNumber? y = null;
        var (number, meant) = view.FindNamed(below.IsEmpty ? first : DnsLabels.TakeFirst(ref below));
        if (view.Find(number) is { } machine && below.IsEmpty)
        {
            y = apexAt == 1 + first.Length ? view.MeantIn(zone, machine, meant)
                : TryReadInterface(first, out var named, out var end) && end == LinkEnd.Guest && machine.Has(named)
                    && view.ZoneOf(machine, named) == zone ? named
                : null;
        }

        return y is { } found ? NameFinding.Host(apexAt, view.AddressOf(number, found)) : NameFinding.Missing(apexAt);
    }

    private static NameFinding FindInZone(RegistryView view, ReadOnlySpan<byte> below, Ipv4Address here)
    {
        var apexAt = below.Length;
        if (below.IsEmpty)
            return NameFinding.Apex(apexAt);

        var first = DnsLabels.TakeFirst(ref below);
        if (below.IsEmpty && (first.SequenceEqual("ns"u8) || first.SequenceEqual("dom0"u8)))
            return here.IsNone ? NameFinding.Empty(apexAt) : NameFinding.Host(apexAt, here);

        if (below.IsEmpty)
        {
            var (number, meant) = view.FindNamed(first);
            return number.IsDom0 ? NameFinding.Missing(apexAt) : NameFinding.Host(apexAt, view.AddressOf(number, meant));
        }

        var second = DnsLabels.TakeFirst(ref below);
        if (!below.IsEmpty || !TryReadInterface(first, out var y, out var end)
            || view.FindByAnyName(second) is not { } machine || !machine.Has(y)
            || (end == LinkEnd.Dom0 && machine.BridgeOf(y) is not null))
        {
            return NameFinding.Missing(apexAt);
        }

        return NameFinding.Host(apexAt, end == LinkEnd.Guest
            ? view.AddressOf(machine.Number, y)
            : view.Scheme.Dom0Address(machine.Number, y));
    }

    // eth<devid> is the guest's end, vif<devid> Dom0's; the number has no leading zero, or one node had two names.
    private static bool TryReadInterface(ReadOnlySpan<byte> label, out InterfaceNumber y, out LinkEnd end)
    {
        y = default;
        end = label.StartsWith("vif"u8) ? LinkEnd.Dom0 : LinkEnd.Guest;
        return (end == LinkEnd.Dom0 || label.StartsWith("eth"u8))
            && DnsLabels.TryReadOctet(label[3..], out var devid)
            && InterfaceNumber.TryFromDeviceId(devid, out y);
    }
}
