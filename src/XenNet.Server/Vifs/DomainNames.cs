using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using XenNet.Core.Registry;
using XenNet.Server.Registry;
using XenNet.Server.Xenstore;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Vifs;

/// <summary>Lets machines follow the names that their running domains have in xenstore.</summary>
internal sealed partial class DomainNames : IDisposable
{
    private readonly RegistryWriter _registry;
    private readonly FormerNames _formerNames;
    private readonly VifLifecycle _vifs;
    private readonly ILogger _logger;
    private readonly DomainWatch _watch;

    // Those that have migrated away, and which devices they still have: should the other host not take one, it is called as
    // before and runs on here.
    private readonly ConcurrentDictionary<int, HashSet<int>> _away = new();

    // Names that were another machine's when a domain took them, and what its machine was called then. On the watch's thread only.
    private readonly Dictionary<WatchedDomain, (string Machine, string Name)> _refused = [];

    /// <param name="registry">Where machines are renamed.</param>
    /// <param name="formerNames">Told of machines that are renamed.</param>
    /// <param name="vifs">Whose bindings go with a domain that went, and take over with one that came.</param>
    /// <param name="endpoints">xenstored's.</param>
    /// <param name="loggers">For a line for each name that changes.</param>
    public DomainNames(
        RegistryWriter registry, FormerNames formerNames, VifLifecycle vifs, string[] endpoints,
        ILoggerFactory loggers)
    {
        (_registry, _formerNames, _vifs, _logger) = (registry, formerNames, vifs, loggers.CreateLogger<DomainNames>());
        // The watch's thread has nothing else to do, and tells one name after the other.
        _watch = new DomainWatch(
            endpoints, (domain, name) => Named(domain, name).GetAwaiter().GetResult(),
            (domain, deviceId, wasThere) => Gone(domain, deviceId, wasThere).GetAwaiter().GetResult(), loggers.CreateLogger<DomainWatch>());
    }

    /// <summary>Told that a domain which had migrated away is back.</summary>
    public Action Returned { get; set; } = () => { };

    /// <summary>A device of a domain that has migrated away and may come back.</summary>
    public void Await(int domainId, int deviceId)
    {
        var devices = _away.GetOrAdd(domainId, _ => []);
        lock (devices)
        {
            devices.Add(deviceId);
        }

        _watch.Follow(new WatchedDomain(domainId, default), deviceId);
    }

    /// <summary>The vif is up: from now on each change of its domain's name counts, and that its device goes.</summary>
    public void Follow(Binding binding)
    {
        if (binding.DomainId is { } domainId)
        {
            if (_away.TryRemove(domainId, out var devices))
            {
                // Followed without a machine, perhaps; those that are bound again are followed anew.
                lock (devices)
                {
                    devices.ToList().ForEach(deviceId => _watch.Leave(domainId, deviceId));
                }
            }

            _watch.Follow(new WatchedDomain(domainId, binding.Number), binding.Interface.DeviceId);
        }
    }

