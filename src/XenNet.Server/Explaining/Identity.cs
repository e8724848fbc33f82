using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Explaining;

/// <summary>Who a machine is, and whose an address is, in words.</summary>
internal static class Identity
{
    /// <summary>A machine: its number and names, each interface, what it boots from.</summary>
    public static IEnumerable<string> Of(RegistryView view, string zone, Machine machine)
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"machine {machine.Name}, number {machine.Number.Value}, called {machine.Label} in {zone}");
        foreach (var known in machine.Interfaces)
        {
            var network = view.Networks.Of(known.Bridge, machine.Number);
            var (guest, dom0) = (
                network.GuestAddress(machine.Number, known.Interface), network.Dom0AddressFor(machine.Number, known.Interface));
            var mac = known.Mac == MacAddress.None ? "no MAC known" : known.Mac.ToString();
            var up = machine.Bindings.Where(vif => vif.Interface == known.Interface).Select(vif => vif.Vif).ToList();
            var state = up.Count == 0 ? "down" : "up on " + string.Join(" and ", up);
            var bridge = network.Bridge is null ? "" : $" of bridge {network.Bridge}";
            yield return $"{NameOf(known.Interface)} is {guest}, Dom0's end {dom0}, {mac}, {state}{bridge}";
        }

        if (machine.Boot is { } boot)
            yield return $"boots from {boot}: xennet machine set";
    }

    /// <summary>An address that is no known interface's.</summary>
    public static string Of(RegistryView view, Ipv4Address address)
    {
        if (view.Networks.FindByDom0(address) is { Bridge: { } bridge })
            return $"{address} is Dom0's on bridge {bridge}";

        foreach (var scheme in view.Networks.Schemes)
        {
            var refusal = scheme.Locate(address, out var at);
            if (refusal == AddressRefusal.OutsidePrefix)
                continue;

            if (refusal == AddressRefusal.NoInterface)
                return $"{address} is no interface's: those are .1 to .127 and .129 to .255 of each /24";

            var end = at.End == LinkEnd.Dom0 ? "is Dom0's end" : "would be the guest's end";
            return view.Find(at.Number) is { } machine
                ? $"{address} {end} of {NameOf(at.Interface)} of machine {machine.Name}"
                : string.Create(CultureInfo.InvariantCulture, $"{address} is of machine number {at.Number.Value}, which no machine has");
        }

        return $"{address} lies outside all guests' networks";
    }

    private static string NameOf(InterfaceNumber y) => string.Create(CultureInfo.InvariantCulture, $"eth{y.DeviceId}");
}
