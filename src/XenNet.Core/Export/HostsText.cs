using XenNet.Core.Addressing;
using XenNet.Core.Dns;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Export;

/// <summary>
/// The registry as <c>/etc/hosts</c> and <c>/etc/ethers</c> have it, so that a resolver or dnsmasq that reads them
/// answers as we do: each address leads back to the name that stands first in its line.
/// </summary>
public static class HostsText
{
    /// <summary>Lines of hosts(5): every address of every machine and of Dom0's ends, with all its names.</summary>
    /// <param name="view">The machines.</param>
    /// <param name="settings">The zone in force.</param>
    public static IEnumerable<string> Hosts(RegistryView view, ZoneSettings settings)
    {
        var zone = new ZoneOctets(settings);
        foreach (var machine in view.Machines())
        {
            foreach (var known in machine.Interfaces)
            {
                var y = known.Interface;
                var names = MachineNames.Called(machine)
                    .SelectMany(called => Names(view, called.Machine, called.Meant, y, zone))
                    .Prepend(PointerName(view, machine, y, zone)).Distinct(StringComparer.Ordinal);
                yield return Line(view.AddressOf(machine.Number, y).ToString(), string.Join(' ', names));
                if (known.Bridge is null)
                {
                    var ends = MachineNames.Called(machine)
                        .Select(called => Name(called.Machine, y, LinkEnd.Dom0, zone));
                    yield return Line(
                        view.Scheme.Dom0Address(machine.Number, y).ToString(), string.Join(' ', ends));
                }
            }
        }
    }

    /// <summary>Lines of ethers(5): every MAC that is known, with its address.</summary>
    public static IEnumerable<string> Ethers(RegistryView view) =>
        from machine in view.Machines()
        from known in machine.Interfaces
        where known.Mac != MacAddress.None
        select Line(known.Mac.ToString(), view.AddressOf(machine.Number, known.Interface).ToString());

    // Of an interface, by one name of its machine, which means one interface by itself.
    private static IEnumerable<string> Names(
        RegistryView view, Machine machine, InterfaceNumber meant, InterfaceNumber y, ZoneOctets zone)
    {
        if (y == meant)
        {
            yield return Name(machine, zone);
            yield return machine.Label.ToString();
        }

        yield return Name(machine, y, LinkEnd.Guest, zone);
        var there = zone.Of(view.ZoneOf(machine, y));
        if (there == zone)
            yield break;

        if (view.MeantIn(there.Settings.Name, machine, meant) == y)
            yield return Name(machine, there);

        yield return Name(machine, y, LinkEnd.Guest, there);
    }

    private static string PointerName(RegistryView view, Machine machine, InterfaceNumber y, ZoneOctets zone)
    {
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        return DnsNameText.Format(name[..MachineNames.WriteOf(view, machine, y, LinkEnd.Guest, zone, name)]);
    }

    private static string Name(Machine machine, ZoneOctets zone)
    {
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        return DnsNameText.Format(name[..MachineNames.Write(machine, zone.Name, name)]);
    }

    private static string Name(Machine machine, InterfaceNumber y, LinkEnd end, ZoneOctets zone)
    {
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        return DnsNameText.Format(name[..MachineNames.Write(machine, y, end, zone.Name, name)]);
    }

    private static string Line(string first, string rest) => $"{first}\t{rest}\n";
}
