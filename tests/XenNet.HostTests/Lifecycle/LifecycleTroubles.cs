using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Lifecycle;

/// <summary>What happens to a host besides its guests' lives: things vanish, are broken by others, and the daemon dies.</summary>
internal sealed class LifecycleTroubles(LifecycleHost host, Random random)
{
    private static readonly (string? Link, string Router)[] Uplinks =
        [("uplink0", XenHost.Gateway), ("uplink1", "203.0.113.1"), ("xenbr0", BridgedHost.LanHost), (null, "")];

    // What gives back to guests a number that Dom0 has taken for itself.
    private readonly Dictionary<int, string> _taken = [];

    // Links that were attached by hand, and that may be again.
    private int _hand;

    private LifecycleModel Model => host.Model;

    private XenHost Host => host.Host;

    /// <summary>A link goes, or the nodes of a device, and nobody calls a hook.</summary>
    public string? Vanish()
    {
        if (random.Pick(host.Devices.Where(device => device is { HasLink: true, HasNodes: true, Domain.IsUntold: false }
            && Model.IsBound(device)))
            is not { } device)
        {
            return null;
        }

        if (random.Next(2) == 0)
        {
            host.LoseLink(device);
            return $"the link of {device} is gone";
        }

        host.LoseNodes(device);
        return $"the nodes of {device} are gone";
    }

    /// <summary>Dom0 gets an address or a route in a machine's network, or loses it: that number is nobody's meanwhile.</summary>
    public string? OwnNetworks()
    {
        if (random.Next(3) == 0)
        {
            // Its ports, and Dom0's address on it, come back.
            Host.Dom0.Exec("sh", "-ec", "ip link del xenbr1; ip link add xenbr1 type bridge; ip link set xenbr1 up");
            host.BindLost();
            return "the bridge xenbr1 is made anew";
        }

        if (Model.Blocked.Count > 1)
        {
            var free = Model.Blocked.First();
            Assert.True(_taken.Remove(free, out var leave));
            Host.Dom0.Ip(leave.Split(' '));
            Model.Blocked.Remove(free);
            Await(free, isTaken: false);
            return leave;
        }

        var number = random.Next(1, 30);
        if (Model.Blocked.Contains(number) || Model.Machines.Any(machine => machine.Number == number))
        {
            return null;
        }

        var (what, where) = random.Next(4) switch
        {
            0 => ("route", $"10.0.{number}.0/24 dev uplink1"),
            1 => ("route", $"10.0.{number}.64/26 dev uplink0"),
            2 => ("route", $"10.0.{number}.76/31 dev uplink1"),
            _ => ("addr", $"10.0.{number}.5/24 dev uplink0"),
        };
        Host.Dom0.Ip($"{what} add {where}".Split(' '));
        _taken[number] = $"{what} del {where}";
        Model.Blocked.Add(number);
        Await(number, isTaken: true);
        return $"{what} add {where}";
    }

    /// <summary>The way to the outside is another, or there is none.</summary>
    public string Uplink()
    {
        var (link, router) = Uplinks[random.Next(Uplinks.Length)];
        if (link is null || random.Chance(50))
        {
            Host.Dom0.TryExec("ip", "route", "del", "default");
        }

        if (link is not null)
        {
            Host.Dom0.Ip("route", "replace", "default", "via", router, "dev", link);
        }

        Model.Uplink = link;
        return $"the uplink is {link ?? "gone"}";
    }

    /// <summary>An operator stops the network; guests that stop meanwhile do, and none starts; then all is as before.</summary>
    /// <param name="gone">A guest that stops; null when there is none.</param>
    public string NetworkStop(Func<string?> gone)
    {
        host.Xennet(true, "network", "stop", "--config", Host.ConfigurationFile);
        Model.IsStopped = true;
        Assert.Empty(host.Filter());
        var meanwhile = random.Next(3) switch
        {
            0 => gone(),
            1 when random.Pick(Model.Machines.Where(IsAway)) is { } machine => Refuse(machine),
            _ => Uplink(),
        };
        Assert.Empty(host.Filter());
        Model.IsStopped = false;
        if (random.Chance(30))
        {
            return $"network stop, {meanwhile}, {Death([])}";
        }

        host.Xennet(true, "network", "start", "--config", Host.ConfigurationFile);
        host.BindLost();
        return $"network stop, {meanwhile}, network start";
    }

    /// <summary>Somebody takes from a vif what it needs.</summary>
    public string? Damage() =>
        random.Pick(Model.Machines.Where(machine => machine.Up.Count > 0)) is { } machine
            ? Damage(machine, random.Pick(machine.Up)!)
            : null;

