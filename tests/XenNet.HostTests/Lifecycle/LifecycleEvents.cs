using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Lifecycle;

/// <summary>Things that happen to a host, chosen by chance: guests' lives, operators, and what breaks.</summary>
internal sealed class LifecycleEvents(LifecycleHost host, Random random, IReadOnlyList<string> pool)
{
    private const int DomainsMost = 8;

    private readonly LifecycleTroubles _troubles = new(host, random);

    private static readonly string?[] Networks = [null, null, "xenbr0", "xenbr1", "lab"];

    /// <summary>Who was told the outcome finds it so at once; what the kernel and xenstore tell takes its time.</summary>
    public bool IsTold { get; private set; }

    private LifecycleModel Model => host.Model;

    private LifecycleOperators Operators => new(host, random, NewName, domain => End(domain, isCalled: true));

    /// <summary>Something happens; what it was.</summary>
    public string Next()
    {
        while (true)
        {
            IsTold = true;
            if (Choose() is { } happened)
            {
                return happened;
            }
        }
    }

    private string? Choose() => random.Next(106) switch
    {
        < 16 => Start(),
        < 26 => Stop(),
        < 33 => Restart(),
        < 38 => Migrate(),
        < 42 => Plug(),
        < 46 => Unplug(),
        < 50 => Again(),
        < 53 => Tap(),
        < 57 => RenameDomain(),
        < 62 => Operators.AddOrRename(),
        < 67 => Operators.Forget(),
        < 71 => Operators.Note(),
        < 76 => Later(_troubles.Vanish()),
        < 80 => Later(_troubles.OwnNetworks()),
        < 84 => Later(_troubles.Damage()),
        < 86 => Later(_troubles.Flush()),
        < 89 => Reload(),
        < 92 => _troubles.ByHand(NewName()),
        < 95 => Later(_troubles.Uplink()),
        < 98 => Later(_troubles.NetworkStop(Gone)),
        _ => Later(_troubles.Death([_troubles.Vanish, _troubles.Damage, _troubles.Uplink, RenameDomain, Gone, Forgotten])),
    };

    // The kernel or xenstore tells it.
    private string? Later(string? happened)
    {
        IsTold = false;
        return happened;
    }

    private string Reload()
    {
        var isLong = host.LeaseSeconds < 7200;
        host.Reload(isLong);
        return $"leases of {host.LeaseSeconds} s";
    }

    // What becomes of a guest while there is no daemon.
    private string? Gone()
    {
        if (random.Pick(host.Domains.Where(domain => domain is { Serves: null, IsUntold: false })) is not { } domain)
        {
            return null;
        }

        End(domain, isCalled: false);
        return $"{domain} is gone";
    }

    private string? Forgotten()
    {
        host.Host.Dom0.Exec("nft", "flush", "ruleset");
        return "nft flush ruleset";
    }

    // Of no domain that runs, and of no machine that an operator has attached by hand.
    private string NewName() => random.Pick(pool.Where(name =>
        !host.Domains.Exists(domain => LifecycleModel.LabelOf(Bare(domain.Name)) == LifecycleModel.LabelOf(name))
        && Model.Find(name)?.Up.Exists(vif => vif.Device is null) != true))!;

    private static string Bare(string name) =>
        name.Replace("--incoming", "", StringComparison.Ordinal).Replace("--migratedaway", "", StringComparison.Ordinal);

    // A domain whose like there is not, now.
    private ModelDomain? Lone() => random.Pick(host.Domains.Where(domain => IsSettled(domain) && !host.Domains.Exists(
        other => other != domain && (other.Serves == domain || Bare(other.Name) == Bare(domain.Name)))));

    private static bool IsSettled(ModelDomain domain) =>
        domain.Serves is null && !domain.Name.Contains("--", StringComparison.Ordinal);

    private string? Start()
    {
        if (host.Domains.Count >= DomainsMost || Model.Machines.Count >= LifecycleOperators.MachinesMost)
        {
            return null;
        }

        return Start(NewName(), Shape());
    }

    private List<(string? Bridge, string Mac, bool IsEmulated, string VifName)> Shape() =>
    [
        .. Enumerable.Range(0, random.Chance(70) ? 1 : random.Next(2, 4)).Select(_ => (
            Networks[random.Next(Networks.Length)], host.NewMac(), random.Chance(20),
            random.Chance(10) ? "w" + XenHost.Text(random.Next(1_000_000)) : "")),
    ];

