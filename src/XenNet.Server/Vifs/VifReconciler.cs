using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Dns;
using XenNet.Server.Network;
using XenNet.Server.Registry;
using XenNet.Server.Xenstore;
using XenNet.Wire;
using XenNet.Wire.Netlink;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Vifs;

/// <summary>
/// Compares the registry's bindings with what the kernel and xenstore have; what is missing is mended, what is stale is
/// released, each with one line. The same for a start, for <c>xennet reconcile</c> and for what the kernel tells.
/// </summary>
/// <param name="registry">Whose bindings.</param>
/// <param name="vifs">Their way up and down.</param>
/// <param name="network">The kernel.</param>
/// <param name="endpoints">xenstored's.</param>
/// <param name="mendTables">Puts forwarding and our tables in place, or only says what it would do.</param>
/// <param name="logger">One line for each thing.</param>
internal sealed partial class VifReconciler(RegistryWriter registry, VifLifecycle vifs, VifNetwork network,
    string[] endpoints, Func<bool, Task<IReadOnlyList<ReconciledModel>>> mendTables, ILogger<VifReconciler> logger)
    : IDisposable
{
    internal const string Mend = "mend";
    private const string Release = "release";

    private readonly ReconcileNotes _notes = new(logger);

    // Those on whose Dom0 end another program has a port.
    private readonly HashSet<Binding> _unserved = [];

    // One at a time: two would mend the same.
    private readonly SemaphoreSlim _turn = new(1);

    private RegistryView View => registry.View;

    /// <summary>
    /// After a start: the bindings are of this boot of Dom0 and their links stand, or they go; then all is compared, and who is
    /// left is served.
    /// </summary>
    /// <param name="boot">The id of Dom0's boot.</param>
    public async Task Restore(string boot)
    {
        if (registry.Boot != boot)
        {
            await ReleaseOfAnotherBoot(isKnown: registry.Boot.Length > 0);
            await registry.Change(
                draft =>
                {
                    draft.NoteDom0Boot(boot);
                    return true;
                },
                CancellationToken.None);
        }

        await Run(isDry: false, CancellationToken.None);
        foreach (var binding in vifs.ByAge().ToList())
        {
            if (Resume(binding) is { } failure)
            {
                NoteService(binding, failure);
            }

            if (binding.Bridge is { } bridge && !network.Filter.KnowsBridges)
            {
                // It runs on as it stands; the filter learns of it once its table can be loaded.
                LogUnguarded(binding.Vif, bridge);
            }
        }
    }

    /// <summary>Compares everything.</summary>
    /// <param name="isDry">True: says what it would do and changes nothing.</param>
    /// <param name="cancel">Between two things.</param>
    public async Task<IReadOnlyList<ReconciledModel>> Run(bool isDry, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            _notes.KeepOnly(subject => View.FindBinding(subject) is not null);
            var found = new List<ReconciledModel>(await mendTables(isDry));
            found.AddRange(await CompareKernel(links: null, isDry, cancel));
            found.AddRange(await CompareXenstore(isDry, cancel));
            _unserved.RemoveWhere(binding => View.FindBinding(binding.Vif) != binding);
            found.AddRange(isDry ? [] : _unserved.ToList().Select(binding => NoteService(binding, Resume(binding))));
            return found;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Compares what the kernel has of those links.</summary>
    public async Task<LookOutcome> LookAt(IReadOnlySet<int> links)
    {
        if (!links.Any(link => View.FindBinding(link) is not null))
        {
            return LookOutcome.Nothing;
        }

        await _turn.WaitAsync();
        try
        {
            var found = await CompareKernel(links, isDry: false, CancellationToken.None);
            return found.Exists(item => item is { Action: Release, Error: not null }) ? LookOutcome.Unreleased
                : found.Count > 0 ? LookOutcome.Mended : LookOutcome.Nothing;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>True when the kernel says of the link what the binding does.</summary>
    public static bool StandsAs(Binding binding, LinkMessage link) => (link.State & LinkState.Up) != 0
        && binding.Vif == link.Name && (binding.Bridge is null) == (link.Controller == 0)
        && (binding.Bridge is not null || VifPlan.IsMtuOf(link.Mtu, binding.Mtu));

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    // Domain ids begin anew when Dom0 does, so a name proves nothing. Of a registry that does not say its boot, our address on
    // that very link does, or that it is a port of its bridge.
    private async Task ReleaseOfAnotherBoot(bool isKnown)
    {
        var error = await vifs.Undisturbed(_ => (network.Look(out var picture), picture), CancellationToken.None);
        foreach (var binding in View.Bindings().ToList())
        {
            var (plan, _) = vifs.Planned(binding);
            var isOurs = !isKnown && error.picture is { } kernel && kernel.Link(binding.InterfaceIndex) is { } link
                && link.Name == binding.Vif && plan.Bridge == binding.Bridge && (plan.Bridge is { } bridge
                    ? kernel.Names.TryGetValue(bridge, out var controller) && link.Controller == controller
                    : kernel.Addresses(link.Index).Any(held => held.Address == plan.Dom0Address));
            if (!isOurs)
            {
                await vifs.ReleaseInTurn(binding, isKnown ? "Dom0 has started anew" : "not as it was left", CancellationToken.None);
            }
        }
    }

    private async Task<List<ReconciledModel>> CompareXenstore(bool isDry, CancellationToken cancel)
    {
        var found = new List<ReconciledModel>();
        var bound = View.Bindings().Where(binding => binding.DomainId is not null)
            .ToLookup(binding => (binding.DomainId!.Value, binding.Interface.DeviceId));
        if (XenstoreVifs.TryRead(endpoints, (domain, device) => bound.Contains((domain, device)), out _) is not { } store)
        {
            // Guests that were attached by hand need none; whoever follows names says that it is missed.
            return found;
        }

        foreach (var binding in bound.Where(group => store.Lacks(group.Key.Value, group.Key.DeviceId)).SelectMany(group => group))
        {
            cancel.ThrowIfCancellationRequested();
            found.Add(await ReleaseStale(binding, "its device is gone from xenstore", isDry));
        }

        found.AddRange(await new LostVifs(registry, vifs, network, _notes).Bind(store.Lost, isDry, cancel));
        return found;
    }

    private async Task<List<ReconciledModel>> CompareKernel(IReadOnlySet<int>? links, bool isDry, CancellationToken cancel)
    {
        var found = new List<ReconciledModel>();
        var look = await vifs.Undisturbed(rising => Look(rising, links), cancel);
        if (look.Error.Length > 0)
        {
            found.Add(_notes.Add("kernel", Mend, "its tables cannot be read", isDry: false, look.Error));
            return found;
        }

        foreach (var (binding, link, difference) in look.Vifs)
        {
            cancel.ThrowIfCancellationRequested();
            found.Add(link is null
                ? await ReleaseStale(binding, difference, isDry)
                : _notes.Add(binding.Vif, Mend, difference, isDry, isDry ? null : await PutInOrder(binding, link)));
        }

        if (links is null)
        {
            found.AddRange(await vifs.Undisturbed(rising => ClearLeftovers(rising, isDry), cancel));
        }

        return found;
    }

    // What is wrong with it then; null when nothing is, or it is gone meanwhile.
    private async Task<string?> PutInOrder(Binding binding, string link) =>
        await vifs.MendInTurn(binding, link) switch
        {
            { IsDone: false } failed => failed.Refusal,
            { IsDone: true } => Resume(binding),
            null => null,
        };

    // What it cannot be given does not keep the others from being served.
    private ReconciledModel NoteService(Binding binding, string? failure)
    {
        _ = failure is null ? _unserved.Remove(binding) : _unserved.Add(binding);
        return _notes.Add(binding.Vif, Mend, "its Dom0 end does not answer over TCP", isDry: false, failure);
    }

    // One that has gone since it was looked at is no error: the kernel's watch tells it.
    private string? Resume(Binding binding)
    {
        try
        {
            vifs.Resume(binding);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            LogWentAgain(binding.Vif);
        }
        catch (Exception e) when (e is PortTakenException or SocketException)
        {
            return e.Message;
        }

        return null;
    }

    // By age: of two vifs that a machine has while it restarts, the younger one has the way. No link: the binding is stale.
    private (string Error, List<(Binding Binding, string? Link, string Difference)> Vifs) Look(
        IReadOnlyCollection<VifPlan> rising, IReadOnlySet<int>? links)
    {
        var found = new List<(Binding, string?, string)>();
        var error = network.Look(out var picture);
        if (picture is not { } kernel)
        {
            return (error.IsDone ? "" : Linux.Errno.Describe(error.Code), found);
        }

        var names = rising.Select(plan => plan.Vif).ToHashSet(StringComparer.Ordinal);
        foreach (var binding in vifs.ByAge())
        {
            if (names.Contains(binding.Vif) || links?.Contains(binding.InterfaceIndex) == false)
            {
                continue;
            }

            var (plan, hasWay) = vifs.Planned(binding);
            if (plan.Bridge != binding.Bridge)
            {
                found.Add((binding, null, $"no [[bridge]] is called {binding.Bridge}"));
            }
            else if (kernel.Link(binding.InterfaceIndex) is not { } link)
            {
                found.Add((binding, null, "its link is gone"));
            }
            else if (plan.Bridge is null || network.Filter.KnowsBridges)
            {
                // A port whose filter cannot be loaded runs on as it stands.
                var differences = string.Join(", ", VifDifferences.Find(
                    plan, link, kernel, hasWay, Links.VifSettings, network.Filter.KnowsBridges));
                if (differences.Length > 0)
                {
                    found.Add((binding, link.Name, differences));
                }
            }
        }

        return ("", found);
    }

    // What stands for nobody: elements of our sets, and ways over a bridge, which a host route with Dom0's address tells.
    private List<ReconciledModel> ClearLeftovers(IReadOnlyCollection<VifPlan> rising, bool isDry)
    {
        var found = new List<ReconciledModel>();
        if (!network.Look(out var picture).IsDone || picture is not { } kernel)
        {
            return found;
        }

        var plans = rising.Concat(View.Bindings().Select(binding => vifs.Planned(binding).Plan)).ToList();
        var wanted = plans.SelectMany(plan => plan.Known.Elements(network.Filter.KnowsBridges)).ToHashSet();
        var stale = kernel.Elements.Where(element => !wanted.Contains(element)).ToList();
        var failure = isDry || stale.Count == 0 ? default : network.Filter.Remove(stale);
        foreach (var group in stale.GroupBy(element => element.Element.InterfaceName.Length > 0
            ? element.Element.InterfaceName
            : element.Element.Source?.ToString() ?? "", StringComparer.Ordinal))
        {
            found.Add(_notes.Add(group.Key, Release, "the filter knew it, and it is nobody's", isDry, Sentence(failure)));
        }

        found.AddRange(ClearWays(plans, kernel, isDry));
        return found;
    }

    // Of a vif that was not bound any more, or not yet, when we died: its own go with it, and a bridge stays.
    private IEnumerable<ReconciledModel> ClearWays(List<VifPlan> plans, KernelPicture kernel, bool isDry)
    {
        var guests = plans.Where(plan => plan.Bridge is not null).Select(plan => (plan.Bridge, plan.GuestAddress)).ToHashSet();
        var proxies = plans.SelectMany(plan => plan.Proxies.Select(name => (name, plan.GuestAddress))).ToHashSet();
        foreach (var bridge in View.Networks.Bridges.Where(bridge => kernel.Names.ContainsKey(bridge.Bridge!)))
        {
            var link = kernel.Names[bridge.Bridge!];
            foreach (var route in kernel.HostRoutes.Where(route => route.LinkIndex == link
                && route.Source == bridge.Dom0Address && !guests.Contains((bridge.Bridge, route.Destination.Network))))
            {
                var nobody = route.Destination.Network;
                var failure = default(NetlinkError);
                if (!isDry)
                {
                    network.Links.DeleteNeighbour(link, nobody);
                    failure = network.Links.DeleteRoute(route);
                }

                yield return _notes.Add(nobody.ToString(), Release,
                    $"a route led to it over {bridge.Bridge}, and it is nobody's", isDry, Sentence(failure));
            }

            // Others than machines' are an operator's own.
            foreach (var (_, nobody) in kernel.Proxies.Where(proxy => proxy.Link == link
                && !proxies.Contains((bridge.Bridge!, proxy.Address)) && IsOfMachine(bridge, proxy.Address)))
            {
                yield return _notes.Add(nobody.ToString(), Release, $"Dom0 answered for it on {bridge.Bridge}, and it is nobody's", isDry,
                    isDry ? null : Sentence(network.Links.DeleteProxy(link, nobody)));
            }
        }
    }

    private bool IsOfMachine(GuestNetwork network, Ipv4Address address) =>
        network.Scheme.Locate(address, out var at) == AddressRefusal.None && at.End == LinkEnd.Guest && View.Find(at.Number) is not null;

    private static string? Sentence(NetlinkError error) => error.IsDone ? null : Linux.Errno.Describe(error.Code);

    private async Task<ReconciledModel> ReleaseStale(Binding binding, string why, bool isDry)
    {
        if (isDry)
        {
            return new ReconciledModel(binding.Vif, Release, "planned", why);
        }

        try
        {
            // It says so itself.
            await vifs.ReleaseInTurn(binding, why, CancellationToken.None);
            return new ReconciledModel(binding.Vif, Release, "done", why);
        }
        catch (RegistryStoreException e)
        {
            return _notes.Add(binding.Vif, Release, why, isDry: false, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Vif} went away while it was looked at")]
    private partial void LogWentAgain(string vif);

    [LoggerMessage(LogLevel.Error, "{Vif} stays on {Bridge} without a filter, and without DHCP")]
    private partial void LogUnguarded(string vif, string bridge);
}
