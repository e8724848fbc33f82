using XenNet.Core.Addressing;

namespace XenNet.Core.Registry;

/// <summary>What the one writer works on: the published view, the numbers, and Dom0's own networks.</summary>
public sealed class RegistryState
{
    private readonly Func<MachineNumber, string?> _clash;

    private RegistryState(RegistryView view, string boot, Func<MachineNumber, string?> clash)
    {
        (View, Boot) = (view, boot);
        Numbers = new NumberPool(view.Scheme.Most);
        _clash = clash;
    }

    /// <summary>What readers see.</summary>
    public RegistryView View { get; }

    /// <summary>The boot of Dom0 that the bindings are of; empty when not known.</summary>
    public string Boot { get; internal set; }

    internal NumberPool Numbers { get; }

    /// <summary>Publishes what the store holds.</summary>
    /// <param name="snapshot">From the store.</param>
    /// <param name="networks">The addressing in force; the routed network's counts for numbers.</param>
    /// <param name="clash">Names the network of Dom0 that a number's /24 would take, if any.</param>
    /// <param name="refusal">Set, and the result null, when a machine does not fit the scheme's prefix.</param>
    public static RegistryState? Load(
        RegistrySnapshot snapshot, GuestNetworks networks, Func<MachineNumber, string?> clash, out string? refusal)
    {
        var scheme = networks.Routed.Scheme;
        var state = new RegistryState(new RegistryView(networks, snapshot.Machines.Count), snapshot.Boot, clash);
        foreach (var machine in snapshot.Machines)
        {
            if (!scheme.Fits(machine.Number))
            {
                refusal = $"machine '{machine.Name}' has number {machine.Number}, and network.prefix {scheme.Prefix} "
                    + $"ends at {scheme.Most}: give the prefix back that the registry was made with";
                return null;
            }

            state.Numbers.Take(machine.Number);
            state.View.Publish(machine, snapshot.Revision);
        }

        foreach (var number in snapshot.Forgotten.Where(scheme.Fits))
        {
            state.Numbers.KeepBack(number);
        }

        state.View.Publish(snapshot.Revision);
        refusal = null;
        return state;
    }

    /// <summary>Begins to decide requests.</summary>
    public RegistryDraft Draft() => new(this);

    internal string? Clash(MachineNumber number) => _clash(number);
}