    private string Start(string name, List<(string? Bridge, string Mac, bool IsEmulated, string VifName)> shape)
    {
        // libxl starts the stub domain first.
        var domain = host.NewDomain(name);
        var isStubbed = shape[0].IsEmulated && random.Chance(30);
        var ip = random.Chance(4) ? "10.9.9.9" : "";
        var devices = shape.Select((one, index) => host.Plug(
            domain, index, one.Mac, one.Bridge, one.IsEmulated, one.VifName, index == 0 ? ip : "")).ToList();
        var text = $"{domain} starts: {string.Join(", ", devices)} {ip}";
        var isUp = devices.Count > 1 && random.Chance(30) && ip.Length == 0 && IsFree(name)
            ? Together(devices)
            : devices.TrueForAll(device => host.Online(device, device.Index == 0 ? ip : ""));
        if (!isUp)
        {
            // As libxl undoes it.
            End(domain, isCalled: true);
            return text + ": refused";
        }

        if (isStubbed)
        {
            var stub = host.NewDomain(name + "-dm", domain);
            host.Host.Rig("xs", "write", $"/local/domain/{domain.Id}/image/device-model-domid", XenHost.Text(stub.Id));
            var emulated = host.Plug(stub, 0, devices[0].Mac, devices[0].Bridge);
            Assert.True(host.Online(emulated));
            return $"{text}; {stub} emulates it";
        }

        devices.Where(device => device.IsEmulated).ToList().ForEach(host.AddTap);
        return text;
    }

    private bool IsFree(string name) =>
        LifecycleModel.IsName(name) && Model.FindByAlias(name) is null
        && (Model.Find(name) is not { } known || known.Name == name);

    // With the stub domain, and with or without the hook.
    private void End(ModelDomain domain, bool isCalled)
    {
        foreach (var one in host.Domains.Where(other => other == domain || other.Serves == domain).ToList())
        {
            foreach (var device in one.Devices.ToList())
            {
                if (isCalled && device.HasTap)
                {
                    host.RemoveTap(device, isCalled: true);
                }

                if (isCalled)
                {
                    host.Offline(device);
                }
            }

            host.Destroy(one);
        }
    }

    private string? Stop()
    {
        if (random.Pick(host.Domains.Where(domain => domain.Serves is null)) is not { } domain)
        {
            return null;
        }

        switch (random.Next(4))
        {
            case 0:
                IsTold = false;
                End(domain, isCalled: false);
                return $"{domain} is gone, and nobody called the hook";
            case 1:
                // The link goes before the hook is called, as with netback.
                IsTold = false;
                domain.Devices.Where(device => device.HasLink).ToList().ForEach(host.LoseLink);
                End(domain, isCalled: true);
                return $"{domain} stops, its links first";
            case 2:
                var late = domain.Devices.ToList();
                IsTold = false;
                End(domain, isCalled: false);
                late.ForEach(host.Offline);
                return $"{domain} is gone, and the hook is called then";
            default:
                End(domain, isCalled: true);
                return $"{domain} stops";
        }
    }

    // The new domain's hook may come before the old one's, and a late offline takes nothing from it.
    private string? Restart()
    {
        if (Lone() is not { } old || old.Devices.Count == 0 || host.Domains.Exists(other => other.Serves == old))
        {
            return null;
        }

        var (isBefore, keepsMacs, moves) = (random.Chance(30), random.Chance(70), random.Chance(10));
        var shape = old.Devices.Select(device => (!isBefore && moves ? Networks[random.Next(Networks.Length)] : device.Bridge,
            keepsMacs ? device.Mac : host.NewMac(), device.IsEmulated, isBefore ? "" : device.VifName)).ToList();
        if (!isBefore)
        {
            End(old, isCalled: true);
            return "again: " + Start(old.Name, shape);
        }

        var text = Start(old.Name, shape);
        End(old, isCalled: true);
        return $"again, before {old} stops: {text}";
    }

