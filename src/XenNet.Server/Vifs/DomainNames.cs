using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Server.Registry;
using XenNet.Server.Xenstore;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Vifs;

/// <summary>Lets machines follow the names that their running domains have in xenstore.</summary>
internal sealed partial class DomainNames : IDisposable
{
    // What xl calls what is left of a domain where it came from.
    private const string GoneSuffix = "--migratedaway";

    private readonly RegistryWriter _registry;
    private readonly VifLifecycle _vifs;
    private readonly ILogger _logger;
    private readonly DomainWatch _watch;

    // Whose the running domains are, and what they were called when last heard of; null before the first time.
    private readonly ConcurrentDictionary<int, (MachineNumber Number, string? Name)> _domains = new();

    /// <param name="registry">Where machines are renamed.</param>
    /// <param name="vifs">Whose bindings go with a domain that went, and take over with one that came.</param>
    /// <param name="endpoints">xenstored's.</param>
    /// <param name="loggers">For a line for each name that changes.</param>
    public DomainNames(
        RegistryWriter registry, VifLifecycle vifs, IReadOnlyList<string> endpoints, ILoggerFactory loggers)
    {
        (_registry, _vifs, _logger) = (registry, vifs, loggers.CreateLogger<DomainNames>());
        // The watch's thread has nothing else to do, and tells one name after the other.
        _watch = new DomainWatch(
            endpoints, (domainId, name) => Named(domainId, name).GetAwaiter().GetResult(), loggers.CreateLogger<DomainWatch>());
    }

    /// <summary>The vif is up, and from now on each change of its domain's name counts.</summary>
    /// <param name="binding">The vif's.</param>
    /// <param name="name">
    /// The domain's name by now; null when it is not known, as after a restart of ours: then the first that is told is taken for
    /// it, or what an operator called the machine meanwhile would be undone.
    /// </param>
    public void Follow(Binding binding, string? name)
    {
        if (binding.DomainId is { } domainId)
        {
            _domains[domainId] = (binding.Number, name);
            _watch.Follow(domainId);
        }
    }

    /// <summary>The vif is down; with the last one its domain is of no interest.</summary>
    public void Leave(Binding binding)
    {
        if (binding.DomainId is { } domainId
            && _registry.View.Find(binding.Number)?.Bindings.Any(other => other.DomainId == domainId) != true)
        {
            _domains.TryRemove(domainId, out _);
            _watch.Leave(domainId);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    // Its operator may have renamed it, and then its machine is; or it has arrived by migration, and its vifs take over from
    // the ones that it had here; or it has gone, and leaves nothing.
    private async Task Named(int domainId, string name)
    {
        if (!_domains.TryGetValue(domainId, out var known) || _registry.View.Find(known.Number) is not { } machine)
        {
            return;
        }

        _domains.TryUpdate(domainId, (known.Number, name), known);
        if (name.EndsWith(VifLifecycle.IncomingSuffix, StringComparison.Ordinal))
        {
            return;
        }

        try
        {
            var hasGone = name.EndsWith(GoneSuffix, StringComparison.Ordinal);
            if (!hasGone && known.Name is { } before && before != name && machine.Name != name)
            {
                await Rename(machine, name);
            }

            foreach (var binding in machine.Bindings.Where(binding => binding.DomainId == domainId))
            {
                await (hasGone
                    ? _vifs.ReleaseInTurn(binding, "migrated away", CancellationToken.None)
                    : _vifs.Arrive(binding));
            }
        }
        catch (RegistryStoreException e)
        {
            LogNotRenamed(machine.Name, name, e.Message);
        }
    }

    private async Task Rename(Machine machine, string name)
    {
        var answer = await _registry.Change(draft => draft.Rename(machine.Name, name), CancellationToken.None);
        if (answer.Refusal is { } refusal)
        {
            LogNotRenamed(machine.Name, name, refusal.Sentence);
        }
        else
        {
            LogRenamed(machine.Name, name);
        }
    }

    [LoggerMessage(LogLevel.Information, "Machine {Old} is called {New} now, as its domain is")]
    private partial void LogRenamed(string old, string @new);

    [LoggerMessage(LogLevel.Warning, "The domain of machine {Old} is called {New} now, and the machine is not: {Reason}")]
    private partial void LogNotRenamed(string old, string @new, string reason);
}
