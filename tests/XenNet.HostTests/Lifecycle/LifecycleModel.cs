using System.Text;

namespace XenNet.HostTests.Lifecycle;

/// <summary>
/// What the documents say a host must become by each thing that happens to it, written down a second time and plainly: it
/// knows nothing of the product's code.
/// </summary>
internal sealed class LifecycleModel
{
    internal const int TtlSeconds = 3;

    internal static readonly ModelNetwork Routed = new(null, (10, 0), "", 8, 65535);

    private static readonly ModelNetwork[] Bridges =
    [
        new("xenbr0", (10, 0), "10.0.0.129", 8, 65535),
        new("lab", (172, 16), "172.16.0.129", 12, 4095),
        new("xenbr1", (10, 0), "10.0.0.130", 8, 65535),
    ];

    private readonly List<ModelMachine> _machines = [];
    private readonly HashSet<int> _used = [];
    private readonly List<int> _forgotten = [];

    /// <summary>The configured networks of bridges.</summary>
    public static IReadOnlyList<ModelNetwork> BridgeNetworks => Bridges;

    public IReadOnlyList<ModelMachine> Machines => _machines;

    /// <summary>The interface to the outside; null when there is none.</summary>
    public string? Uplink { get; set; } = "uplink0";

    /// <summary>True while there is no filter: network stop was called.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Numbers whose networks Dom0 has for itself.</summary>
    public HashSet<int> Blocked { get; } = [];

    /// <summary>The label of a name: lower case, every other character or run of them is one '-', and none at the ends.</summary>
    public static string LabelOf(string name)
    {
        var label = new StringBuilder();
        foreach (var character in name.ToLowerInvariant())
        {
            var mapped = char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) ? character : '-';
            if (mapped != '-' || (label.Length > 0 && label[^1] != '-'))
            {
                label.Append(mapped);
            }
        }

