using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;

namespace XenNet.Core.Dns;

/// <summary>Names of machines and of their interfaces as they stand in the zone, uncompressed.</summary>
internal static class MachineNames
{
    /// <summary>The machine by each of its names, its own first, with the interface that the name means by itself.</summary>
    public static IEnumerable<(Machine Machine, InterfaceNumber Meant)> Called(Machine machine) =>
        machine.Extras.Names.Select(name => (machine.Renamed(name.Label, name.Label.ToString()), name.Interface))
            .Prepend((machine, InterfaceNumber.First));

    /// <summary>The machine's own name: <c>ce.testbed</c>.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="zone">The zone's apex, uncompressed.</param>
    /// <param name="name">255 octets are always enough.</param>
    /// <returns>Octets of the name.</returns>
    public static int Write(Machine machine, ReadOnlySpan<byte> zone, Span<byte> name)
    {
        var label = machine.Label.Octets;
        name[0] = (byte)label.Length;
        label.CopyTo(name[1..]);
        zone.CopyTo(name[(1 + label.Length)..]);
        return 1 + label.Length + zone.Length;
    }

    /// <summary>The name of one end of an interface: <c>eth1.ce.testbed</c>, <c>vif0.ce.testbed</c>.</summary>
    public static int Write(
        Machine machine, InterfaceNumber y, LinkEnd end, ReadOnlySpan<byte> zone, Span<byte> name)
    {
        (end == LinkEnd.Dom0 ? "vif"u8 : "eth"u8).CopyTo(name[1..]);
        y.DeviceId.TryFormat(name[4..], out var digits, default, CultureInfo.InvariantCulture);
        name[0] = (byte)(3 + digits);
        return 4 + digits + Write(machine, zone, name[(4 + digits)..]);
    }

    /// <summary>
    /// The one name that an address leads back to: the machine's own for its first interface, the interface's for
    /// others and for Dom0's ends. On a bridge with a zone of its own it is in that zone, and the first is the first there.
    /// </summary>
    public static int WriteOf(
        RegistryView view, Machine machine, InterfaceNumber y, LinkEnd end, ZoneOctets zone, Span<byte> name)
    {
        var first = InterfaceNumber.First;
        var named = zone;
        if (zone.Views.Length > 0 && end == LinkEnd.Guest)
        {
            named = zone.Of(view.ZoneOf(machine, y));
            first = named == zone ? first : view.FirstIn(named.Settings.Name, machine) ?? first;
        }

        return end == LinkEnd.Guest && y == first ? Write(machine, named.Name, name) : Write(machine, y, end, named.Name, name);
    }
}
