using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Dns;

/// <summary>
/// Names that lead to addresses: <c>ce.testbed</c>, <c>eth1.ce.testbed</c>, <c>vif1.ce.testbed</c>, <c>ns.testbed</c>,
/// <c>dom0.testbed</c> and bare <c>ce</c>. Pure: the same name and view give the same finding.
/// </summary>
internal static class ForwardNames
{
    private static ReadOnlySpan<byte> Localhost => "\u0009localhost\0"u8;

    /// <summary>What an uncompressed lower-case name is.</summary>
    /// <param name="view">The machines.</param>
    /// <param name="zone">The zone's apex.</param>
    /// <param name="name">The name asked.</param>
    /// <param name="here">The address that the query came to.</param>
    public static NameFinding Find(
        RegistryView view, ReadOnlySpan<byte> zone, ReadOnlySpan<byte> name, Ipv4Address here)
    {
        if (DnsLabels.TryFindTail(name, zone, out var apexAt))
            return FindInZone(view, name[..apexAt], here);

        if (DnsLabels.TryFindTail(name, Localhost, out _))
            return NameFinding.Loopback;

        if (name.Length == 1 || name.Length != 2 + name[0])
            return NameFinding.Foreign;

        var number = view.FindNumber(name[1..^1]);
        return number.IsDom0
            ? NameFinding.LoneLabel
            : NameFinding.BareHost(view.Scheme.GuestAddress(number, InterfaceNumber.First));
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
            var number = view.FindNumber(first);
            return number.IsDom0
                ? NameFinding.Missing(apexAt)
                : NameFinding.Host(apexAt, view.Scheme.GuestAddress(number, InterfaceNumber.First));
        }

        var second = DnsLabels.TakeFirst(ref below);
        if (!below.IsEmpty || !TryReadInterface(first, out var y, out var end)
            || view.Find(second) is not { } machine || !machine.Has(y))
        {
            return NameFinding.Missing(apexAt);
        }

        return NameFinding.Host(apexAt, end == LinkEnd.Guest
            ? view.Scheme.GuestAddress(machine.Number, y)
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
