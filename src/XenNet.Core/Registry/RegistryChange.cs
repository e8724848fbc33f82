using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Registry;

/// <summary>One durable step. A store applies the steps of a draft in order and all at once.</summary>
public abstract record RegistryChange
{
    /// <summary>
    /// True for what a power cut may take with it: that a vif is up, and with which MAC, tells of a guest that the same power
    /// cut ends. It survives the end of the process as all else does.
    /// </summary>
    public bool IsOfRunningGuest => this is BindingPut or BindingReleased or MacNoted or BootNoted;
}

/// <summary>The machine of that number now has this name and these interfaces. Bindings are steps of their own.</summary>
public sealed record MachinePut(Machine Machine) : RegistryChange;

/// <summary>An interface that the machine has had came up with another MAC; all else is as it was.</summary>
/// <param name="Machine">With that MAC.</param>
/// <param name="Interface">Which one.</param>
public sealed record MacNoted(Machine Machine, InterfaceNumber Interface) : RegistryChange;

/// <summary>The machine of that number now has these notes and other names.</summary>
public sealed record ExtrasPut(Machine Machine) : RegistryChange;

/// <summary>The machine is gone.</summary>
/// <param name="Machine">As it was.</param>
/// <param name="NumberReleased">True when its number counts as never used; otherwise it is kept back until no other is left.</param>
public sealed record MachineForgotten(Machine Machine, bool NumberReleased) : RegistryChange;

/// <summary>The number is no machine's and is kept back behind those that are already.</summary>
public sealed record NumberKeptBack(MachineNumber Number) : RegistryChange;

/// <summary>The MAC was given out, to whom the registry does not know: no other gets it.</summary>
public sealed record MacIssued(MacAddress Mac) : RegistryChange;

/// <summary>The vif is up; it replaces what was up under that name.</summary>
/// <param name="Binding">How.</param>
/// <param name="IsFirst">True when nothing was, as most often: there is nothing to look for.</param>
public sealed record BindingPut(Binding Binding, bool IsFirst = false) : RegistryChange;

/// <summary>The vif is down.</summary>
public sealed record BindingReleased(string Vif) : RegistryChange;

/// <summary>Dom0 runs since the boot of that id: the bindings are of this boot from now on.</summary>
public sealed record BootNoted(string Id) : RegistryChange;

/// <summary>All that a store holds.</summary>
/// <param name="Machines">With their bindings.</param>
/// <param name="Forgotten">Numbers kept back, the one forgotten longest ago first.</param>
/// <param name="Revision">The last one committed; 1 in a new store.</param>
/// <param name="Boot">The boot of Dom0 in which it was last used; empty when not known.</param>
public sealed record RegistrySnapshot(
    IReadOnlyList<Machine> Machines,
    IReadOnlyList<MachineNumber> Forgotten,
    uint Revision,
    string Boot = "");
