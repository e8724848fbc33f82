using System.Collections.Frozen;
using XenNet.Core.Registry;
using XenNet.Server.Dns;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Boot;

/// <summary>
/// Who is given boot files: guests, from an address of their machine, on its vif or its bridge. DNS decides that as well, and
/// for more besides; here nothing is listed that would let anybody else in.
/// </summary>
internal sealed class BootGuests(RegistryView view)
{
    private readonly DnsAdmission _admission =
        new(view, [], [], FrozenSet<Ipv4Address>.Empty, DatagramBatchSocket.NameOf);

    /// <summary>Says who it is.</summary>
    /// <param name="interfaceIndex">Where it came in.</param>
    /// <param name="local">The address and port of ours that it was sent to.</param>
    /// <param name="remote">Its source.</param>
    /// <param name="guest">Who; nobody when it is refused.</param>
    public DnsAdmissionRefusal Admit(int interfaceIndex, Ipv4Endpoint local, Ipv4Address remote, out BootGuest guest)
    {
        guest = default;
        var refusal = _admission.Admit(interfaceIndex, local, remote, out _);
        if (refusal != DnsAdmissionRefusal.None)
            return refusal;

        var bound = view.FindBinding(interfaceIndex);
        var machine = bound is null ? view.FindOwner(remote) : view.Find(bound.Number);
        bound ??= machine is null ? null : BindingOf(machine, remote);

        // It went down in this moment.
        if (machine is null || bound is null)
            return DnsAdmissionRefusal.InterfaceNotServed;

        guest = new BootGuest(machine, bound);
        return DnsAdmissionRefusal.None;
    }

    /// <summary>Forgets the names of interfaces: one came, went or was renamed.</summary>
    public void LinksChanged() => _admission.LinksChanged();

    // The vif with that address, or any of its machine's, which may all send from it.
    private Binding? BindingOf(Machine machine, Ipv4Address remote) =>
        view.BindingAt(machine, remote) ?? (machine.Bindings.Count == 0 ? null : machine.Bindings[0]);
}
