using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Registry;

/// <summary>An interface that a machine has had.</summary>
/// <param name="Interface">Its number.</param>
/// <param name="Mac">The last MAC seen or given; <see cref="MacAddress.None"/> when none was.</param>
/// <param name="Bridge">The bridge that it is on, or was last; null when it is routed.</param>
public readonly record struct KnownInterface(InterfaceNumber Interface, MacAddress Mac, string? Bridge = null);

/// <summary>A guest known by name. Immutable: a change publishes a new one. A host may know 65,535, so it is small.</summary>
public sealed class Machine
{
    // Null for none of it, as nearly all have.
    private readonly Rarities? _rare;

    /// <summary>A machine that has had interface 1 only.</summary>
    public Machine(MachineNumber number, MachineLabel label, string name)
        : this(number, label, name, [], [])
    {
    }

    /// <summary>
    /// A machine with its interfaces (by number, 1 always among them), the bindings that are up, and what it boots from.
    /// </summary>
    public Machine(
        MachineNumber number,
        MachineLabel label,
        string name,
        InterfaceSet interfaces,
        BindingSet bindings,
        string? boot = null)
        : this(number, label, interfaces, bindings, new Rarities(
            System.Text.Ascii.Equals(label.Octets, name) ? null : name, boot, MachineExtras.None))
    {
    }

    private Machine(
        MachineNumber number, MachineLabel label, InterfaceSet interfaces, BindingSet bindings, Rarities? rare)
    {
        (Number, Label, Bindings) = (number, label, bindings);
        Interfaces = interfaces.Beside(bindings);
        _rare = rare == Rarities.None ? null : rare;
    }

    /// <summary>Its number for life.</summary>
    public MachineNumber Number { get; }

    /// <summary>Its name in DNS, without the zone.</summary>
    public MachineLabel Label { get; }

    /// <summary>Its name in Xen, as the toolstack spells it.</summary>
    public string Name => _rare?.Name ?? Label.ToString();

    /// <summary>Each interface it has had, by number; interface 1 is always there.</summary>
    public InterfaceSet Interfaces { get; }

    /// <summary>The vifs that are up now; two of one interface while it migrates in.</summary>
    public BindingSet Bindings { get; }

    /// <summary>
    /// What it boots from by the network, whatever the rules say: a <c>[[boot.target]]</c>, a file, or <c>none</c>. Null when
    /// the rules say.
    /// </summary>
    public string? Boot => _rare?.Boot;

    /// <summary>What an operator noted of it, and its other names.</summary>
    public MachineExtras Extras => _rare?.Extras ?? MachineExtras.None;

    /// <summary>True when the machine has had that interface.</summary>
    public bool Has(InterfaceNumber y) => Interfaces.IndexOf(y) >= 0;

    /// <summary>The bridge that the interface is on, or was last; null when it is routed or not known.</summary>
    public string? BridgeOf(InterfaceNumber y) =>
        Interfaces.IndexOf(y) is >= 0 and var at ? Interfaces[at].Bridge : null;

    /// <summary>
    /// The same machine with that interface known, and its MAC when one is given. Where it is stays as it was.
    /// </summary>
    public Machine WithInterface(InterfaceNumber y, MacAddress mac) => WithInterface(y, mac, BridgeOf(y));

    /// <summary>The same machine with that interface known to be there, and its MAC when one is given.</summary>
    public Machine WithInterface(InterfaceNumber y, MacAddress mac, string? bridge)
    {
        var at = Interfaces.IndexOf(y);
        var known = new KnownInterface(y, at >= 0 && mac == MacAddress.None ? Interfaces[at].Mac : mac, bridge);
        return at >= 0 && Interfaces[at] == known ? this : With(Interfaces.With(known), Bindings);
    }

    /// <summary>The same machine with that vif up.</summary>
    public Machine WithBinding(Binding binding) =>
        With(Interfaces, Bindings.Without(binding.Vif).With(binding));

    /// <summary>The same machine with something else noted of a vif that stays up.</summary>
    public Machine WithNoted(Binding before, Binding after) =>
        With(Interfaces, [.. Bindings.Select(up => up == before ? after : up)]);

    /// <summary>The same machine without that vif.</summary>
    public Machine WithoutBinding(string vif) =>
        With(Interfaces, Bindings.Without(vif));

    /// <summary>The same machine by another name.</summary>
    public Machine Renamed(MachineLabel label, string name) =>
        new Machine(Number, label, name, Interfaces, Bindings, Boot).With(Extras);

    /// <summary>The same machine that boots from something else.</summary>
    public Machine Booting(string? boot) =>
        new(Number, Label, Interfaces, Bindings, (_rare ?? Rarities.None) with { Boot = boot });

    /// <summary>The same machine with other notes and names.</summary>
    public Machine With(MachineExtras extras) => new(Number, Label, Interfaces, Bindings, (_rare ?? Rarities.None) with
    {
        Extras = extras.Notes.Length == 0 && extras.Names.IsEmpty ? MachineExtras.None : extras,
    });

    private Machine With(InterfaceSet interfaces, BindingSet bindings) => new(Number, Label, interfaces, bindings, _rare);

    // A name that is not its label, what it boots from, notes and other names.
    private sealed record Rarities(string? Name, string? Boot, MachineExtras Extras)
    {
        public static Rarities None { get; } = new(null, null, MachineExtras.None);
    }
}
