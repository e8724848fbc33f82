using XenNet.Core.Addressing;
using XenNet.Core.Boot;
using XenNet.Core.Registry;
using XenNet.Server.Boot;
using XenNet.Server.Hosting;
using XenNet.Server.Registry;
using XenNet.Wire;

namespace XenNet.Server.Control;

/// <summary>The registry's values as the control socket shows them.</summary>
internal static class ControlViews
{
    /// <summary>A machine with each interface that it has had.</summary>
    public static MachineModel Of(GuestNetworks networks, Machine machine) => new(
        machine.Name, machine.Number.Value, [.. machine.Interfaces.Select(known =>
        {
            // While a machine migrates in, its interface is up twice: the newer one is shown; and a vif rather than its tap.
            var up = machine.Bindings.Where(binding => binding.Interface == known.Interface)
                .OrderBy(binding => !binding.IsEmulated).LastOrDefault();
            var network = networks.Of(known.Bridge, machine.Number);
            return new InterfaceModel(
                known.Interface.Value, known.Interface.DeviceId,
                network.GuestAddress(machine.Number, known.Interface).ToString(),
                network.Dom0AddressFor(machine.Number, known.Interface).ToString(),
                up?.Mac.ToString(), up?.Vif, network.Bridge);
        })], machine.Boot,
        machine.Extras.Notes.Length > 0 ? machine.Extras.Notes : null,
        machine.Extras.Aliases.Any() ? [.. machine.Extras.Aliases.Select(alias => alias.ToString())] : null,
        FormerNamesOf(machine) is { Count: > 0 } former ? former : null);

    /// <summary>The same with what it is and was up on.</summary>
    public static MachineModel WithHistory(GuestNetworks networks, Machine machine, IEnumerable<PastBinding> past)
    {
        PastBindingModel[] history =
            [.. machine.Bindings.Select(up => Of(up, null)).Reverse(), .. past.Select(one => Of(one.Binding, one.Until))];
        return Of(networks, machine) with { History = history.Length > 0 ? history : null };
    }

    /// <summary>A vif that is up.</summary>
    public static VifModel Of(GuestNetworks networks, Machine machine, Binding up, BootProgress? boot)
    {
        var network = networks.Of(up.Bridge, machine.Number);
        return new VifModel(
            up.Vif, machine.Name, machine.Number.Value, up.Interface.Value,
            network.GuestAddress(machine.Number, up.Interface).ToString(),
            network.Dom0AddressFor(machine.Number, up.Interface).ToString(),
            up.Mac.ToString(), up.Since, boot is null ? null : BootMetrics.NameOf(boot.Stage), network.Bridge,
            boot?.Detail, boot?.Transfer?.Sent, boot?.Transfer?.Size);
    }

    /// <summary>What became of a reload.</summary>
    public static ReloadModel Of(ReloadOutcome outcome) => new(
        outcome.Result.ToString().ToLowerInvariant(),
        [.. outcome.Changes.Select(change => new SettingChangeModel(change.Path, change.Before, change.After))],
        outcome.Errors);

    private static PastBindingModel Of(Binding binding, DateTimeOffset? until) => new(
        binding.Vif, binding.Interface.Value, binding.Mac.ToString(), binding.DomainId, binding.Bridge, binding.Since, until);

    private static List<FormerNameModel> FormerNamesOf(Machine machine)
    {
        var former = new List<FormerNameModel>();
        foreach (var name in machine.Extras.Names)
        {
            if (name.Until is { } until)
            {
                former.Add(new FormerNameModel(name.Label.ToString(), until));
            }
        }

        return former;
    }

    /// <summary>
    /// All machines, up or down, in the form that an import takes. They are looked at when they are written.
    /// </summary>
    public static RegistryModel RegistryOf(RegistryView view, IEnumerable<MachineNumber> keptBack) => new(
        view.Scheme.Prefix.ToString(), view.Revision, view.Machines().Select(machine => new RegisteredMachineModel(
            machine.Name, machine.Number.Value, [.. machine.Interfaces.Select(known => new RegisteredInterfaceModel(
                known.Interface.Value, known.Mac == MacAddress.None ? null : known.Mac.ToString(), known.Bridge))],
            machine.Boot, machine.Extras.Notes is { Length: > 0 } notes ? notes : null,
            machine.Extras.Aliases.Select(alias => alias.ToString()).ToList() is { Count: > 0 } aliases ? aliases : null)),
        [.. keptBack.Select(number => (int)number.Value)]);
}