    private string? Migrate()
    {
        if (random.Pick(host.Domains.Where(domain => domain.Name.EndsWith("--incoming", StringComparison.Ordinal))) is { } arriving)
        {
            return Arrive(arriving);
        }

        if (random.Pick(host.Domains.Where(domain => domain.Name.EndsWith("--migratedaway", StringComparison.Ordinal))) is { } away)
        {
            if (random.Chance(70) || host.Domains.Exists(other => other.Name == Bare(away.Name)))
            {
                End(away, isCalled: true);
                return $"{away} stops";
            }

            IsTold = false;
            host.Rename(away, Bare(away.Name));
            return $"{away} was not taken, and runs on";
        }

        if (random.Chance(40) && host.Domains.Count < DomainsMost && Model.Machines.Count < LifecycleOperators.MachinesMost)
        {
            return Start(NewName() + "--incoming", [.. Shape().Select(one => one with { IsEmulated = false, VifName = "" })]);
        }

        if (Lone() is not { } here || here.Devices.Count == 0 || host.Domains.Exists(other => other.Serves == here))
        {
            return null;
        }

        IsTold = false;
        if (random.Chance(50))
        {
            host.Rename(here, here.Name + "--migratedaway");
            return $"{here} migrates away";
        }

        // To this very host.
        var name = here.Name;
        var text = Start(name + "--incoming", [.. here.Devices.Select(device => (device.Bridge, device.Mac, false, ""))]);
        if (host.Domains.Find(domain => domain.Name == name + "--incoming") is { } copy)
        {
            host.Rename(here, name + "--migratedaway");
            Settle();
            host.Rename(copy, name);
        }

        return $"{here} migrates to its own host: {text}";
    }

    private string Arrive(ModelDomain arriving)
    {
        if (random.Chance(20))
        {
            End(arriving, isCalled: true);
            return $"{arriving} does not arrive";
        }

        IsTold = false;
        var text = $"{arriving} arrives";
        host.Rename(arriving, Bare(arriving.Name));
        return text;
    }

    // What follows must find this done.
    private void Settle()
    {
        var found = host.Differences(isTold: false);
        Assert.True(found.Length == 0, found);
    }

    private string? Plug()
    {
        if (Lone() is not { } domain || domain.Devices.Count is 0 or > 4 || host.Domains.Exists(other => other.Serves == domain))
        {
            return null;
        }

        var device = host.Plug(
            domain, domain.Devices.Max(other => other.Index) + 1, host.NewMac(), Networks[random.Next(Networks.Length)]);
        if (!host.Online(device))
        {
            host.Offline(device);
            host.Remove(device);
            return $"{domain}: no {device} for it";
        }

        return $"{domain} gets {device}";
    }

    private string? Unplug()
    {
        if (random.Pick(host.Devices.Where(device => device.Domain.Devices.Count > 1)) is not { } device)
        {
            return null;
        }

        if (device.HasTap)
        {
            host.RemoveTap(device, isCalled: true);
        }

        host.Offline(device);
        host.Remove(device);
        return $"{device.Domain} loses {device}";
    }

    // The same call a second time, or down and up again.
    private string? Again()
    {
        if (random.Pick(host.Devices.Where(device => device is { HasLink: true, HasNodes: true } && IsSettled(device.Domain)))
            is not { } device)
        {
            return null;
        }

        if (random.Chance(50))
        {
            host.Offline(device);
            host.Host.Rig("xs", "write", device.World.Backend + "/online", "1", device.World.Backend + "/state", "2");
            device.IsOnline = true;
        }

        return $"{device}: online once more: {host.Online(device)}";
    }

    private string? Tap()
    {
        if (random.Pick(host.Devices.Where(device => device is { IsEmulated: true, HasLink: true, HasNodes: true }
            && Model.IsBound(device) && IsSettled(device.Domain)
            && !host.Domains.Exists(other => other.Serves == device.Domain))) is not { } device)
        {
            return null;
        }

        if (!device.HasTap)
        {
            host.AddTap(device);
            return $"{device} has a tap";
        }

        IsTold = random.Chance(50);
        host.RemoveTap(device, IsTold);
        return $"{device} loses its tap, {(IsTold ? "by the hook" : "and nobody said so")}";
    }

    private string? RenameDomain()
    {
        if (Lone() is not { } domain)
        {
            return null;
        }

        IsTold = false;
        var text = $"{domain} is renamed";
        host.Rename(domain, random.Chance(10) ? "ns" : NewName());
        return $"{text} to {domain.Name}";
    }

    // The order in which they come is nobody's to say, and makes no difference: each is another interface. Each is called once
    // more, and then it is known what it must have been told.
    private bool Together(List<ModelDevice> devices)
    {
        XenHost.Together(devices.Select(device => (Action)(() => device.World.Online())));
        return devices.ConvertAll(device => host.Online(device)).TrueForAll(isUp => isUp);
    }
}
