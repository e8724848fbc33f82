using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Control;

/// <summary>The registry's values as the control socket shows them.</summary>
internal static class ControlViews
{
    /// <summary>A machine with each interface that it has had.</summary>
    public static MachineModel Of(AddressScheme scheme, Machine machine) => new(
        machine.Name, machine.Number.Value, [.. machine.Interfaces.Select(known =>
        {
            // While a machine migrates in, its interface is up twice; the newer one is shown.
            var up = machine.Bindings.LastOrDefault(binding => binding.Interface == known.Interface);
            return new InterfaceModel(
                known.Interface.Value, known.Interface.DeviceId,
                scheme.GuestAddress(machine.Number, known.Interface).ToString(),
                scheme.Dom0Address(machine.Number, known.Interface).ToString(),
                up?.Mac.ToString(), up?.Vif);
        })]);

    /// <summary>A vif that is up.</summary>
    public static VifModel Of(AddressScheme scheme, Machine machine, Binding up) => new(
        up.Vif, machine.Name, machine.Number.Value, up.Interface.Value,
        scheme.GuestAddress(machine.Number, up.Interface).ToString(),
        scheme.Dom0Address(machine.Number, up.Interface).ToString(),
        up.Mac.ToString(), up.Since, BootStage: null);

    /// <summary>All machines, up or down, in the form that an import takes.</summary>
    public static RegistryModel RegistryOf(RegistryView view) => new(
        view.Scheme.Prefix.ToString(), view.Revision, [.. view.Machines().Select(machine => new RegisteredMachineModel(
            machine.Name, machine.Number.Value, [.. machine.Interfaces.Select(known => new RegisteredInterfaceModel(
                known.Interface.Value, known.Mac == MacAddress.None ? null : known.Mac.ToString()))]))]);
}
