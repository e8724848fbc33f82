using System.Globalization;

namespace XenNet.HostTests.Lifecycle;

/// <summary>
/// What the host must look like as the model has it: a line for each fact, in the words of <see cref="Observation"/>.
/// </summary>
internal static class Prediction
{
    /// <summary>All but what DNS and DHCP answer.</summary>
    public static IEnumerable<string> Host(LifecycleModel model, IEnumerable<ModelDevice> devices) =>
    [
        .. model.Machines.SelectMany(Registry), .. model.Machines.SelectMany(Ways),
        .. model.Machines.SelectMany(machine => machine.Up.SelectMany(vif => Links(machine, vif))),
        .. model.IsStopped ? [] : Filter(model),
        .. devices.Where(device => device.HasNodes)
            .Select(device => $"xenstore {device.Domain.Id}/{device.Index} {device.Status}"),
    ];

    /// <summary>Questions and their answers; empty for a name that must not be there.</summary>
    public static IEnumerable<(string Question, string Answer)> Names(
        LifecycleModel model, IReadOnlyList<string> pool, DateTime now)
    {
        foreach (var machine in model.Machines)
        {
            foreach (var name in machine.Aliases.Append(machine.Label))
            {
                foreach (var record in Records(machine, name))
                {
                    yield return record;
                }
            }

            foreach (var record in Reverse(machine))
            {
                yield return record;
            }
        }

        foreach (var name in pool.Select(LifecycleModel.LabelOf).Distinct()
            .Where(name => model.Find(name) is null && model.FindByAlias(name) is null))
        {
            var former = model.Machines.Where(machine => machine.Former.ContainsKey(name)).ToList();
            var isOver = former.TrueForAll(
                machine => now > machine.Former[name].Before.AddSeconds(LifecycleModel.TtlSeconds + 2));
            if (former is [var one] && now < one.Former[name].After.AddSeconds(LifecycleModel.TtlSeconds - 1))
            {
                yield return ($"{name}.testbed", one.Interfaces[1].Address(one.Number, 1));
            }
            else if (isOver)
            {
                yield return ($"{name}.testbed", "");
                yield return ($"{name}.lab", "");
            }
        }
    }

    private static IEnumerable<string> Filter(LifecycleModel model) =>
    [
        .. model.Machines.SelectMany(machine => machine.Up.SelectMany(vif => Sets(machine, vif))).Distinct(),
        .. model.Uplink is { } uplink ? (string[])["outside " + uplink, "masquerade " + uplink] : [],
    ];

    private static IEnumerable<string> Registry(ModelMachine machine)
    {
        var interfaces = machine.Interfaces.Select(known =>
        {
            var up = machine.Up.LastOrDefault(vif => vif.Y == known.Key && !vif.IsEmulated)
                ?? machine.Up.LastOrDefault(vif => vif.Y == known.Key);
            return $"{known.Value.Address(machine.Number, known.Key)} of {known.Value.Bridge} on {up?.Link} {up?.Mac}";
        });
        yield return $"machine {machine.Number} {machine.Name}: {string.Join(", ", interfaces)}; "
            + $"{string.Join(',', machine.Aliases)}; {machine.Notes}";
        foreach (var vif in machine.Up)
        {
            yield return $"vif {vif.Link} {machine.Name} {machine.Number} {vif.Y} {vif.Network.Address(machine.Number, vif.Y)} "
                + $"{vif.Network.Dom0End(machine.Number, vif.Y)} {vif.Mac} {vif.Network.Bridge}";
        }
    }

    // A link that is nobody's has no address and is down; so it has no line.
    private static IEnumerable<string> Links(ModelMachine machine, ModelVif vif)
    {
        yield return $"up {vif.Link} {vif.Network.Bridge}";
        if (vif.Network.Bridge is null)
        {
            yield return $"address {vif.Link} {vif.Network.Dom0End(machine.Number, vif.Y)}/32";
            yield return $"neighbour {vif.Link} {vif.Network.Address(machine.Number, vif.Y)} {vif.Mac}";
        }
    }

