using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Lifecycle;

/// <summary>What a link is to its guest.</summary>
internal enum LinkRole
{
    Only,
    BesideTap,
    Tap,
    Stub,
}

/// <summary>A network of guests, as the configuration has it.</summary>
/// <param name="Bridge">Null for the routed one.</param>
/// <param name="Prefix">Its first two octets when the machine's number is 0.</param>
/// <param name="Dom0">Dom0's address on the bridge.</param>
/// <param name="Length">Of the prefix.</param>
/// <param name="NumberMost">The highest number that fits.</param>
internal sealed record ModelNetwork(string? Bridge, (int First, int Second) Prefix, string Dom0, int Length, int NumberMost)
{
    /// <summary>The address of an interface, or of its Dom0 end.</summary>
    public string Address(int number, int y) => $"{Prefix.First}.{Prefix.Second + (number >> 8)}.{number & 255}.{y}";

    /// <summary>Dom0's address towards that interface.</summary>
    public string Dom0End(int number, int y) => Bridge is null ? Address(number, y | 128) : Dom0;
}

/// <summary>A domain that runs, as Xen and its toolstack have it.</summary>
internal sealed class ModelDomain(int id, string name)
{
    public int Id => id;

    /// <summary>In xenstore.</summary>
    public string Name { get; set; } = name;

    public List<ModelDevice> Devices { get; } = [];

    /// <summary>Renamed while there was no daemon: should it go as well, nobody learns of the name.</summary>
    public bool IsUntold { get; set; }

    /// <summary>The domain whose devices are emulated in this one.</summary>
    public ModelDomain? Serves { get; init; }

    public override string ToString() => $"{id} ({Name})";
}

/// <summary>A network device of a domain: its nodes in xenstore, and its links.</summary>
internal sealed class ModelDevice(ModelDomain domain, int index, string mac, string? bridge, GuestInterface world)
{
    public ModelDomain Domain => domain;

    public int Index => index;

    public int Y => index + 1;

    public string Mac { get; set; } = mac;

    public string? Bridge => bridge;

    public GuestInterface World => world;

    /// <summary>Of an HVM guest that is emulated in Dom0.</summary>
    public bool IsEmulated { get; init; }

    /// <summary>As the operator wants the link to be called; empty for its usual name.</summary>
    public string VifName { get; init; } = "";

    /// <summary>As the link is called now.</summary>
    public string Link { get; set; } = $"vif{domain.Id}.{index}";

    public string Tap => (VifName.Length > 0 ? VifName : $"vif{domain.Id}.{index}") + "-emu";

    /// <summary>As qemu calls it.</summary>
    public string FirstTap => $"vif{domain.Id}.{index}-emu";

    public bool HasTap { get; set; }

    public bool HasLink { get; set; } = true;

    public bool HasNodes { get; set; } = true;

    /// <summary>hotplug-status.</summary>
    public string Status { get; set; } = "";

    /// <summary>False once the toolstack has begun to take it down.</summary>
    public bool IsOnline { get; set; } = true;

    /// <summary>As xenstore has it: whatever our hook has brought up and nobody has begun to take down.</summary>
    public bool IsConnected => HasNodes && HasLink && IsOnline && Status == "connected";

    /// <summary>What the vif is to its guest.</summary>
    public LinkRole Role => domain.Serves is not null ? LinkRole.Stub : IsEmulated ? LinkRole.BesideTap : LinkRole.Only;

    public override string ToString() => $"vif{domain.Id}.{index} on {bridge ?? "none"}";
}

/// <summary>A link that is bound.</summary>
internal sealed class ModelVif(string link, ModelDevice? device, int y, string mac, ModelNetwork network, LinkRole role)
{
    public string Link => link;

    /// <summary>Null when it was attached by hand.</summary>
    public ModelDevice? Device => device;

    public int Y => y;

    public string Mac => mac;

    public ModelNetwork Network => network;

    public LinkRole Role => role;

    public bool IsArriving { get; set; }

    public bool IsEmulated => role is LinkRole.Tap or LinkRole.Stub;

    /// <summary>Of its route; a bridge has one for all.</summary>
    public int Metric => (IsArriving ? 1000 : 0) + (network.Bridge is not null ? 0 : role switch
    {
        LinkRole.Tap or LinkRole.Stub => 1,
        LinkRole.BesideTap => 2,
        _ => 0,
    });
}

/// <summary>A machine of the registry.</summary>
internal sealed class ModelMachine(int number, string name)
{
    public int Number => number;

    public string Name { get; set; } = name;

    public string Label => LifecycleModel.LabelOf(Name);

    /// <summary>Each interface that it has had, and where.</summary>
    public SortedDictionary<int, ModelNetwork> Interfaces { get; } = new() { [1] = LifecycleModel.Routed };

    /// <summary>Its vifs that are up, in the order in which they came.</summary>
    public List<ModelVif> Up { get; } = [];

    public string Notes { get; set; } = "";

    public SortedSet<string> Aliases { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Its old labels, and when each was given up: between these two moments.</summary>
    public Dictionary<string, (DateTime After, DateTime Before)> Former { get; } = new(StringComparer.Ordinal);

    /// <summary>The vifs that lead to the guest, one for each route.</summary>
    public IEnumerable<ModelVif> Ways() =>
        Up.GroupBy(vif => (vif.Network.Address(number, vif.Y), vif.Metric)).Select(WayOf);

    /// <summary>The one of them behind which the guest is: what is emulated, until it goes; else the last.</summary>
    public static ModelVif WayOf(IEnumerable<ModelVif> alike) => alike.LastOrDefault(vif => vif.IsEmulated) ?? alike.Last();
}