        return label.ToString().TrimEnd('-');
    }

    public static bool IsName(string name) => LabelOf(name) is not ("" or "ns" or "dom0" or "localhost" or "wpad" or "gw");

    public static ModelNetwork NetworkOf(string? bridge) =>
        Array.Find(Bridges, network => network.Bridge == bridge) ?? Routed;

    public ModelMachine? Find(string name) => _machines.Find(machine => machine.Label == LabelOf(name));

    public ModelMachine? FindByAlias(string name) => _machines.Find(machine => machine.Aliases.Contains(LabelOf(name)));

    /// <summary>The machine whose that domain's vifs are.</summary>
    public ModelMachine? OwnerOf(ModelDomain domain) =>
        _machines.Find(machine => machine.Up.Exists(vif => vif.Device?.Domain == domain));

    public bool IsBound(ModelDevice device) => _machines.Exists(machine => machine.Up.Exists(vif => vif.Device == device));

    /// <summary>The machine of that name, a new one if there is none; null when the name is no machine's to have.</summary>
    public ModelMachine? Ensure(string name, int? number = null)
    {
        if (!IsName(name) || (Find(name) ?? FindByAlias(name)) is { } holder && holder.Name != name)
        {
            return null;
        }

        if (Find(name) is { } known)
        {
            return number is null || number == known.Number ? known : null;
        }

        if (number is { } asked && (Blocked.Contains(asked) || _machines.Exists(other => other.Number == asked)))
        {
            return null;
        }

        var machine = new ModelMachine(number ?? NextNumber(), name);
        _used.Add(machine.Number);
        _forgotten.Remove(machine.Number);
        _machines.Add(machine);
        // A former name is anybody's to take; whoever had it answers to it no more.
        return machine;
    }

    /// <summary>The hook's online, or what puts back a vif that was lost: true when it must succeed.</summary>
    public bool Online(ModelDevice device, LinkRole role, string link, string ip = "")
    {
        var (domain, name) = (device.Domain, device.Domain.Serves?.Name ?? device.Domain.Name);
        var isArriving = name.EndsWith("--incoming", StringComparison.Ordinal);
        name = isArriving ? name[..^"--incoming".Length] : name;
        var network = NetworkOf(device.Bridge);
        if (ip.Length > 0 && IsName(name) && ip != network.Address(Find(name)?.Number ?? NextNumber(), device.Y))
        {
            // It is not its own, and no number is spent for that.
            return false;
        }

        if (Ensure(name) is not { } machine || machine.Number > network.NumberMost
            || _machines.Exists(other => other != machine && network.Bridge is not null
                && other.Up.Exists(vif => vif.Network == network && vif.Mac == device.Mac)))
        {
            return false;
        }

        Bind(machine, new ModelVif(link, device, device.Y, device.Mac, network, role) { IsArriving = isArriving });
        return true;
    }

    /// <summary>The vif is the machine's; nobody else has a vif of that name.</summary>
    public void Bind(ModelMachine machine, ModelVif vif)
    {
        Release(other => other.Link == vif.Link);
        machine.Up.Add(vif);
        machine.Interfaces[vif.Y] = vif.Network;
    }

    /// <summary>These vifs are down.</summary>
    public void Release(Predicate<ModelVif> which) => _machines.ForEach(machine => machine.Up.RemoveAll(which));

    /// <summary>The domain has another name in xenstore.</summary>
    public void Renamed(ModelDomain domain, string name, DateTime before)
    {
        var (wasArriving, machine) = (domain.Name.EndsWith("--incoming", StringComparison.Ordinal), OwnerOf(domain));
        domain.Name = name;
        if (machine is null || domain.Serves is not null)
        {
            return;
        }

        if (name.EndsWith("--migratedaway", StringComparison.Ordinal))
        {
            Release(vif => vif.Device?.Domain == domain);
            return;
        }

        if (wasArriving)
        {
            machine.Up.FindAll(vif => vif.Device?.Domain == domain).ForEach(vif => vif.IsArriving = false);
        }

        Rename(machine, name, before);
    }

    /// <summary>False when the name is another's, or none.</summary>
    public bool Rename(ModelMachine machine, string name, DateTime before)
    {
        if (!IsName(name) || (Find(name) ?? FindByAlias(name)) is { } holder && holder != machine)
        {
            return false;
        }

        var old = machine.Label;
        machine.Name = name;
        machine.Aliases.Remove(machine.Label);
        machine.Former.Remove(machine.Label);
        if (old != machine.Label)
        {
            machine.Former[old] = (before, DateTime.UtcNow);
        }

        return true;
    }

    /// <summary>False when it is up and may not be.</summary>
    public bool Forget(ModelMachine machine, bool isReleased)
    {
        if (machine.Up.Count > 0 && !isReleased)
        {
            return false;
        }

        _machines.Remove(machine);
        if (isReleased)
        {
            Free(machine.Number);
        }
        else
        {
            _forgotten.Add(machine.Number);
        }

        return true;
    }

    public bool SetAliases(ModelMachine machine, IReadOnlyCollection<string> aliases)
    {
        if (aliases.Any(alias => alias == machine.Label
            || (Find(alias) ?? FindByAlias(alias)) is { } holder && holder != machine))
        {
            return false;
        }

        machine.Aliases = new SortedSet<string>(aliases, StringComparer.Ordinal);
        foreach (var alias in aliases)
        {
            machine.Former.Remove(alias);
        }

        return true;
    }

    /// <summary>Nobody has had it.</summary>
    public void Free(int number)
    {
        _used.Remove(number);
        _forgotten.Remove(number);
    }

    // The lowest that nobody has had and Dom0 does not need; forgotten ones come last.
    private int NextNumber()
    {
        for (var number = 1; number <= 65535; number++)
        {
            if (!_used.Contains(number) && !Blocked.Contains(number))
            {
                return number;
            }
        }

        return _forgotten.First(number => !Blocked.Contains(number));
    }
}
