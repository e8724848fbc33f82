using System.Diagnostics.Metrics;
using XenNet.Core.Registry;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace XenNet.Server.Hosting;

/// <summary>The instruments of the server as a whole; those of its parts are theirs.</summary>
internal sealed class ServerMetrics : IDisposable
{
    private readonly Meter _meter = new("XenNet.Server");

    public ServerMetrics(RegistryView view, StatusReport status, Func<bool> isReloadSound)
    {
        _meter.CreateObservableGauge(
            "xennet.ready",
            () => status.Ready().Parts.Select(part => new Measurement<int>(part.Served ? 1 : 0, new Tag("part", part.Part))),
            description: "1 for each part that is served as it is configured, 0 for one that is not.");
        _meter.CreateObservableUpDownCounter(
            "xennet.registry.machines", () => view.MachineCount, "{machine}", "Machines that are known.");
        _meter.CreateObservableUpDownCounter(
            "xennet.registry.vifs", () => view.BindingCount, "{vif}", "Vifs that are up.");
        _meter.CreateObservableGauge(
            "xennet.registry.revision", () => (long)view.Revision, description: "The registry's revision, also the zone's serial.");
        _meter.CreateObservableGauge(
            "xennet.configuration.current", () => isReloadSound() ? 1 : 0,
            description: "1 when the last reload took the file into force, 0 when it was refused.");
        _meter.CreateObservableUpDownCounter(
            "xennet.memory.resident", () => Environment.WorkingSet, "By", "Memory of the process that is resident.");
        _meter.CreateObservableUpDownCounter(
            "xennet.memory.heap", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Memory of objects.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
