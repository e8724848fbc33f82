using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Registry;

/// <summary>An interface that a machine has had.</summary>
/// <param name="Interface">Its number.</param>
/// <param name="Mac">The last MAC seen or given; <see cref="MacAddress.None"/> when none was.</param>
/// <param name="Bridge">The bridge that it is on, or was last; null when it is routed.</param>
public readonly record struct KnownInterface(InterfaceNumber Interface, MacAddress Mac, string? Bridge = null);

/// <summary>A guest known by name. Immutable: a change publishes a new one.</summary>
public sealed class Machine
{
    // Shared by the many machines that have only their first interface and have not been up.
    private static readonly ImmutableArray<KnownInterface> FirstOnly = [default];

    private readonly string? _name;
    private readonly MachineExtras? _extras;

    /// <summary>A machine that has had interface 1 only.</summary>
    public Machine(MachineNumber number, MachineLabel label, string name)
        : this(number, label, name, FirstOnly, [])
    {
    }

    /// <summary>
    /// A machine with its interfaces (by number, 1 always among them), the bindings that are up, and what it boots from.
    /// </summary>
    public Machine(
        MachineNumber number,
        MachineLabel label,
        string name,
        ImmutableArray<KnownInterface> interfaces,
        BindingSet bindings,
        string? boot = null)
    {
        Number = number;
        Label = label;
        // Nearly all names are their labels, and there may be 65,535 of them.
        _name = System.Text.Ascii.Equals(label.Octets, name) ? null : name;
        Interfaces = interfaces;
        Bindings = bindings;
        Boot = boot;
    }

    /// <summary>Its number for life.</summary>
    public MachineNumber Number { get; }

    /// <summary>Its name in DNS, without the zone.</summary>
    public MachineLabel Label { get; }

    /// <summary>Its name in Xen, as the toolstack spells it.</summary>
    public string Name => _name ?? Label.ToString();

    /// <summary>Each interface it has had, by number; interface 1 is always there.</summary>
    public ImmutableArray<KnownInterface> Interfaces { get; }

    /// <summary>The vifs that are up now; two of one interface while it migrates in.</summary>
    public BindingSet Bindings { get; }

    /// <summary>
    /// What it boots from by the network, whatever the rules say: a <c>[[boot.target]]</c>, a file, or <c>none</c>. Null when
    /// the rules say.
    /// </summary>
    public string? Boot { get; }

    /// <summary>What an operator noted of it, and its other names.</summary>
    public MachineExtras Extras
    {
        get => _extras ?? MachineExtras.None;
        init => _extras = value.Notes.Length == 0 && value.Names.IsEmpty ? null : value;
    }

    /// <summary>True when the machine has had that interface.</summary>
    public bool Has(InterfaceNumber y) => IndexOf(y) >= 0;

    /// <summary>The bridge that the interface is on, or was last; null when it is routed or not known.</summary>
    public string? BridgeOf(InterfaceNumber y) => IndexOf(y) is >= 0 and var at ? Interfaces[at].Bridge : null;

    /// <summary>
    /// The same machine with that interface known, and its MAC when one is given. Where it is stays as it was.
    /// </summary>
    public Machine WithInterface(InterfaceNumber y, MacAddress mac) => WithInterface(y, mac, BridgeOf(y));

    /// <summary>The same machine with that interface known to be there, and its MAC when one is given.</summary>
    public Machine WithInterface(InterfaceNumber y, MacAddress mac, string? bridge)
    {
        var at = IndexOf(y);
        var known = new KnownInterface(y, at >= 0 && mac == MacAddress.None ? Interfaces[at].Mac : mac, bridge);
        if (at >= 0 && Interfaces[at] == known)
        {
            return this;
        }

        var interfaces = at >= 0 ? Interfaces.SetItem(at, known) : Interfaces.Insert(~at, known);
        return With(interfaces, Bindings);
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
        new(Number, label, name, Interfaces, Bindings, Boot) { Extras = Extras };

    /// <summary>The same machine that boots from something else.</summary>
    public Machine Booting(string? boot) => new(Number, Label, Name, Interfaces, Bindings, boot) { Extras = Extras };

    /// <summary>The same machine with other notes and names.</summary>
    public Machine With(MachineExtras extras) => new(Number, Label, Name, Interfaces, Bindings, Boot) { Extras = extras };

    private Machine With(ImmutableArray<KnownInterface> interfaces, BindingSet bindings) =>
        new(Number, Label, Name, interfaces, bindings, Boot) { Extras = Extras };

    // The interface's place, or the complement of where it belongs. Most machines have one or two.
    private int IndexOf(InterfaceNumber y)
    {
        var at = 0;
        while (at < Interfaces.Length && Interfaces[at].Interface.Value < y.Value)
        {
            at++;
        }

        return at < Interfaces.Length && Interfaces[at].Interface == y ? at : ~at;
    }
}
