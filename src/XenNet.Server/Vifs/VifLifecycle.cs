using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Core.Registry;
using XenNet.Server.Dns;
using XenNet.Server.Network;
using XenNet.Server.Registry;
using XenNet.Wire;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Vifs;

/// <summary>An interface of a machine that shall be up.</summary>
/// <param name="Name">The machine's name as the toolstack has it.</param>
/// <param name="Vif">The link as it is called now.</param>
/// <param name="Mac">The guest's.</param>
/// <param name="Interface">The device id plus one.</param>
/// <param name="DomainId">Null when attached by hand.</param>
/// <param name="VifName">What the link shall be called; null or empty leaves its name.</param>
/// <param name="Mtu">Null leaves the link's own, and on a bridge means the bridge's.</param>
/// <param name="Bridge">The configured bridge that it shall be a port of; null for routed.</param>
internal sealed record VifRequest(
    string Name, string Vif, MacAddress Mac, InterfaceNumber Interface, int? DomainId, string? VifName, int? Mtu,
    string? Bridge = null);

/// <summary>What became of it: all of machine and binding, or a refusal.</summary>
internal readonly record struct VifAnswer(Machine? Machine, Binding? Binding, RegistryRefusal? Refusal);

/// <summary>
/// A vif's way up and down, the same for the hook and for <c>vif attach</c>: number (durable), then link, address,
/// route, neighbour and filter, then the binding (durable) that DHCP and DNS read. A step that fails undoes those
/// before it; the machine and its number stay, for they are for life.
/// </summary>
/// <param name="registry">The one writer.</param>
/// <param name="network">The kernel.</param>
/// <param name="answerOn">Opens DNS over TCP on a Dom0 end.</param>
/// <param name="closeOn">Closes it.</param>
/// <param name="clock">For the binding's time.</param>
/// <param name="logger">One line a vif.</param>
internal sealed partial class VifLifecycle(
    RegistryWriter registry, VifNetwork network, Action<Ipv4Address> answerOn, Func<Ipv4Address, Task> closeOn,
    TimeProvider clock, ILogger<VifLifecycle> logger) : IDisposable
{
    // What xl calls a machine while it arrives by migration; it is renamed when it has.
    private const string IncomingSuffix = "--incoming";

    // The kernel takes one change of the network at a time anyway.
    private readonly SemaphoreSlim _network = new(1);

    private RegistryView View => registry.View;

    /// <summary>Brings a vif up. When it returns without a refusal, DHCP and DNS answer for it.</summary>
    /// <exception cref="RegistryStoreException">The registry could not be written; what was done is undone.</exception>
    public async Task<VifAnswer> Attach(VifRequest request, CancellationToken cancel)
    {
        await _network.WaitAsync(cancel);
        try
        {
            if (Unfit(request) is { } unfit)
            {
                return Refuse(RefusalKind.Conflict, unfit);
            }

            var arrives = request.Name.EndsWith(IncomingSuffix, StringComparison.Ordinal);
            var name = arrives ? request.Name[..^IncomingSuffix.Length] : request.Name;
            var known = await registry.Change(draft => draft.Ensure(name, null), cancel);
            if (known.Machine is not { } machine)
            {
                return new VifAnswer(null, null, known.Refusal);
            }

            if (UnfitFor(request.Bridge, machine, request.Mac) is { } conflict)
            {
                return Refuse(RefusalKind.Conflict, $"{request.Vif} of machine '{request.Name}': {conflict}");
            }

            var plan = VifPlan.For(View.Networks, request.Bridge, machine.Number, request.Interface, request.Mac, request.Vif,
                request.VifName, arrives ? VifPlan.IncomingMetric : 0, request.Mtu);
            if (View.FindBinding(plan.Vif) is { } before && before.Bridge != request.Bridge)
            {
                await Release(before, "moved to another network");
            }

            var outcome = network.BringUp(plan, out var takeBack);
            return outcome.IsDone
                ? await Publish(request, plan, machine.Number, outcome.LinkIndex, takeBack)
                : Refuse(RefusalKind.Conflict, $"{plan.Vif} of machine '{name}': {outcome.Refusal}");
        }
        finally
        {
            _network.Release();
        }
    }

    /// <summary>Takes a vif down: the binding goes, the machine and its names stay. Nothing bound there is nothing to do.</summary>
    /// <param name="vif">The link's name, for a call without domain and device.</param>
    /// <param name="domainId">With <paramref name="deviceId"/> it says which binding is meant, whatever the link is called.</param>
    /// <param name="deviceId">Xen's device id.</param>
    /// <param name="cancel">Before anything has changed.</param>
    public async Task Detach(string vif, int? domainId, int? deviceId, CancellationToken cancel)
    {
        await _network.WaitAsync(cancel);
        try
        {
            if (Bound(vif, domainId, deviceId) is { } binding)
            {
                await Release(binding, "taken down");
            }
        }
        finally
        {
            _network.Release();
        }
    }

    /// <summary>A link is gone from the kernel: its binding goes too, when no <c>offline</c> has come.</summary>
    public async Task LinkGone(int interfaceIndex)
    {
        await _network.WaitAsync();
        try
        {
            if (View.FindBinding(interfaceIndex) is { } binding)
            {
                await Release(binding, "gone from the kernel");
            }
        }
        finally
        {
            _network.Release();
        }
    }

    /// <summary>Forgets a machine; with <paramref name="release"/> its vifs are taken down first.</summary>
    public async Task<MachineAnswer> Forget(string name, bool release, CancellationToken cancel)
    {
        await _network.WaitAsync(cancel);
        try
        {
            if (release && MachineLabel.Map(name, out var label) == LabelRefusal.None && View.Find(label.Octets) is { } machine)
            {
                foreach (var binding in machine.Bindings)
                {
                    await Release(binding, "forgotten");
                }
            }

            return await registry.Change(draft => draft.Forget(name, release), cancel);
        }
        finally
        {
            _network.Release();
        }
    }

    /// <summary>
    /// After a start: a binding whose link still stands as we left it is put in order again (the filter's table is new);
    /// any other is stale and goes.
    /// </summary>
    public async Task Restore()
    {
        await _network.WaitAsync();
        try
        {
            // By age: of two vifs that a machine has while it restarts, the younger one has the route.
            foreach (var binding in View.Bindings().OrderBy(binding => binding.Since).ToList())
            {
                var plan = PlanOf(binding);
                if (!StillStands(binding, plan))
                {
                    await Release(binding, "not as it was left");
                }
                else if (plan.Bridge is not null && !network.Filter.KnowsBridges)
                {
                    // It runs on as it stands; the filter learns of it once its table can be loaded.
                    LogUnguarded(binding.Vif, plan.Bridge);
                }
                else if (network.BringUp(AsItStands(binding, plan)) is { IsDone: false } failed)
                {
                    LogNotRestored(binding.Vif, failed.Refusal);
                    await Release(binding, "not to be restored");
                }
                else
                {
                    answerOn(plan.Dom0Address);
                }
            }
        }
        finally
        {
            _network.Release();
        }
    }

    /// <summary>
    /// A bridge came anew, or Dom0's address on it was gone, and with it the routes: its guests are put in order again.
    /// </summary>
    public async Task RenewBridged()
    {
        await _network.WaitAsync();
        try
        {
            foreach (var binding in View.Bindings().Where(binding => binding.Bridge is not null).OrderBy(binding => binding.Since))
            {
                if (network.Filter.KnowsBridges && network.BringUp(PlanOf(binding)) is { IsDone: false } failed)
                {
                    LogNotRestored(binding.Vif, failed.Refusal);
                }
            }
        }
        finally
        {
            _network.Release();
        }
    }

    /// <summary>Does something with what the filter must know, while no vif comes or goes.</summary>
    public async Task<T> WithSources<T>(Func<IReadOnlyCollection<VifSources>, T> act)
    {
        await _network.WaitAsync();
        try
        {
            return act([.. View.Bindings().Select(binding => PlanOf(binding).Known)]);
        }
        finally
        {
            _network.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private static VifAnswer Refuse(RefusalKind kind, string sentence) => new(null, null, new RegistryRefusal(kind, sentence));

    // Before a number is spent: the link must be there (by its later name when the hook asks a second time), and must
    // not be one that Dom0 itself lives on.
    private string? Unfit(VifRequest request)
    {
        var error = network.Links.Find(request.Vif, out var link);
        if (!error.IsDone && !string.IsNullOrEmpty(request.VifName))
        {
            error = network.Links.Find(request.VifName, out link);
        }

        if (!error.IsDone)
        {
            return $"{request.Vif} of machine '{request.Name}': no such interface on this host";
        }

        if (View.FindBinding(link.Index) is not null)
        {
            return null;
        }

        error = network.Links.ListAddresses(link.Index, out var addresses);
        return !error.IsDone ? $"{request.Vif}: its addresses cannot be read: {error}"
            : addresses.Select(held => held.Address).FirstOrDefault(held => !View.Scheme.Prefix.Contains(held)) is { IsNone: false } own
                ? $"{request.Vif} has {own}: it is an interface of Dom0's own, not a guest's"
                : null;
    }

    // A station is found by its bridge and its Ethernet address: two machines cannot share one.
    private string? UnfitFor(string? bridge, Machine machine, MacAddress mac)
    {
        if (bridge is null)
        {
            return null;
        }

        if (View.Networks.Find(bridge) is not { } network)
        {
            return $"no [[bridge]] is called {bridge}";
        }

        if (!network.Scheme.Fits(machine.Number))
        {
            return $"number {machine.Number} does not fit the prefix {network.Scheme.Prefix} of bridge {bridge}";
        }

        return View.FindBinding(bridge, mac) is { } other && other.Number != machine.Number
            ? $"{mac} is machine '{View.Find(other.Number)?.Name}' on {bridge} already"
            : null;
    }

    private async Task<VifAnswer> Publish(
        VifRequest request, VifPlan plan, MachineNumber number, int linkIndex, Action takeBack)
    {
        // Whole milliseconds, as the store keeps them: a restart changes nothing that can be seen.
        var since = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var mtu = network.Links.Find(linkIndex, out var link).IsDone ? link.Mtu : request.Mtu;
        var binding = new Binding(
            number, request.Interface, request.Mac, plan.Vif, linkIndex, request.DomainId, since, mtu, plan.Bridge);
        try
        {
            answerOn(plan.Dom0Address);
            // Not to be cancelled: the network stands, and the binding must follow or all be undone.
            var machine = await registry.Change(
                draft => draft.Find(number) is { } held ? draft.Bind(held, binding) : null, CancellationToken.None);
            if (machine is null)
            {
                await TakeBack();
                return Refuse(RefusalKind.Unknown, $"machine '{request.Name}' was forgotten while {plan.Vif} came up");
            }

            LogUp(plan.Vif, machine.Name, plan.GuestAddress, binding.Mac);
            return new VifAnswer(machine, binding, null);
        }
        catch (Exception e) when (e is RegistryStoreException or PortTakenException or IOException or SocketException)
        {
            await TakeBack();
            return Refuse(RefusalKind.Conflict, e.Message);
        }

        async Task TakeBack()
        {
            takeBack();
            await CloseUnlessUsed(plan);
        }
    }

    private Binding? Bound(string vif, int? domainId, int? deviceId)
    {
        var byName = View.FindBinding(vif);
        if (domainId is not { } domain || deviceId is not { } device)
        {
            return byName;
        }

        return Means(byName, domain, device) ? byName : View.Bindings().FirstOrDefault(binding => Means(binding, domain, device));
    }

    private static bool Means(Binding? binding, int domainId, int deviceId) =>
        binding?.DomainId == domainId && binding.Interface.DeviceId == deviceId;

    // The binding goes first: DHCP is silent before the route is gone.
    private async Task Release(Binding binding, string why)
    {
        await registry.Change(draft => draft.Release(binding.Vif, binding.DomainId), CancellationToken.None);
        await TakeDown(PlanOf(binding), binding.InterfaceIndex);
        LogDown(binding.Vif, why);
    }

    private async Task TakeDown(VifPlan plan, int linkIndex)
    {
        var outcome = network.TakeDown(plan, linkIndex, Others(plan));
        if (!outcome.IsDone)
        {
            LogNotTakenDown(plan.Vif, outcome.Refusal);
        }

        // Another link may have the name by now. Until it is brought up itself, nothing may come from it.
        if (View.FindBinding(plan.Vif) is null)
        {
            network.Filter.Expel(plan.Known, Others(plan).Select(other => other.Known));
        }

        await CloseUnlessUsed(plan);
    }

    // The same machine's vifs that are up: they share some of what is to be taken away.
    private List<VifPlan> Others(VifPlan plan) =>
    [
        .. (View.Find(plan.Number)?.Bindings ?? []).Where(other => other.Vif != plan.Vif)
            .Select(other => PlanOf(other)),
    ];

    // The Dom0 end is another vif's too while a machine restarts or arrives; a bridge's belongs to all on it.
    private async Task CloseUnlessUsed(VifPlan plan)
    {
        if (plan.Bridge is null && !Others(plan).Exists(other => other.Dom0Address == plan.Dom0Address))
        {
            await closeOn(plan.Dom0Address);
        }
    }

    private VifPlan PlanOf(Binding binding, uint metric = 0) => VifPlan.For(
        View.Networks, binding.Bridge, binding.Number, binding.Interface, binding.Mac, binding.Vif, metric: metric);

    // A machine that is still arriving waits behind the one that runs, also after a restart of ours.
    private VifPlan AsItStands(Binding binding, VifPlan plan) =>
        plan.Bridge is null
        && network.Links.ListRoutes(binding.InterfaceIndex, out var routes).IsDone
        && routes.Exists(route => route.Metric == VifPlan.IncomingMetric)
            ? PlanOf(binding, VifPlan.IncomingMetric)
            : plan;

    // Domain ids begin anew when Dom0 does, so a name alone proves nothing: our address on that very link does, or that it
    // is a port of its bridge.
    private bool StillStands(Binding binding, VifPlan plan)
    {
        if (!network.Links.Find(binding.Vif, out var link).IsDone || link.Index != binding.InterfaceIndex
            || plan.Bridge != binding.Bridge)
        {
            return false;
        }

        return plan.Bridge is { } bridge
            ? network.Links.Find(bridge, out var controller).IsDone && link.Controller == controller.Index
            : network.Links.ListAddresses(link.Index, out var addresses).IsDone
                && addresses.Exists(held => held.Address == plan.Dom0Address);
    }

    [LoggerMessage(LogLevel.Information, "{Vif} is up: machine {Machine}, {Address}, {Mac}")]
    private partial void LogUp(string vif, string machine, Ipv4Address address, MacAddress mac);

    [LoggerMessage(LogLevel.Information, "{Vif} is down: {Why}")]
    private partial void LogDown(string vif, string why);

    [LoggerMessage(LogLevel.Error, "{Vif} stays on {Bridge} without a filter, and without DHCP")]
    private partial void LogUnguarded(string vif, string bridge);

    [LoggerMessage(LogLevel.Warning, "{Vif} could not be taken down wholly: {Reason}")]
    private partial void LogNotTakenDown(string vif, string reason);

    [LoggerMessage(LogLevel.Warning, "{Vif} could not be put in order again: {Reason}")]
    private partial void LogNotRestored(string vif, string reason);
}
