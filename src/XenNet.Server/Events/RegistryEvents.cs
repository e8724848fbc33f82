using XenNet.Core.Registry;
using XenNet.Server.Control;

namespace XenNet.Server.Events;

/// <summary>Makes events of what the one writer has written.</summary>
internal sealed class RegistryEvents(EventStream events, TimeProvider clock)
{
    /// <summary>What is to be told of changes once they are published; empty when nobody wants it.</summary>
    /// <param name="view">As it is before.</param>
    /// <param name="changes">In order.</param>
    /// <param name="revision">The revision that they make.</param>
    public IReadOnlyList<EventModel> Describe(RegistryView view, IReadOnlyList<RegistryChange> changes, uint revision) =>
        events.IsWanted(EventKinds.Registry)
            ? [.. changes.Select(change => Describe(view, change, revision)).OfType<EventModel>()]
            : [];

    /// <summary>They are published.</summary>
    public void Tell(IReadOnlyList<EventModel> described)
    {
        foreach (var change in described)
        {
            events.Tell(EventKinds.Registry, change);
        }
    }

    private RegistryEventModel? Describe(RegistryView view, RegistryChange change, uint revision) => change switch
    {
        MachinePut { Machine: var machine } => view.Find(machine.Number) switch
        {
            null => Of("added", machine, revision),
            var before when before.Name != machine.Name => Of("renamed", machine, revision) with { Before = before.Name },
            _ => Of("changed", machine, revision),
        },
        ExtrasPut { Machine: var machine } => Of("changed", machine, revision),
        MacNoted { Machine: var machine } => Of("changed", machine, revision),
        MachineForgotten { Machine: var machine } => Of("forgotten", machine, revision),
        BindingPut { Binding: var up } => new RegistryEventModel(
            clock.GetUtcNow(), view.Find(up.Number)?.Name, up.Vif, "bound", revision, up.Number.Value),
        BindingReleased { Vif: var vif } => view.FindBinding(vif) is { } down
            ? new RegistryEventModel(
                clock.GetUtcNow(), view.Find(down.Number)?.Name, vif, "released", revision, down.Number.Value)
            : null,
        _ => null,
    };

    private RegistryEventModel Of(string change, Machine machine, uint revision) =>
        new(clock.GetUtcNow(), machine.Name, null, change, revision, machine.Number.Value);
}
