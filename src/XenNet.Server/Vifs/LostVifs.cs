using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Network;
using XenNet.Server.Registry;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Vifs;

/// <summary>
/// Vifs that a hook of ours has connected by what xenstore says, and that are not bound: the registry is an older one, or was
/// lost, or its disk was full when they came back from a migration that failed.
/// </summary>
/// <param name="registry">Where their machines may be lacking, too.</param>
/// <param name="vifs">Their way up.</param>
/// <param name="network">The kernel.</param>
/// <param name="notes">Where they are said.</param>
internal sealed class LostVifs(RegistryWriter registry, VifLifecycle vifs, VifNetwork network, ReconcileNotes notes)
{
    private const string Reason = "xenstore has it connected, and it was not bound";

    /// <summary>Binds them again; or only says what it would do.</summary>
    public async Task<List<ReconciledModel>> Bind(IEnumerable<AttachVifModel> lost, bool isDry, CancellationToken cancel)
    {
        var found = new List<ReconciledModel>();
        var requests = new List<VifRequest>();
        foreach (var vif in lost)
        {
            if (Binding.HasGone(vif.Name))
            {
                vifs.Domains?.Await(vif.Domid!.Value, vif.Devid);
            }
            else if (VifRequest.From(vif, registry.View.Networks, out var refusal) is { } request && !isDry)
            {
                requests.Add(request);
            }
            else
            {
                found.Add(notes.Add(vif.Vif, VifReconciler.Mend, Reason, isDry, refusal?.Sentence));
            }
        }

        // All of these before any gets a number as a new machine does.
        foreach (var request in requests)
        {
            await KeepNumber(request);
        }

        foreach (var request in requests)
        {
            cancel.ThrowIfCancellationRequested();
            found.Add(notes.Add(request.Vif, VifReconciler.Mend, Reason, isDry: false, await Bind(request, cancel)));
        }

        return found;
    }

    private async Task<string?> Bind(VifRequest request, CancellationToken cancel)
    {
        try
        {
            return (await vifs.Attach(request, cancel)).Refusal?.Sentence;
        }
        catch (RegistryStoreException e)
        {
            return e.Message;
        }
    }

    // The guest has the address still, by which its machine had been known, and the Dom0 end that stands on its link tells that.
    private async Task KeepNumber(VifRequest request)
    {
        _ = Binding.IsIncoming(request.Name, out var name);
        if (request.Bridge is not null || registry.View.FindCalled(name) is not null
            || await vifs.Undisturbed(_ => NumberOnLink(request), CancellationToken.None) is not { } number)
        {
            return;
        }

        try
        {
            // Refused when somebody else has it by now: then it gets another, like any that is new.
            await registry.Change(draft => draft.Ensure(name, number), CancellationToken.None);
        }
        catch (RegistryStoreException)
        {
            // Binding it meets the same, and says so.
        }
    }

    private MachineNumber? NumberOnLink(VifRequest request)
    {
        if (!network.Links.Find(string.IsNullOrEmpty(request.VifName) ? request.Vif : request.VifName, out var link).IsDone
            || !network.Links.ListAddresses(link.Index, out var addresses).IsDone)
        {
            return null;
        }

        foreach (var held in addresses)
        {
            if (registry.View.Networks.Routed.Scheme.Locate(held.Address, out var at) == AddressRefusal.None
                && at.End == LinkEnd.Dom0 && at.Interface == request.Interface && !at.Number.IsDom0)
            {
                return at.Number;
            }
        }

        return null;
    }
}