    private static IEnumerable<string> Ways(ModelMachine machine)
    {
        foreach (var way in machine.Ways())
        {
            var (guest, link) = (way.Network.Address(machine.Number, way.Y), way.Network.Bridge ?? way.Link);
            yield return $"route {guest} {link} {way.Metric} {way.Network.Dom0End(machine.Number, way.Y)}";
        }

        // One that arrives has the address on another host yet, or another vif has it here.
        var ports = machine.Up.Where(vif => vif.Network.Bridge is not null && !vif.IsArriving).ToList();
        foreach (var near in ports.GroupBy(vif => (vif.Network, vif.Y)).Select(ModelMachine.WayOf))
        {
            yield return $"neighbour {near.Network.Bridge} {near.Network.Address(machine.Number, near.Y)} {near.Mac}";
        }

        foreach (var port in ports.GroupBy(vif => (vif.Network, vif.Mac)).Select(ModelMachine.WayOf))
        {
            yield return $"station {port.Link} {port.Mac}";
        }

        // Guests of the other bridges of the prefix take it for a neighbour.
        foreach (var proxy in machine.Up.SelectMany(vif => LifecycleModel.BridgeNetworks
            .Where(other => other != vif.Network && other.Prefix == vif.Network.Prefix)
            .Select(other => $"proxy {other.Bridge} {vif.Network.Address(machine.Number, vif.Y)}")).Distinct())
        {
            yield return proxy;
        }
    }

    private static IEnumerable<string> Sets(ModelMachine machine, ModelVif vif)
    {
        var (bridge, mac) = (vif.Network.Bridge, vif.Mac);
        yield return $"inet vifs {vif.Link}";
        yield return $"arp askers {vif.Link}";
        if (bridge is not null)
        {
            yield return $"bridge ports {vif.Link}";
            yield return $"bridge stations {vif.Link} {mac}";
            yield return $"bridge clients {vif.Link} {Number(mac)}";
        }

        // What may come from it: each address of the machine, in each prefix that it has a place in.
        foreach (var sources in LifecycleModel.BridgeNetworks.Append(LifecycleModel.Routed)
            .Where(network => machine.Number <= network.NumberMost).Select(network => network.Address(machine.Number, 0)).Distinct())
        {
            yield return bridge is null ? $"inet guests {vif.Link} {sources} {mac}" : $"inet sources {bridge} {sources}";
            yield return $"bridge machines {sources}";
            yield return $"bridge relatives {sources} {Number(mac)}";
            if (bridge is not null)
            {
                yield return $"bridge sources {vif.Link} {sources}";
            }
        }
    }

    private static IEnumerable<(string Question, string Answer)> Records(ModelMachine machine, string name)
    {
        yield return ($"{name}.testbed", machine.Interfaces[1].Address(machine.Number, 1));
        yield return (name, machine.Interfaces[1].Address(machine.Number, 1));
        var isInLab = false;
        foreach (var (y, network) in machine.Interfaces)
        {
            yield return ($"eth{y - 1}.{name}.testbed", network.Address(machine.Number, y));
            if (network.Bridge is null)
            {
                yield return ($"vif{y - 1}.{name}.testbed", network.Dom0End(machine.Number, y));
            }

            if (network.Bridge == "lab" && !isInLab)
            {
                isInLab = true;
                yield return ($"{name}.lab", network.Address(machine.Number, y));
            }

            yield return ($"eth{y - 1}.{name}.lab", network.Bridge == "lab" ? network.Address(machine.Number, y) : "");
        }

        yield return ($"eth126.{name}.testbed", "");
        if (!isInLab)
        {
            yield return ($"{name}.lab", "");
        }
    }

    private static IEnumerable<(string Question, string Answer)> Reverse(ModelMachine machine)
    {
        var isFirstInLab = true;
        foreach (var (y, network) in machine.Interfaces)
        {
            var isLab = network.Bridge == "lab";
            var isFirst = isLab ? isFirstInLab : y == 1;
            isFirstInLab &= !isLab;
            yield return (Arpa(network.Address(machine.Number, y)),
                (isFirst ? "" : $"eth{y - 1}.") + machine.Label + (isLab ? ".lab" : ".testbed"));
            if (network.Bridge is null)
            {
                yield return (Arpa(network.Dom0End(machine.Number, y)), $"vif{y - 1}.{machine.Label}.testbed");
            }
        }
    }

    private static string Arpa(string address) => string.Join('.', address.Split('.').Reverse()) + ".in-addr.arpa";

    private static string Number(string mac) =>
        ulong.Parse(mac.Replace(":", "", StringComparison.Ordinal), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            .ToString(CultureInfo.InvariantCulture);
}
