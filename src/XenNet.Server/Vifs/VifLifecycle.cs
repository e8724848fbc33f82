using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Network;
using XenNet.Core.Registry;
using XenNet.Server.Dns;
using XenNet.Server.Network;
using XenNet.Server.Registry;
using XenNet.Wire;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Vifs;

/// <summary>
/// A vif's way up and down, the same for the hook and for <c>vif attach</c>: number (durable), then link, address,
/// route, neighbour and filter, then the binding (written) that DHCP and DNS read. A step that fails undoes those
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
    // The kernel takes one change of the network at a time anyway. What waits for the disk does not wait here: the vifs of
    // guests that start at the same time share their commits.
    private readonly SemaphoreSlim _network = new(1);
    private readonly VifOrder _order = new();
    private readonly VifFitness _fitness = new(registry.View, network);

    /// <summary>Vifs that have no binding yet, or none any more.</summary>
    public VifsUnderWay UnderWay { get; } = new();

    /// <summary>Told which domains have vifs.</summary>
    public DomainNames? Domains { get; set; }

    private RegistryView View => registry.View;

    /// <summary>Brings a vif up. When it returns without a refusal, DHCP and DNS answer for it.</summary>
    /// <exception cref="RegistryStoreException">The registry could not be written; what was done is undone.</exception>
    public async Task<VifAnswer> Attach(VifRequest request, CancellationToken cancel)
    {
        using var turn = await _order.Take(
            VifOrder.KeyOf(request.Vif, request.DomainId, request.Interface.DeviceId), cancel);
        if (await Exclusively(() => _fitness.LinkOf(request), cancel) is { } unfit)
        {
            return Refuse(RefusalKind.Conflict, unfit);
        }

        var arrives = Binding.IsIncoming(request.Name, out var name);
        var known = await Known(name, request, cancel);
        if (known.Machine is not { } machine)
        {
            return new VifAnswer(null, null, known.Refusal);
        }

        if (_fitness.OnBridge(request.Bridge, machine, request.Mac) is { } conflict)
        {
            return Refuse(RefusalKind.Conflict, $"{request.Vif} of machine '{request.Name}': {conflict}");
        }

        var metric = (arrives ? VifPlan.IncomingMetric : 0) + (request.Bridge is null ? VifPlan.MetricOf(request.Role) : 0);
        var plan = VifPlan.For(View.Networks, request.Bridge, machine.Number, request.Interface, request.Mac, request.Vif,
            request.VifName, metric, request.Mtu);
        if (View.FindBinding(plan.Vif) is { } before && (before.Bridge != request.Bridge || before.Number != machine.Number))
        {
            await Release(before, "moved to another network or machine");
        }

        return await Raise(request, plan, cancel);
    }

    /// <summary>Takes a vif down: the binding goes, the machine and its names stay. Nothing bound there is nothing to do.</summary>
    /// <param name="vif">The link's name, for a call without domain and device.</param>
    /// <param name="domainId">With <paramref name="deviceId"/> it says which binding is meant, whatever the link is called.</param>
    /// <param name="deviceId">Xen's device id.</param>
    /// <param name="isTap">True for that device's tap, which has a call of its own.</param>
    /// <param name="cancel">Before anything has changed.</param>
    public async Task Detach(string vif, int? domainId, int? deviceId, bool isTap, CancellationToken cancel)
    {
        var key = Bound(vif, domainId, deviceId, isTap) is { } bound ? VifOrder.KeyOf(bound) : VifOrder.KeyOf(vif, domainId, deviceId);
        using var turn = await _order.Take(key, cancel);
        if (Bound(vif, domainId, deviceId, isTap) is { } binding)
        {
            await Release(binding, "taken down");
        }
    }

    /// <summary>A link is gone from the kernel: its binding goes too, when no <c>offline</c> has come.</summary>
    public async Task LinkGone(int interfaceIndex)
    {
        if (View.FindBinding(interfaceIndex) is { } binding)
        {
            await ReleaseInTurn(binding, "its link is gone", CancellationToken.None);
        }
    }

    /// <summary>Forgets a machine; with <paramref name="release"/> its vifs are taken down first.</summary>
    public async Task<MachineAnswer> Forget(string name, bool release, CancellationToken cancel)
    {
        if (release && MachineLabel.Map(name, out var label) == LabelRefusal.None && View.Find(label.Octets) is { } machine)
        {
            foreach (var binding in machine.Bindings)
            {
                await ReleaseInTurn(binding, "forgotten", cancel);
            }
        }

        return await registry.Change(draft => draft.Forget(name, release), cancel);
    }

    /// <summary>
    /// Serves a vif that stood before: DNS over TCP on its Dom0 end, and its domain's name is followed.
    /// </summary>
    public void Resume(Binding binding)
    {
        Domains?.Follow(binding);
        answerOn(PlanOf(binding).Dom0Address);
    }

    /// <summary>Puts a vif in order again, when its turn comes; null when it is gone meanwhile.</summary>
    /// <param name="binding">Its own.</param>
    /// <param name="link">The link as it is called now.</param>
    public async Task<VifOutcome?> MendInTurn(Binding binding, string link)
    {
        using var turn = await _order.Take(VifOrder.KeyOf(binding), CancellationToken.None);
        return await Exclusively(
            () =>
            {
                var outcome = View.FindBinding(binding.Vif) == binding ? network.BringUp(PlanOf(binding, link)) : (VifOutcome?)null;
                RestoreWay(binding);
                return outcome;
            },
            CancellationToken.None);
    }

    /// <summary>How that vif should stand, and whether the way to the guest is its own.</summary>
    public (VifPlan Plan, bool HasWay) Planned(Binding binding) =>
        (PlanOf(binding), View.Find(binding.Number) is not { } machine || VifWays.WayOf(View.Networks, machine, binding) == binding);

    /// <summary>Looks at the kernel while no vif comes or goes.</summary>
    /// <param name="look">Gets the vifs that have no binding yet, or none any more.</param>
    /// <param name="cancel">While it waits.</param>
    public Task<T> Undisturbed<T>(Func<IReadOnlyCollection<VifPlan>, T> look, CancellationToken cancel) =>
        Exclusively(() => look([.. UnderWay.All]), cancel);

    /// <summary>Does something with what the filter must know, while no vif comes or goes.</summary>
    public Task<T> WithSources<T>(Func<IReadOnlyCollection<VifSources>, T> act) => Exclusively(
        // Of those of one name the youngest counts.
        () => act([.. UnderWay.Rising.Concat(View.Bindings().Select(binding => PlanOf(binding))).Concat(UnderWay.All)
            .Select(plan => plan.Known).DistinctBy(known => known.Vif)]),
        CancellationToken.None);

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _order.Dispose();
    }

    private static VifAnswer Refuse(RefusalKind kind, string sentence) => new(null, null, new RegistryRefusal(kind, sentence));

    // First the network, so that DHCP and DNS speak of what stands; then the binding.
    private async Task<VifAnswer> Raise(VifRequest request, VifPlan plan, CancellationToken cancel)
    {
        var (stands, mtu, takeBack) = await Exclusively(
            () =>
            {
                UnderWay.Rise(plan);
                var outcome = network.BringUp(plan, out var undo);
                if (!outcome.IsDone)
                {
                    UnderWay.EndRise(plan);
                }

                return (outcome, network.Links.Find(outcome.LinkIndex, out var link).IsDone ? link.Mtu : request.Mtu, undo);
            },
            cancel);
        if (!stands.IsDone)
        {
            return Refuse(RefusalKind.Conflict, $"{plan.Vif} of machine '{request.Name}': {stands.Refusal}");
        }

        // From here on not to be cancelled: the network stands, and the binding must follow or all be undone.
        string refusal;
        try
        {
            // Whole milliseconds, as the store keeps them: a restart changes nothing that can be seen.
            var since = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
            var binding = new Binding(plan.Number, request.Interface, request.Mac, plan.Vif, stands.LinkIndex, request.DomainId,
                since, mtu, plan.Bridge, request.DomainNote, request.Role);
            answerOn(plan.Dom0Address);
            var machine = await registry.Change(
                draft => draft.Find(plan.Number) is { } held ? draft.Bind(held, binding) : null, CancellationToken.None);
            if (machine is not null && await IsThere(stands.LinkIndex))
            {
                await Exclusively(() => UnderWay.EndRise(plan) && RestoreWay(binding), CancellationToken.None);
                Domains?.Follow(binding);
                LogUp(plan.Vif, machine.Name, plan.GuestAddress, binding.Mac);
                return new VifAnswer(machine, binding, null);
            }

            if (machine is not null)
            {
                await registry.Change(draft => draft.Release(plan.Vif, request.DomainId), CancellationToken.None);
            }

            refusal = machine is null ? "it was forgotten while the vif came up" : "the link is gone from the kernel";
        }
        catch (Exception e) when (e is RegistryStoreException or PortTakenException or IOException or SocketException)
        {
            refusal = e.Message;
        }

        await _network.WaitAsync(CancellationToken.None);
        try
        {
            UnderWay.EndRise(plan);
            takeBack();
            await CloseUnlessUsed(plan);
        }
        finally
        {
            _network.Release();
        }

        return Refuse(RefusalKind.Conflict, $"{plan.Vif} of machine '{request.Name}': {refusal}");
    }

    /// <summary>All bindings; those of a machine in the order in which they came.</summary>
    // Of two vifs that a machine has while it restarts, the younger one has the route. Their times would be of no use once the
    // clock was set.
    public IEnumerable<Binding> ByAge() => View.Machines().SelectMany(machine => machine.Bindings);

    // A machine whose vif line says another address than its own gets no number by that, when it has none yet.
    // One that is known needs no turn of the writer.
    private Task<MachineAnswer> Known(string name, VifRequest request, CancellationToken cancel) => request.Addresses is null
        ? View.FindCalled(name) is { } known ? Task.FromResult<MachineAnswer>(known)
            : registry.Change(draft => draft.Ensure(name, null), cancel)
        : registry.ChangeIf(
            draft => draft.Ensure(name, null) is { Machine: { } machine } answer
                ? _fitness.AddressesOf(request, machine) is { } refusal
                    ? new RegistryRefusal(RefusalKind.Conflict, $"{request.Vif} of machine '{request.Name}': {refusal}")
                    : answer
                : draft.Ensure(name, null),
            answer => answer.Machine is not null, cancel);

    private Binding? Bound(string vif, int? domainId, int? deviceId, bool isTap)
    {
        var byName = View.FindBinding(vif);
        if (domainId is not { } domain || deviceId is not { } device)
        {
            return byName;
        }

        bool IsMeant(Binding? binding) => binding?.DomainId == domain && binding.Interface.DeviceId == device
            && binding.Role == VifRole.Tap == isTap;
        return IsMeant(byName) ? byName : View.Bindings().FirstOrDefault(IsMeant);
    }

    /// <summary>Takes that very binding down, when its vif's turn comes.</summary>
    public async Task ReleaseInTurn(Binding binding, string why, CancellationToken cancel)
    {
        using var turn = await _order.Take(VifOrder.KeyOf(binding), cancel);
        if (View.FindBinding(binding.Vif) == binding)
        {
            await Release(binding, why);
        }
    }

    /// <summary>
    /// The machine has arrived, and its binding says so: its vif takes over from the one that it may have had here.
    /// </summary>
    public async Task Arrive(Binding binding)
    {
        var outcome = await MendInTurn(binding, binding.Vif);
        if (outcome is { IsDone: true })
        {
            var plan = PlanOf(binding);
            await Undisturbed(_ => network.EndArrival(plan, Others(plan)), CancellationToken.None);
            LogArrived(binding.Vif);
        }
        else if (outcome is { } failed)
        {
            LogNotRestored(binding.Vif, failed.Refusal);
        }
    }

    // The binding goes first: DHCP is silent before the route is gone.
    private async Task Release(Binding binding, string why)
    {
        var plan = PlanOf(binding);
        using (UnderWay.Fall(plan))
        {
            await registry.Change(draft => draft.Release(binding.Vif, binding.DomainId), CancellationToken.None);
            Domains?.Leave(binding);
            await _network.WaitAsync(CancellationToken.None);
        }

        try
        {
            await TakeDown(plan, binding.InterfaceIndex);
            RestoreWay(binding);
        }
        finally
        {
            _network.Release();
        }

        LogDown(binding.Vif, why);
    }

    private async Task<T> Exclusively<T>(Func<T> act, CancellationToken cancel)
    {
        await _network.WaitAsync(cancel);
        try
        {
            return act();
        }
        finally
        {
            _network.Release();
        }
    }

    private Task<bool> IsThere(int linkIndex) =>
        Exclusively(() => network.Links.Find(linkIndex, out _).IsDone, CancellationToken.None);

    // One vif came, went or was mended: the one of the interface's that leads to the guest has its way again. False if none.
    private bool RestoreWay(Binding changed)
    {
        if (View.Find(changed.Number) is not { } machine || VifWays.WayOf(View.Networks, machine, changed) is not { } way || way == changed)
        {
            return false;
        }

        if (network.BringUp(PlanOf(way)) is { IsDone: false, LinkIndex: > 0 } failed)
        {
            LogNotRestored(way.Vif, failed.Refusal);
        }

        return true;
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

    // The same machine's other vifs that stand: they share some of what is to be taken away.
    private List<VifPlan> Others(VifPlan plan) =>
    [
        .. (View.Find(plan.Number)?.Bindings ?? []).Select(other => PlanOf(other))
            .Concat(UnderWay.All.Where(other => other.Number == plan.Number)).Where(other => other.Vif != plan.Vif),
    ];

    // The Dom0 end is another vif's too while a machine restarts or arrives; a bridge's belongs to all on it.
    private async Task CloseUnlessUsed(VifPlan plan)
    {
        if (plan.Bridge is null && !Others(plan).Exists(other => other.Dom0Address == plan.Dom0Address))
        {
            await closeOn(plan.Dom0Address);
        }
    }

    private VifPlan PlanOf(Binding binding, string? link = null) => VifPlan.For(View.Networks, binding.Bridge, binding.Number,
        binding.Interface, binding.Mac, link ?? binding.Vif, binding.Vif, VifWays.MetricOf(binding),
        binding.Bridge is null ? binding.Mtu : null) with
    { IsBound = true };

    [LoggerMessage(LogLevel.Information, "{Vif} is up: machine {Machine}, {Address}, {Mac}")]
    private partial void LogUp(string vif, string machine, Ipv4Address address, MacAddress mac);

    [LoggerMessage(LogLevel.Information, "{Vif} has arrived and takes over")]
    private partial void LogArrived(string vif);

    [LoggerMessage(LogLevel.Information, "{Vif} is down: {Why}")]
    private partial void LogDown(string vif, string why);

    [LoggerMessage(LogLevel.Warning, "{Vif} could not be taken down wholly: {Reason}")]
    private partial void LogNotTakenDown(string vif, string reason);

    [LoggerMessage(LogLevel.Warning, "{Vif} could not be put in order again: {Reason}")]
    private partial void LogNotRestored(string vif, string reason);
}