    /// <summary>The vif is down.</summary>
    public void Leave(Binding binding)
    {
        if (binding.DomainId is { } domainId && !_away.ContainsKey(domainId)
            && !BindingsOf(new WatchedDomain(domainId, binding.Number)).Exists(other => other.Interface == binding.Interface))
        {
            _watch.Leave(domainId, binding.Interface.DeviceId);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    private List<Binding> BindingsOf(WatchedDomain domain) =>
        [.. (_registry.View.Find(domain.Number)?.Bindings ?? []).Where(binding => binding.DomainId == domain.Id)];

    // Its operator may have renamed it, and then its machine is; or it has arrived by migration, and its vifs take over from
    // the ones that it had here; or it has gone, and leaves nothing.
    private async Task Named(WatchedDomain domain, string told)
    {
        if (BindingsOf(domain) is not [var first, ..] bindings || _registry.View.Find(first.Number) is not { } machine)
        {
            if (!Binding.HasGone(told) && _away.ContainsKey(domain.Id))
            {
                Returned();
            }

            return;
        }

        // A stub domain is called after the one that it serves.
        var isStub = bindings.TrueForAll(binding => binding.Role == VifRole.Stub);
        var name = isStub && StubDomain.IsNamed(told, out var served) ? served : told;
        if (name == (first.DomainName ?? machine.Name))
        {
            return;
        }

        try
        {
            var hasGone = Binding.HasGone(name);
            var renames = !hasGone && !isStub && first.DomainName != "" && machine.Name != name && !Binding.IsIncoming(name, out _);
            if (await Note(machine, domain, name, renames) && renames)
            {
                await RenameRefused();
            }

            foreach (var binding in BindingsOf(domain))
            {
                if (hasGone)
                {
                    Await(domain.Id, binding.Interface.DeviceId);
                    await _vifs.ReleaseInTurn(binding, "migrated away", CancellationToken.None);
                }
                else if (first.IsArriving && !binding.IsArriving)
                {
                    await _vifs.Arrive(binding);
                }
            }
        }
        catch (RegistryStoreException e)
        {
            LogNotRenamed(machine.Name, name, e.Message);
        }
    }

    // Two domains may have been renamed one after the other while nobody looked, and are told in whichever order: the name that
    // was refused to the one may have been left by the other.
    private async Task RenameRefused()
    {
        bool isRenamed;
        do
        {
            isRenamed = false;
            foreach (var (domain, (called, name)) in _refused.ToList())
            {
                _refused.Remove(domain);
                if (_registry.View.Find(domain.Number) is { } machine && machine.Name == called
                    && BindingsOf(domain) is [{ DomainName: { } told }, ..] && told == name)
                {
                    isRenamed |= await Note(machine, domain, name, renames: true);
                }
            }
        }
        while (isRenamed);
    }

    // False when it was to be renamed and that was refused.
    private async Task<bool> Note(Machine machine, WatchedDomain domain, string name, bool renames)
    {
        var answer = await _registry.Change(
            draft =>
            {
                var outcome = renames ? draft.Rename(machine.Name, name, _formerNames.NextUntil()) : machine;
                if (draft.Find(machine.Number) is { } now)
                {
                    draft.NoteDomainName(now, domain.Id, name);
                }

                return outcome;
            },
            CancellationToken.None);
        if (answer.Refusal is { } refusal)
        {
            _refused[domain] = (machine.Name, name);
            LogNotRenamed(machine.Name, name, refusal.Sentence);
            return false;
        }

        _refused.Remove(domain);
        if (renames)
        {
            _formerNames.Renamed();
            LogRenamed(machine.Name, name);
        }

        return true;
    }

    // What netback has made of it goes with it; nobody may call a hook for that. One of a domain that has migrated away had come
    // up here, so it has gone, though that may not have been seen: xenstored was away as well.
    private async Task Gone(WatchedDomain domain, int deviceId, bool wasThere)
    {
        if (_away.TryGetValue(domain.Id, out var devices))
        {
            _watch.Leave(domain.Id, deviceId);
            lock (devices)
            {
                devices.Remove(deviceId);
                if (devices.Count == 0)
                {
                    _away.TryRemove(domain.Id, out _);
                }
            }
        }

        if (!wasThere)
        {
            return;
        }

        try
        {
            foreach (var binding in BindingsOf(domain).Where(binding => binding.Interface.DeviceId == deviceId))
            {
                await _vifs.ReleaseInTurn(binding, "its device is gone from xenstore", CancellationToken.None);
            }
        }
        catch (RegistryStoreException e)
        {
            LogNotReleased(domain.Id, deviceId, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "Machine {Old} is called {New} now, as its domain is")]
    private partial void LogRenamed(string old, string @new);

    [LoggerMessage(LogLevel.Warning, "The domain of machine {Old} is called {New} now, and the machine is not: {Reason}")]
    private partial void LogNotRenamed(string old, string @new, string reason);

    [LoggerMessage(LogLevel.Warning, "Device {Device} of domain {Domain} is gone from xenstore, and could not be released: {Reason}")]
    private partial void LogNotReleased(int domain, int device, string reason);
}