    /// <summary>Somebody empties the tables.</summary>
    public string Flush()
    {
        var command = random.Next(5) switch
        {
            0 => "nft flush ruleset",
            1 => "nft delete table inet xennet",
            2 => "nft delete table bridge xennet",
            3 => "nft delete table arp xennet",
            _ => "nft flush set inet xennet vifs",
        };
        Host.Dom0.Exec("sh", "-ec", command);
        host.BindLost();
        return command;
    }

    /// <summary>An operator brings up an interface without xenstore, or takes one down.</summary>
    public string? ByHand(string name)
    {
        if (random.Pick(Model.Machines.SelectMany(machine => machine.Up).Where(vif => vif.Device is null)) is { } up)
        {
            host.Xennet(true, "vif", "detach", up.Link);
            Host.Dom0.Ip("link", "del", up.Link);
            Model.Release(vif => vif == up);
            return $"{up.Link} is detached";
        }

        var (link, y, mac, network) = ("hand" + XenHost.Text(++_hand), random.Next(1, 4), host.NewMac(),
            LifecycleModel.NetworkOf(random.Next(2) == 0 ? "xenbr0" : null));
        Host.Dom0.Ip("link", "add", link, "type", "veth", "peer", "name", "peer" + XenHost.Text(_hand));
        var machine = Model.Ensure(name);
        host.Xennet(machine is not null, ["vif", "attach", name, link, mac, "--devid", XenHost.Text(y - 1),
            .. network.Bridge is { } bridge ? (string[])["--bridge", bridge] : []]);
        if (machine is null)
        {
            Host.Dom0.Ip("link", "del", link);
            return $"{link} is refused to {name}";
        }

        Model.Bind(machine, new ModelVif(link, null, y, mac, network, LinkRole.Only));
        return $"{link} is attached to {name} as interface {y}";
    }

    /// <summary>The daemon dies, the world goes on, and it is started again.</summary>
    /// <param name="meanwhile">Something that needs no daemon; null when there is nothing.</param>
    public string Death(IReadOnlyList<Func<string?>> meanwhile)
    {
        var isKilled = random.Next(3) != 0;
        if (isKilled)
        {
            Host.Kill();
        }
        else
        {
            Assert.Equal(0, Host.Stop());
        }

        host.IsDown = true;
        var died = DateTime.UtcNow;
        var happened = Enumerable.Range(0, meanwhile.Count == 0 ? 0 : random.Next(3)).Select(_ => meanwhile[random.Next(meanwhile.Count)]())
            .OfType<string>().ToList();
        host.Restart();
        foreach (var machine in Model.Machines)
        {
            foreach (var (label, given) in machine.Former.Where(name => name.Value.Before >= died).ToList())
            {
                // Only now it is told.
                machine.Former[label] = (given.After, DateTime.UtcNow.AddSeconds(1));
            }
        }

        return $"the daemon {(isKilled ? "is killed" : "stops")}, {string.Join(", ", happened.Append("starts"))}";
    }

    private bool IsAway(ModelMachine machine) =>
        machine.Up.Count == 0 && !host.Domains.Exists(domain => domain.Name.StartsWith(machine.Name, StringComparison.Ordinal));

    private string Refuse(ModelMachine machine)
    {
        var domain = host.NewDomain(machine.Name);
        var device = host.Plug(domain, 0, host.NewMac(), null);
        Assert.Contains("run 'xennet network start'", device.World.Online().FailedWith(), StringComparison.Ordinal);
        host.Destroy(domain);
        return $"{domain} is refused";
    }

    private string Damage(ModelMachine machine, ModelVif vif)
    {
        var (link, guest, way) = (vif.Link, vif.Network.Address(machine.Number, vif.Y), vif.Network.Bridge ?? vif.Link);
        var command = random.Next(6) switch
        {
            0 => $"ip link set {link} down",
            1 when vif.Network.Bridge is null => $"ip addr flush dev {link}",
            2 => $"ip route del {guest} dev {way} metric {vif.Metric}",
            3 => $"ip neigh del {guest} dev {way}",
            4 when vif.Network.Bridge is not null => $"ip link set {link} nomaster",
            _ => $"nft delete element inet xennet vifs '{{ {link} }}'",
        };
        // It may have taken somebody else's, or nothing: a vif beside another has no route of its own.
        Host.Dom0.TryExec("sh", "-c", command);
        if (command.StartsWith("nft", StringComparison.Ordinal))
        {
            host.BindLost();
        }

        return command;
    }

    // Nothing else shows that the daemon has seen it: it refuses the number, or gives it.
    private void Await(int number, bool isTaken) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            var isAdded = Host.Xennet("machine", "add", "probe", "--number", XenHost.Text(number)).Code == 0;
            if (isAdded)
            {
                Host.Xen("machine", "forget", "probe", "--release");
                Model.Free(number);
            }

            return isAdded != isTaken;
        },
        TimeSpan.FromSeconds(20)));
}
